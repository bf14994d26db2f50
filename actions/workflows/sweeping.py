"""What begins or goes on when its time has come: schedules, silence, steps that waited. The timers call this."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.record import enqueue, now
from actions.workflows.beginning import UNREADABLE, Cause, begin, in_force
from actions.workflows.definition import readable, stored
from actions.workflows.triggers import Trigger
from auth.actor import SYSTEM
from auth.visibility import visible_to
from core.db import Database
from models.event import Event
from models.incident import Incident
from models.job import JobName
from models.lifecycle import OPEN_STAGES
from models.words import ActorKind, RunState
from models.workflow import Workflow, WorkflowRun

log = logging.getLogger(__name__)

UNREADABLE_EVERY = timedelta(hours=1)
"""Between looks at whether this version can read a definition."""

ACTIVE = (ActorKind.USER, ActorKind.SERVICE_ACCOUNT, ActorKind.INTEGRATION, ActorKind.VENDOR)
"""Whose doings are activity; what Muster does by itself breaks no silence."""


async def sweep_workflows(database: Database, limit: int = 100) -> int:
    """Wake the runs whose time has come, and begin what is due; how much that was."""
    return await _wake(database, limit) + await _begin_due(database)


async def _wake(database: Database, limit: int) -> int:
    async with database.unit_of_work() as session:
        due = select(WorkflowRun).where(
            WorkflowRun.due_at <= now(session), WorkflowRun.state.in_((RunState.RUNNING, RunState.WAITING))
        )
        found = await session.scalars(due.order_by(WorkflowRun.id).limit(limit).with_for_update(skip_locked=True))
        runs = found.all()
        for run in runs:
            run.due_at = None
            enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=run.id)
        return len(runs)


async def _begin_due(database: Database) -> int:
    """Begin one workflow that is due on every incident that it is for; how many workflows were looked at."""
    async with database.unit_of_work() as session:
        due = select(Workflow).where(Workflow.next_due_at <= now(session)).order_by(Workflow.next_due_at)
        workflow = await session.scalar(due.limit(1).with_for_update(skip_locked=True))
        if workflow is None:
            return 0
        at, key = workflow.next_due_at, workflow.id
        definition = readable((await in_force(session, workflow)).definition)
        if definition is None:
            log.error(UNREADABLE, workflow.key)
            workflow.next_due_at = now(session) + UNREADABLE_EVERY
            return 1
        causes = await _causes(session, workflow, definition.trigger)
    for incident_id, cause in causes:
        async with database.unit_of_work() as session:
            await _begin(session, key, incident_id, cause)
    async with database.unit_of_work() as session:
        # Last: if the process ends before, all are looked at again, and those that began are known by their keys.
        workflow = await session.get_one(Workflow, key, with_for_update=True)
        if workflow.next_due_at == at:
            version = await in_force(session, workflow)
            trigger = stored(version.definition).trigger
            workflow.next_due_at = trigger.next_look(version.created_at, now(session))
    return 1


async def _begin(session: AsyncSession, workflow_id: int, incident_id: int, cause: Cause) -> None:
    incident = await find_incident(session, SYSTEM, str(incident_id))
    workflow = await session.get_one(Workflow, workflow_id, with_for_update={"read": True, "key_share": True})
    if workflow.enabled and not workflow.archived and incident.is_open:
        await begin(session, SYSTEM, incident, workflow, cause)


async def _causes(session: AsyncSession, workflow: Workflow, trigger: Trigger) -> list[tuple[int, Cause]]:
    """The open incidents on which a workflow is due, each with what begins it."""
    opened = select(Incident.id).where(Incident.stage.in_(OPEN_STAGES), visible_to(SYSTEM)).order_by(Incident.id)
    if trigger.quiet_minutes is None:
        key = f"schedule/{workflow.next_due_at:%Y-%m-%dT%H:%MZ}"
        return [(incident_id, Cause(key)) for incident_id in await session.scalars(opened)]
    return await _quiet(session, timedelta(minutes=trigger.quiet_minutes), now(session))


async def _quiet(session: AsyncSession, length: timedelta, moment: datetime) -> list[tuple[int, Cause]]:
    """Open incidents on which nobody did anything for so long, or so long again."""
    newest = (
        select(Event.id, Event.recorded_at)
        .where(Event.incident_id == Incident.id, Event.number.is_not(None), Event.actor_kind.in_(ACTIVE))
        .order_by(Event.id.desc())
        .limit(1)
        .lateral("newest")
    )
    since = func.coalesce(newest.c.recorded_at, Incident.created_at)
    silent = (
        select(Incident.id, func.coalesce(newest.c.id, 0), since)
        .outerjoin(newest, Incident.id == Incident.id)
        .where(Incident.stage.in_(OPEN_STAGES), visible_to(SYSTEM), since <= moment - length)
        .order_by(Incident.id)
    )
    return [
        (incident_id, Cause(f"quiet/{event_id}/{(moment - began) // length}"))
        for incident_id, event_id, began in await session.execute(silent)
    ]
