"""From events to runs: which workflows wait for what happened.

A trigger of the table `event` queues one job for a transaction that wrote something which an enabled workflow waits for
(migration 0011). So a change costs the same however many workflows there are, and what they do.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue
from actions.workflows.beginning import UNREADABLE, Cause, Wish, begin_all, in_force, locked
from actions.workflows.definition import readable
from actions.workflows.keeping import keep
from actions.workflows.stands import locked_incidents
from actions.workflows.together import Turn, in_one, queue, soon, take_along, take_steps, work_off
from auth.actor import SYSTEM
from core.db import Database
from models.facts.outward import OutwardDone, OutwardFailed
from models.incident import Incident
from models.job import JobName
from models.words import ActorKind
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowTrigger, WorkflowVersion

log = logging.getLogger(__name__)

OUTWARD = frozenset({OutwardDone.kind, OutwardFailed.kind})


Part = tuple[int, int]
"""The first and the last event of a transaction."""

EVENTS = text("""
select distinct on (event.id) event.id, event.incident_id, event.kind, event.actor_kind, event.actor_id, event.data
from unnest(cast(:firsts as bigint[]), cast(:lasts as bigint[])) as part(first, last)
join event on event.id >= part.first and event.id <= part.last
where event.incident_id is not null and event.kind in (select kind from workflow_trigger) order by event.id
""")


async def match_events(database: Database, first: int, last: int) -> int:
    """Begin what waits for the events from `first` to `last`, and take first steps; how many runs are new.

    What waits for the events of other transactions that are due begins, too. Doing it again begins none.
    """
    begun, full = await in_one(database, partial(_match, own=(first, last)))
    return begun + sum(await work_off(database, _match) if full else [])


async def _match(session: AsyncSession, turn: Turn, own: Part | None = None) -> int:
    others = [(args["first"], args["last"]) for args in await take_along(session, JobName.WORKFLOW_MATCH, turn)]
    parts = [*([own] if own is not None else []), *others]
    told = {"firsts": [first for first, _ in parts], "lasts": [last for _, last in parts]}
    events = (await session.execute(EVENTS, told)).all() if parts else []
    if not events:
        return 0
    waited = {event.incident_id for event in events if own is not None and own[0] <= event.id <= own[1]}
    incidents = await locked_incidents(session, waited, {event.incident_id for event in events})
    events = _free(session, events, incidents, others)
    begun = await begin_all(session, SYSTEM, await _wishes(session, events, incidents))
    queue(session, await take_steps(session, begun, careful=turn.careful))
    await keep(session, begun)
    return len(begun)


def _free(
    session: AsyncSession, events: Sequence[Any], incidents: Mapping[int, Incident], others: Sequence[Part]
) -> list[Any]:
    """The events of transactions of which no incident is held by somebody; the others are put off."""
    busy = [event.id for event in events if event.incident_id not in incidents]
    held = [(first, last) for first, last in others if any(first <= key <= last for key in busy)]
    for first, last in held:
        enqueue(session, JobName.WORKFLOW_MATCH, run_at=soon(session), first=first, last=last)
    return [event for event in events if not any(first <= event.id <= last for first, last in held)]


async def _wishes(session: AsyncSession, events: Sequence[Any], incidents: Mapping[int, Incident]) -> list[Wish]:
    """What waits for events, in their order; of each the workflows in the order of their keys."""
    kinds = select(WorkflowTrigger.kind, WorkflowTrigger.workflow_id).where(
        WorkflowTrigger.kind.in_(sorted({event.kind for event in events}))
    )
    waiting: dict[str, set[int]] = defaultdict(set)
    for kind, workflow_id in await session.execute(kinds):
        waiting[kind].add(workflow_id)
    workflows = await locked(session, sorted(set().union(*waiting.values())))
    versions = {each.id: version for each in workflows if (version := await _version(session, each)) is not None}
    wishes = []
    for event in events:
        cause = Cause(f"event/{event.id}", event.id, await _caused_by(session, event))
        wishes += [
            Wish(incidents[event.incident_id], each, versions[each.id], cause)
            for each in workflows
            if each.id in waiting[event.kind] and each.id in versions
        ]
    return wishes


async def _version(session: AsyncSession, workflow: Workflow) -> WorkflowVersion | None:
    """What a workflow begins with; None if it may not. One that this version can't read holds up no other."""
    if not workflow.enabled or workflow.archived:
        return None
    version = await in_force(session, workflow)
    if readable(version.definition) is None:
        log.error(UNREADABLE, workflow.key)
        return None
    return version


async def _caused_by(session: AsyncSession, event: Any) -> WorkflowRun | None:
    """The run whose step caused an event: it wrote it, or ordered what the event tells of."""
    if event.actor_kind == ActorKind.WORKFLOW:
        return await session.get(WorkflowRun, event.actor_id)
    if event.kind in OUTWARD:
        ordered = select(WorkflowStepRun.run_id).where(WorkflowStepRun.outward_action_id == event.data["action_id"])
        key = await session.scalar(ordered.order_by(WorkflowStepRun.id).limit(1))
        return await session.get(WorkflowRun, key) if key is not None else None
    return None
