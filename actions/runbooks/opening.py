"""Working an incident by a runbook: it is copied, and its checks become tasks that anybody can claim."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.record import now, record
from actions.runbooks.checklist import checks_of
from actions.tasks import put_task
from actions.transitions import refuse_ended
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import DomainError, conflict, invalid, not_found
from core.ids import decode_as
from models.facts.response import RunbookOpened
from models.incident import Incident, IncidentService
from models.runbook import OpenedRunbook, Runbook
from models.severity import SeverityVersion
from models.task import Task
from models.words import TaskState

MOST = 20
"""Runbooks of one incident: who works by more works by none."""


def fitting(incident_id: int | ColumnElement[int]) -> Select[Runbook]:
    """The runbooks in use that are for an incident: for its services and its severity first, for all last."""
    services = (
        select(IncidentService.service_id)
        .where(IncidentService.incident_id == incident_id)
        .correlate_except(IncidentService)
    )
    severity = (
        select(SeverityVersion.severity_id)
        .join(Incident, Incident.severity_version_id == SeverityVersion.id)
        .where(Incident.id == incident_id)
        .correlate_except(SeverityVersion, Incident)
        .scalar_subquery()
    )
    vague = func.num_nulls(Runbook.service_id, Runbook.severity_id)
    return (
        select(Runbook)
        .where(
            Runbook.archived_at.is_(None),
            or_(Runbook.service_id.is_(None), Runbook.service_id.in_(services)),
            or_(Runbook.severity_id.is_(None), Runbook.severity_id == severity),
        )
        .order_by(vague, Runbook.service_id.is_(None), func.lower(Runbook.name), Runbook.id)
        .limit(MOST)
    )


async def find_runbook(session: AsyncSession, reference: str, field: str = "runbook") -> Runbook:
    """A runbook by name (any case), one in use before archived ones, or by id. NOT_FOUND.

    Locked against being changed meanwhile.
    """
    if not reference.isprintable():
        raise not_found(field, "runbook", reference)
    named = select(Runbook).where(func.lower(Runbook.name) == reference.lower())
    order = (Runbook.archived_at.is_not(None), Runbook.id)
    found = (await session.scalars(named.order_by(*order).limit(1).with_for_update(read=True))).first()
    if found is not None:
        return found
    try:
        key = decode_as("Runbook", reference, field)
    except DomainError as error:
        raise not_found(field, "runbook", reference) from error
    found = await session.get(Runbook, key, with_for_update={"read": True})
    if found is None:
        raise not_found(field, "runbook", reference)
    return found


async def open_runbook(session: AsyncSession, actor: Actor, *, incident: str, runbook: str) -> OpenedRunbook:
    """Work an incident by a runbook: its open checks become tasks. Opened again, it stays as it is.

    `runbook`: its id or, in any case, its name. INVALID_INPUT for one that is archived; CONFLICT once nobody works on
    the incident any more, and for more than 20.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.OPEN_RUNBOOK, incident)
    chosen = await find_runbook(session, runbook)
    opened = await _opened(session, target)
    standing = next((row for row in opened if row.runbook_id == chosen.id), None)
    if standing is not None:
        return standing
    refuse_ended(target)
    if chosen.archived:
        raise invalid("runbook", f"The runbook {chosen.name!r} is archived.", "Choose another runbook.")
    if len(opened) >= MOST:
        raise conflict(f"{target.reference} has {MOST} runbooks.", field="runbook", hint="Work through those first.")
    moment = now(session)
    row = OpenedRunbook(
        incident_id=target.id,
        runbook_id=chosen.id,
        name=chosen.name,
        version=chosen.version,
        body=chosen.body,
        opened_at=moment,
    )
    session.add(row)
    await session.flush()
    record(session, actor, RunbookOpened(runbook_id=chosen.id, version=chosen.version), incident=target)
    await _add_tasks(session, actor, target, checks_of(chosen.body))
    return row


async def _add_tasks(session: AsyncSession, actor: Actor, incident: Incident, titles: Sequence[str]) -> None:
    """A task for each check, but for one that has an open task already: two runbooks may ask for the same."""
    theirs = select(func.lower(Task.title)).where(
        Task.incident_id == incident.id, Task.state.in_((TaskState.OPEN, TaskState.CLAIMED))
    )
    open_titles = set(await session.scalars(theirs))
    for title in dict.fromkeys(titles):
        if title.lower() not in open_titles:
            await put_task(session, actor, incident, title)


async def _opened(session: AsyncSession, incident: Incident) -> Sequence[OpenedRunbook]:
    return (await session.scalars(select(OpenedRunbook).where(OpenedRunbook.incident_id == incident.id))).all()
