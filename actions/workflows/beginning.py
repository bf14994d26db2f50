"""Beginning runs: each once for what begins it, none in circles, none without end."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now, record
from actions.workflows.conditions import holds
from actions.workflows.definition import Definition, stored
from actions.workflows.subjects import subject_of
from auth.actor import Actor
from core.journal import PendingEvent
from models.event import Event
from models.facts.workflow import WorkflowStarted
from models.incident import Incident
from models.job import JobName
from models.words import ActorKind, IncidentKind, RunState, StepState
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion

DEEPEST = 3
"""How many runs may lead to one another by the events of their steps."""

BY_HAND = "manual"

UNREADABLE = "workflow %s does not begin: this version can't read its definition: save it anew"


@dataclass(frozen=True, slots=True)
class Cause:
    """What begins a run. `key` says what it is, so that the same begins none twice; None: a person, again and again."""

    key: str | None
    event_id: int | None = None
    by: WorkflowRun | None = None
    """The run whose step caused it."""


async def in_force(session: AsyncSession, workflow: Workflow) -> WorkflowVersion:
    """The version of a workflow that new runs begin with."""
    return await session.get_one(WorkflowVersion, workflow.current_version_id)


async def begin(
    session: AsyncSession, actor: Actor, incident: Incident, workflow: Workflow, cause: Cause
) -> WorkflowRun | None:
    """Begin a workflow on a locked incident if it fits; None if it does not, did so before, or did so often enough.

    What goes round in circles is noted as a run that did not begin, so that whoever wonders finds out why.
    """
    version = await in_force(session, workflow)
    definition = stored(version.definition)
    by_itself = cause.key is not None
    if by_itself and incident.kind is IncidentKind.BACKFILLED:
        return None  # what was written down after the fact sets nothing in motion
    if not holds(definition.conditions, await subject_of(session, incident)):
        return None
    if by_itself and await _often_enough(session, incident, workflow, definition):
        return None
    circle = await _circle(session, workflow, cause.by)
    run = await _insert(session, actor, incident, version, cause, circle)
    if run is not None and circle is None:
        session.add_all(steps_of(run.id, definition))
        await session.flush()
        _start(session, actor, incident, run)
    return run


def steps_of(run_id: int, definition: Definition) -> list[WorkflowStepRun]:
    """The rows of the steps of a run that begins."""
    return [
        WorkflowStepRun(
            run_id=run_id,
            position=position,
            kind=step.does.kind,
            name=step.does.name,
            state=StepState.PENDING,
            inputs=step.does.told,
            outputs={},
        )
        for position, step in enumerate(definition.taken)
    ]


async def _insert(
    session: AsyncSession,
    actor: Actor,
    incident: Incident,
    version: WorkflowVersion,
    cause: Cause,
    circle: str | None,
) -> WorkflowRun | None:
    """The row of a run; None if there is one of the same key."""
    moment = now(session)
    newest = select(func.coalesce(func.max(Event.id), 0)).where(Event.incident_id == incident.id)
    values = {
        "key": cause.key or f"{BY_HAND}/{moment.isoformat()}",
        "workflow_id": version.workflow_id,
        "version_id": version.id,
        "incident_id": incident.id,
        "event_id": cause.event_id,
        "after_id": cause.event_id or await session.scalar(newest),
        "cause_id": cause.by.id if cause.by else None,
        "depth": cause.by.depth + 1 if cause.by else 0,
        "begun_by_kind": actor.kind,
        "begun_by_id": actor.id,
        "state": RunState.RUNNING if circle is None else RunState.CANCELLED,
        "position": 0,
        "words": circle,
        "created_at": moment,
        "ended_at": None if circle is None else moment,
    }
    written = insert(WorkflowRun).values(values).on_conflict_do_nothing().returning(WorkflowRun.id)
    key = await session.scalar(written)
    return None if key is None else await session.get_one(WorkflowRun, key)


def _start(session: AsyncSession, actor: Actor, incident: Incident, run: WorkflowRun) -> PendingEvent:
    """Tell that it began, on the timeline only if a person ran it; a job takes its steps."""
    by_hand = run.event_id is None and actor.kind is not ActorKind.SYSTEM
    fact = WorkflowStarted(run_id=run.id, workflow_id=run.workflow_id, event_id=run.event_id)
    enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=run.id)
    return record(session, actor, fact, incident=incident, numbered=by_hand)


async def _often_enough(session: AsyncSession, incident: Incident, workflow: Workflow, definition: Definition) -> bool:
    """Whether it began by itself as often as it may. Runs by hand don't count, nor what did not begin."""
    counted = select(func.count()).where(
        WorkflowRun.workflow_id == workflow.id,
        WorkflowRun.incident_id == incident.id,
        WorkflowRun.key.not_like(f"{BY_HAND}/%"),
        WorkflowRun.ended_at.is_(None) | (WorkflowRun.ended_at > WorkflowRun.created_at),
    )
    return (await session.scalar(counted) or 0) >= definition.limit


async def _circle(session: AsyncSession, workflow: Workflow, by: WorkflowRun | None) -> str | None:
    """Why a run would go round in circles, in words; None if it would not."""
    if by is None:
        return None
    if by.depth + 1 > DEEPEST:
        return f"Not begun: {DEEPEST + 1} workflows led to one another before it."
    each: WorkflowRun | None = by
    while each is not None:
        if each.workflow_id == workflow.id:
            return "Not begun: it would answer to what it did itself."
        each = await session.get(WorkflowRun, each.cause_id) if each.cause_id is not None else None
    return None


async def locked(session: AsyncSession, keys: Sequence[int]) -> list[Workflow]:
    """Workflows by key, in the order of their keys, against being changed meanwhile."""
    query = select(Workflow).where(Workflow.id.in_(keys)).order_by(Workflow.id)
    return list(await session.scalars(query.with_for_update(read=True, key_share=True)))
