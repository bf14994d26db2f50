"""Trying a workflow on an incident without doing anything: its steps are taken in a transaction that is undone."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.record import now
from actions.workflows.conditions import holds
from actions.workflows.definition import Definition, Values, plain, read_definition, stored
from actions.workflows.running import StepFailed, take
from actions.workflows.saving import find_workflow
from actions.workflows.stands import stand_of
from actions.workflows.subjects import subject_of
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid
from core.journal import journal_of
from models.facts.workflow import WorkflowEnded
from models.incident import Incident
from models.words import ActorKind, RunState, StepState
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion


@dataclass(frozen=True, slots=True)
class Tried:
    """What a step would do."""

    kind: str
    name: str | None
    state: StepState
    words: str | None
    events: list[str] = field(default_factory=list)
    """The kinds of the events that it would write."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a workflow would do on an incident."""

    fits: bool
    """Whether its conditions hold; if not, it would not begin."""
    steps: list[Tried]


async def dry_run_workflow(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    workflow: str | None = None,
    definition: Values | None = None,
) -> Rehearsed:
    """What a workflow, or a definition, would do on an incident, step by step, within a rehearsal.

    Waiting is passed over, and questions are taken to be answered so that it goes on. Admins only; NOT_FOUND for an
    incident that they may not see.
    """
    require(actor, Permission.ADMINISTER)
    target = await find_incident(session, actor, incident)
    name, chosen = await chosen_definition(session, workflow, definition)
    if not holds(chosen.conditions, await subject_of(session, target)):
        return Rehearsed(fits=False, steps=[])
    run = await _stand_in(session, target, name, chosen)
    steps: list[Tried] = []
    for position, step in enumerate(chosen.taken):
        steps.append(await _try(session, run, position))
        if steps[-1].state is StepState.FAILED and step.does.stops:
            steps += [Tried(s.does.kind, s.does.name, StepState.CALLED_OFF, None) for s in chosen.taken[position + 1 :]]
            break
    return Rehearsed(fits=True, steps=steps)


async def chosen_definition(
    session: AsyncSession, workflow: str | None, definition: Values | None
) -> tuple[str, Definition]:
    """The name and definition of a workflow, or what was written instead; INVALID_INPUT unless it is one of both."""
    if (workflow is None) is (definition is None):
        raise invalid("workflow", "Name a workflow, or send a definition, and not both.", "Leave one of them out.")
    if workflow is None:
        return "Rehearsal", await read_definition(session, definition)
    found = await find_workflow(session, workflow)
    version = await session.get_one(WorkflowVersion, found.current_version_id)
    return found.name, stored(version.definition)


async def _stand_in(session: AsyncSession, incident: Incident, name: str, definition: Definition) -> int:
    """A run that nobody but this transaction will ever see."""
    moment = now(session)
    owner = Workflow(key=f"rehearsal-{moment:%f}", name=name, enabled=False, created_at=moment)
    session.add(owner)
    await session.flush()
    version = WorkflowVersion(workflow_id=owner.id, version=1, definition=plain(definition), created_at=moment)
    session.add(version)
    await session.flush()
    run = WorkflowRun(
        key="rehearsal",
        workflow_id=owner.id,
        version_id=version.id,
        incident_id=incident.id,
        after_id=0,
        begun_by_kind=ActorKind.SYSTEM,
        state=RunState.RUNNING,
        created_at=moment,
    )
    session.add(run)
    await session.flush()
    session.add_all(
        WorkflowStepRun(
            run_id=run.id,
            position=position,
            kind=step.does.kind,
            name=step.does.name,
            state=StepState.PENDING,
            inputs=step.does.told,
            outputs={},
        )
        for position, step in enumerate(definition.taken)
    )
    await session.flush()
    return run.id


async def _try(session: AsyncSession, run_id: int, position: int) -> Tried:
    journal = journal_of(session)
    before = len(journal.events)
    stand = await stand_of(session, run_id)
    stand.run.position, stand.run.state = position, RunState.RUNNING
    await session.flush()
    row = stand.steps[position]
    kind, name = row.kind, row.name
    try:
        async with session.begin_nested():
            await take(session, stand)
            await session.flush()
    except StepFailed as failed:
        del journal.events[before:]
        return Tried(kind, name, StepState.FAILED, failed.words)
    events = [event.kind for event in journal.events[before:] if event.kind != WorkflowEnded.kind]
    return Tried(kind, name, row.state, row.words, events)
