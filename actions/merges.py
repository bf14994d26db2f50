"""Merging one incident into another that is about the same thing."""

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed_families
from actions.members import enrol
from actions.opening import add_services, service_ids
from actions.outward.paging import resolve_pages
from actions.promises import end_obligations
from actions.record import now, record
from actions.transitions import ENDED, move
from actions.visibility_changes import refuse_public, see_as
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.changes import kept_columns, note_moved
from core.errors import conflict, invalid
from core.journal import journal_of
from models.alert import Alert, AlertGroup
from models.facts.incident import IncidentAbsorbed, IncidentMerged, MemberAdded
from models.incident import REFERENCE_PREFIX, Incident, IncidentMember
from models.lifecycle import Verb
from models.task import Task
from models.words import IncidentKind, Stage


async def merge_incident(
    session: AsyncSession, actor: Actor, *, incident: str, into: str, reason: str | None = None
) -> Incident:
    """End an open incident (`incident` → MERGED); its timeline, alerts, tasks, services and members go on in `into`.

    Incidents that were merged into it before point to `into` from now on. Its title, labels, roles and updates stay
    its own. Merged into a private incident it becomes private too, and nobody comes to see that one by the merge:
    members follow only from a private incident, or into a visible one. INVALID_INPUT for itself; CONFLICT for a target
    that has ended or was merged (also into this one), a private one into an organisation-visible one, one that
    customers read about into a private one, a drill and a real one; ILLEGAL_TRANSITION unless it is open. Returns the
    incident that was merged.
    """
    require(actor, Permission.READ)
    why = check.optional_text(reason, "reason", limit=check.LINE)
    heads, merged = await find_allowed_families(
        session, actor, Act.MERGE_INCIDENT, {"incident": incident, "into": into}
    )
    source, target = heads["incident"], heads["into"]
    _refuse_target(source, target)
    _refuse_mix(source, target)
    followers = [each for each in merged if each.merged_into_id == source.id]
    if target.private:
        refuse_public([source, *followers], "into")
    was_private = source.private
    before = move(source, Verb.MERGE, Stage.MERGED)
    for each in (source, *followers):
        each.merged_into_id = target.id
    if target.private:
        await see_as(session, actor, [source, *followers], target.visibility, f"Merged into {target.reference}.")
    end_obligations(source, now(session))
    record(session, actor, _merged(before, target, why), incident=source)
    for each in followers:
        record(session, actor, _merged(Stage.MERGED, target, why), incident=each)
    await session.flush()
    alerts, tasks = await _hand_over(session, source, target)
    if was_private or not target.private:
        await _unite_members(session, actor, source, target)
    fact = IncidentAbsorbed(merged_incident_id=source.id, alerts=alerts, tasks=tasks, reason=why)
    record(session, actor, fact, incident=target)
    await resolve_pages(session, source)
    return source


def _refuse_target(source: Incident, target: Incident) -> None:
    """Refuse to merge into oneself, or into what has ended."""
    if source.id == target.id:
        raise invalid("into", f"{source.reference} can't be merged into itself.", "Name two incidents.")
    if target.stage is Stage.MERGED:
        on = f"{REFERENCE_PREFIX}{target.merged_into_id}"
        itself = target.merged_into_id == source.id
        raise conflict(
            f"{target.reference} was itself merged into {on}.",
            field="into",
            hint="The two are one already." if itself else f"Merge into {on}.",
        )
    if target.stage in ENDED:
        raise conflict(
            f"{target.reference} is {target.stage.lower()}.", field="into", hint="Reopen it first, or choose another."
        )


def _refuse_mix(source: Incident, target: Incident) -> None:
    """Refuse to reveal what is private, and to take an exercise for the real thing."""
    if source.private and not target.private:
        raise conflict(
            f"{source.reference} is private and {target.reference} is not: merging would reveal it.",
            field="into",
            hint=f"Make {target.reference} private first, or {source.reference} visible.",
        )
    if (source.kind is IncidentKind.DRILL) is not (target.kind is IncidentKind.DRILL):
        raise conflict(
            "A drill and what really happened aren't merged.", field="into", hint="Cancel one of the two instead."
        )


async def _hand_over(session: AsyncSession, source: Incident, target: Incident) -> tuple[int, int]:
    """Move what follows the incident; how many alerts and tasks did.

    Groups are locked before alerts, and alerts in the order of their ids, as the intake does (docs/locks.md).
    """
    await session.execute(_moved(update(AlertGroup).where(AlertGroup.incident_id == source.id), target))
    alerts = await session.scalars(
        select(Alert.id).where(Alert.incident_id == source.id).order_by(Alert.id).with_for_update(key_share=True)
    )
    moving = alerts.all()
    await _move(session, Alert, source, target)
    tasks = await _move(session, Task, source, target)
    await add_services(session, target, await service_ids(session, source))
    return len(moving), tasks


async def _move(session: AsyncSession, model: type[Alert | Task], source: Incident, target: Incident) -> int:
    """Give all of an incident's alerts, or tasks, to another; how many there were."""
    names = dict.fromkeys(["id", *kept_columns(model)])
    moved = _moved(update(model).where(model.incident_id == source.id), target)
    rows = (await session.execute(moved.returning(*(getattr(model, name) for name in names)))).all()
    note_moved(journal_of(session), model, rows, before=source.id)
    return len(rows)


def _moved(rows: Update, target: Incident) -> Update:
    """The statement that gives rows to another incident."""
    return rows.values(incident_id=target.id).execution_options(synchronize_session=False)


async def _unite_members(session: AsyncSession, actor: Actor, source: Incident, target: Incident) -> None:
    """Make the members of one incident members of the other, with an event for each person."""
    members = await session.execute(
        select(IncidentMember.user_id, IncidentMember.service_account_id)
        .where(IncidentMember.incident_id == source.id)
        .order_by(IncidentMember.id)
    )
    for user_id, account_id in members:
        new = await enrol(session, target, user_id=user_id, service_account_id=account_id)
        if new and user_id is not None:
            record(session, actor, MemberAdded(user_id=user_id), incident=target)


def _merged(before: Stage, target: Incident, reason: str | None) -> IncidentMerged:
    """The fact for an incident that goes on as the target."""
    return IncidentMerged(from_stage=before, into_incident_id=target.id, reason=reason)
