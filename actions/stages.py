"""Moving a declared incident on: RESPONSE, MITIGATION, RESOLUTION, POSTMORTEM, CLOSED (DESIGN §3, "Transitions")."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.outward.paging import resolve_pages
from actions.promises import end_obligations, obligations_of, owe_updates
from actions.record import now, record
from actions.transitions import entered_at, move, tell
from actions.vacancies import watch_vacancies
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import invalid
from core.journal import PendingEvent
from models.chronology import disorder
from models.facts.incident import StageChanged
from models.incident import Incident
from models.lifecycle import Verb
from models.words import IncidentTimestamp, Stage


async def change_stage(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    stage: Stage,
    note: str | None = None,
    occurred_at: datetime | None = None,
    expected_version: int | None = None,
) -> Incident:
    """Say that a stage is achieved, by default now, or that MITIGATION did not hold (back to RESPONSE).

    `occurred_at` may lie in the past, but not before the present stage was entered. Entering RESOLUTION ends what the
    severity obliges to, tells people, and has the postmortem drafted; an unset mitigated_at becomes resolved_at. What
    customers read is untouched: stages never publish. ILLEGAL_TRANSITION, VERSION_CONFLICT, INVALID_INPUT.
    """
    require(actor, Permission.READ)
    why = check.optional_text(note, "note", limit=check.LINE)
    target = await find_allowed(session, actor, Act.CHANGE_STAGE, incident)
    check.expected_version(expected_version, target.version, "incident")
    entered = await entered_at(session, target)
    mitigated_before = target.mitigated_at
    before = move(target, Verb.CHANGE_STAGE, stage, field="stage")
    moment = _moment(target, before, entered, occurred_at, now(session))
    _set_moment(target, stage, moment)
    given_up = mitigated_before.isoformat() if stage is Stage.RESPONSE and mitigated_before else None
    fact = StageChanged(from_stage=before, to_stage=stage, note=why, mitigated_at=given_up)
    event = record(session, actor, fact, incident=target, occurred_at=moment)
    await _follow(session, target, stage, event)
    return target


def _moment(
    incident: Incident, before: Stage, entered: datetime, given: datetime | None, present: datetime
) -> datetime:
    """When the stage was entered. A given moment is held against the past; the present never comes too early."""
    if given is None:
        return max(present, entered)
    moment = check.past(given, "occurred_at", present)
    if moment < entered:
        raise invalid(
            "occurred_at",
            f"{incident.reference} was in {before} only from {entered.isoformat()} on.",
            "Give a later moment, or correct the earlier one first.",
        )
    return moment


def _set_moment(incident: Incident, stage: Stage, moment: datetime) -> None:
    """Set the timestamps that entering a stage sets; going back to RESPONSE takes mitigated_at back."""
    if stage is Stage.RESPONSE:
        incident.mitigated_at = None
        return
    stopped = stage is Stage.MITIGATION or (stage is Stage.RESOLUTION and incident.mitigated_at is None)
    if stopped and disorder(incident, IncidentTimestamp.MITIGATED, moment):
        raise invalid(
            "occurred_at",
            f"The impact can't have stopped at {moment.isoformat()}, before it started.",
            "Give a later moment, or correct the timestamp IMPACT_STARTED first.",
        )
    if stopped:
        incident.mitigated_at = moment
    if stage is Stage.RESOLUTION:
        incident.resolved_at = moment
    elif stage is Stage.CLOSED:
        incident.closed_at = moment


async def _follow(session: AsyncSession, incident: Incident, stage: Stage, event: PendingEvent) -> None:
    """What entering a stage brings with it."""
    if stage is Stage.RESPONSE:
        obligations = await obligations_of(session, incident)
        owe_updates(incident, obligations, now(session))
        await watch_vacancies(session, incident, obligations, now(session))
    elif stage is Stage.RESOLUTION:
        end_obligations(incident, now(session))
        tell(session, incident, event)
        await resolve_pages(session, incident)
