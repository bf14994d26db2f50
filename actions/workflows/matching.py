"""From events to runs: which workflows wait for what happened.

A trigger of the table `event` queues one job for a transaction that wrote something which an enabled workflow waits for
(migration 0011). So a change costs the same however many workflows there are, and what they do.
"""

import logging

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.workflows.beginning import UNREADABLE, Cause, begin, in_force, locked
from actions.workflows.definition import readable
from auth.actor import SYSTEM
from core.db import Database
from models.event import Event
from models.facts.outward import OutwardDone, OutwardFailed
from models.words import ActorKind
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowTrigger

log = logging.getLogger(__name__)

OUTWARD = frozenset({OutwardDone.kind, OutwardFailed.kind})


async def match_events(database: Database, first: int, last: int) -> int:
    """Begin what waits for the events from `first` to `last`; how many runs are new. Doing it again begins none."""
    waited_for = select(WorkflowTrigger.kind)
    found = select(Event.id).where(
        Event.id >= first, Event.id <= last, Event.incident_id.is_not(None), Event.kind.in_(waited_for)
    )
    async with database.reading() as reader:
        keys = [row.id for row in await reader.execute(found.order_by(Event.id))]
    begun = 0
    for key in keys:
        async with database.unit_of_work() as session:
            begun += await begin_for(session, key)
    return begun


async def begin_for(session: AsyncSession, event_id: int) -> int:
    """Begin what waits for one event; how many runs are new."""
    event = await session.get_one(Event, event_id)
    incident = await find_incident(session, SYSTEM, str(event.incident_id))
    waiting = select(WorkflowTrigger.workflow_id).where(WorkflowTrigger.kind == event.kind)
    workflows = await locked(session, list(await session.scalars(waiting)))
    cause = Cause(f"event/{event.id}", event.id, await _caused_by(session, event))
    runs = [await begin(session, SYSTEM, incident, each, cause) for each in workflows if await _on(session, each)]
    return sum(run is not None for run in runs)


async def _on(session: AsyncSession, workflow: Workflow) -> bool:
    """Whether a workflow may begin; one that this version can't read holds up no other."""
    if not workflow.enabled or workflow.archived:
        return False
    if readable((await in_force(session, workflow)).definition) is None:
        log.error(UNREADABLE, workflow.key)
        return False
    return True


async def _caused_by(session: AsyncSession, event: Event) -> WorkflowRun | None:
    """The run whose step caused an event: it wrote it, or ordered what the event tells of."""
    if event.actor_kind is ActorKind.WORKFLOW:
        return await session.get(WorkflowRun, event.actor_id)
    if event.kind in OUTWARD:
        ordered = select(WorkflowStepRun.run_id).where(WorkflowStepRun.outward_action_id == event.data["action_id"])
        key = await session.scalar(ordered.order_by(WorkflowStepRun.id).limit(1))
        return await session.get(WorkflowRun, key) if key is not None else None
    return None
