"""Ends of an incident other than being resolved, and coming back from any end."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.outward.paging import resolve_pages
from actions.promises import end_obligations, obligations_of, owe_updates
from actions.record import now, record
from actions.transitions import move
from actions.vacancies import watch_vacancies
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from models.facts.incident import IncidentCancelled, IncidentDeclined, IncidentReopened
from models.incident import Incident
from models.lifecycle import Verb
from models.words import Stage


async def decline_incident(session: AsyncSession, actor: Actor, *, incident: str, reason: str) -> Incident:
    """Say that triage found nothing: DETECTION or TRIAGE → DECLINED. The reason has at most 500 characters."""
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.DECLINE_INCIDENT, incident)
    before = move(target, Verb.DECLINE, Stage.DECLINED)
    end_obligations(target, now(session))
    record(session, actor, IncidentDeclined(from_stage=before, reason=why), incident=target)
    await resolve_pages(session, target)
    return target


async def cancel_incident(session: AsyncSession, actor: Actor, *, incident: str, reason: str) -> Incident:
    """End an incident that is none, or not worth a response: any open stage → CANCELLED.

    What customers were told stays as it is: a public thread that is open owes them a final update.
    """
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.CANCEL_INCIDENT, incident)
    before = move(target, Verb.CANCEL, Stage.CANCELLED)
    end_obligations(target, now(session))
    record(session, actor, IncidentCancelled(from_stage=before, reason=why), incident=target)
    await resolve_pages(session, target)
    return target


async def reopen_incident(session: AsyncSession, actor: Actor, *, incident: str, reason: str) -> Incident:
    """Bring an incident back to RESPONSE after RESOLUTION or any end but a merge.

    The closing moments are cleared; the event keeps them. One that had not been declared is declared by this, without
    a severity until `changeSeverity` sets it. The severity's obligations begin anew.
    """
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    target = await find_allowed(session, actor, Act.REOPEN_INCIDENT, incident)
    before = move(target, Verb.REOPEN, Stage.RESPONSE)
    fact = IncidentReopened(
        from_stage=before,
        reason=why,
        mitigated_at=_written(target.mitigated_at),
        resolved_at=_written(target.resolved_at),
        closed_at=_written(target.closed_at),
    )
    target.mitigated_at = target.resolved_at = target.closed_at = None
    moment = now(session)
    target.acknowledged_at = target.acknowledged_at or max(moment, target.detected_at)
    target.declared_at = target.declared_at or max(moment, target.acknowledged_at)
    record(session, actor, fact, incident=target)
    obligations = await obligations_of(session, target)
    owe_updates(target, obligations, moment)
    await watch_vacancies(session, target, obligations, moment)
    return target


def _written(moment: datetime | None) -> str | None:
    """A moment as facts hold it."""
    return moment.isoformat() if moment else None
