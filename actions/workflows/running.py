"""Taking the steps of a run, one transaction each: what a step does and that it was done is written together.

So a run that is broken off anywhere goes on exactly where it stood.
"""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_incident
from actions.record import now, record
from actions.transitions import ENDED
from actions.workflows.definition import Definition, stored
from actions.workflows.steps.base import Outcome, Scene, Skip, Step
from auth.actor import SYSTEM, Actor, workflow
from core.errors import DomainError
from models.event import Event
from models.facts.incident import IncidentCancelled, IncidentDeclined, IncidentMerged, StageChanged
from models.facts.workflow import WorkflowEnded, WorkflowStepFailed
from models.incident import Incident
from models.words import RunState, Stage, StepState
from models.workflow import SETTLED, Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion

ENDINGS = (IncidentDeclined.kind, IncidentCancelled.kind, IncidentMerged.kind, StageChanged.kind)
PRIVATE = "The incident is private, and others would learn of this."


class StepFailed(Exception):  # noqa: N818 (a step did; what follows is decided elsewhere)
    """Raised by a step that failed: its transaction is undone, and `fail_step` notes it in another."""

    def __init__(self, position: int, words: str) -> None:
        super().__init__(words)
        self.position = position
        self.words = words


@dataclass(frozen=True, slots=True)
class Stand:
    """A run with all that belongs to it, locked: the incident first."""

    incident: Incident
    run: WorkflowRun
    steps: list[WorkflowStepRun]
    actor: Actor
    definition: Definition

    def scene(self, session: AsyncSession) -> Scene:
        """Where the next step is taken."""
        return Scene(session, self.actor, self.incident, self.run, self.steps[self.run.position])

    @property
    def next(self) -> WorkflowStepRun | None:
        """The step that is next; None: all were taken."""
        return self.steps[self.run.position] if self.run.position < len(self.steps) else None

    @property
    def does(self) -> Step:
        """What the next step does."""
        return self.definition.taken[self.run.position].does

    @property
    def stops(self) -> bool:
        """Whether the run ends if the next step fails."""
        return self.does.stops


async def stand_of(session: AsyncSession, run_id: int) -> Stand:
    """A run as it stands."""
    incident_id = await session.scalar(select(WorkflowRun.incident_id).where(WorkflowRun.id == run_id))
    incident = await find_incident(session, SYSTEM, str(incident_id))
    whole = (
        select(WorkflowRun, Workflow.name, WorkflowVersion.definition)
        .join(Workflow, Workflow.id == WorkflowRun.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == WorkflowRun.version_id)
        .where(WorkflowRun.id == run_id)
        .with_for_update(of=WorkflowRun)
    )
    run, name, definition = (await session.execute(whole.execution_options(populate_existing=True))).one()
    rows = select(WorkflowStepRun).where(WorkflowStepRun.run_id == run_id).order_by(WorkflowStepRun.position)
    steps = list(await session.scalars(rows.execution_options(populate_existing=True)))
    return Stand(incident, run, steps, workflow(run.id, name), stored(definition))


async def take_step(session: AsyncSession, run_id: int) -> bool:
    """Take the next step of a run if it can be taken now; whether another may follow at once.

    StepFailed if it failed. Doing it again does nothing that was done.
    """
    stand = await stand_of(session, run_id)
    row = stand.next
    if stand.run.ended:
        return False
    if await _over_since(session, stand):
        call_off(session, stand, f"The incident is {stand.incident.stage.lower()}.")
    elif row is None:
        _conclude(session, stand)
    elif row.state in SETTLED:  # a vendor answered to the step that the run waited for, or somebody to a question
        return _passed(session, stand)
    elif row.state is StepState.PENDING:
        return await take(session, stand)
    elif row.state is StepState.WAITING and row.due_at is not None and row.due_at <= now(session):
        return await take(session, stand, expired=True)
    return False


async def fail_step(session: AsyncSession, run_id: int, position: int, words: str) -> bool:
    """Note that a step failed, on the incident's timeline, too; whether the run goes on."""
    stand = await stand_of(session, run_id)
    row = stand.next
    if stand.run.ended or row is None or row.position != position or row.state in SETTLED:
        return False
    row.begun_at = row.begun_at or now(session)
    row.attempts += 1
    settle(session, row, StepState.FAILED, words)
    fact = WorkflowStepFailed(
        run_id=run_id, workflow_id=stand.run.workflow_id, step_id=row.id, step=row.name or row.kind, note=words
    )
    record(session, stand.actor, fact, incident=stand.incident)
    return _passed(session, stand)


async def note_attempt(session: AsyncSession, run_id: int, words: str) -> int:
    """Note that a step could not be taken for a reason that nobody foresaw; how often that was so by now."""
    stand = await stand_of(session, run_id)
    if stand.next is None:
        return 0
    stand.next.attempts += 1
    stand.next.words = words
    return stand.next.attempts


async def take(session: AsyncSession, stand: Stand, *, expired: bool = False) -> bool:
    """Take the step that is next; whether another may follow at once. `expired`: the time is over that it waited."""
    scene, does = stand.scene(session), stand.does
    row = scene.row
    row.begun_at = row.begun_at or now(session)
    try:
        outcome = await _outcome(scene, does, expired=expired)
    except Skip as skip:
        outcome = Outcome(str(skip), StepState.SKIPPED)
    except DomainError as error:
        raise StepFailed(row.position, f"{error.message} {error.hint or ''}".strip()) from error
    if not expired:
        row.attempts += 1
    _note(session, stand, row, outcome)
    if outcome.state is StepState.WAITING or (outcome.state is StepState.UNDER_WAY and stand.stops):
        stand.run.state, stand.run.due_at = RunState.WAITING, outcome.due_at
        return False
    return _passed(session, stand)


async def _outcome(scene: Scene, does: Step, *, expired: bool) -> Outcome:
    if does.public and scene.incident.private:
        raise Skip(PRIVATE)
    return await (does.expire(scene) if expired else does.perform(scene))


def _note(session: AsyncSession, stand: Stand, row: WorkflowStepRun, outcome: Outcome) -> None:
    """Write down what came of a step."""
    row.outputs = {**row.outputs, **outcome.outputs}
    row.outward_action_id = outcome.outward_action_id or row.outward_action_id
    row.due_at = outcome.due_at
    row.state, row.words = outcome.state, outcome.words
    if outcome.state in SETTLED:
        row.ended_at = now(session)
    stand.run.due_at = None


def settle(session: AsyncSession, row: WorkflowStepRun, state: StepState, words: str | None) -> None:
    """Note that a step is over."""
    row.state, row.words, row.due_at, row.ended_at = state, words, None, now(session)


def _passed(session: AsyncSession, stand: Stand) -> bool:
    """Go on to the step after; whether there is one to be taken."""
    row, run = stand.next, stand.run
    if row is not None and row.state is StepState.FAILED and stand.stops:
        end(session, stand, RunState.FAILED, f"Stopped: {row.name or row.kind.replace('_', ' ')} failed.")
        return False
    run.position += 1
    run.state, run.due_at = RunState.RUNNING, None
    if stand.next is None:
        _conclude(session, stand)
        return False
    return True


def _conclude(session: AsyncSession, stand: Stand) -> None:
    """All steps were taken: it is over once vendors have answered, too."""
    states = {row.state for row in stand.steps}
    if StepState.UNDER_WAY in states:
        stand.run.state = RunState.WAITING
    elif StepState.FAILED in states:
        end(session, stand, RunState.FAILED, None)
    else:
        end(session, stand, RunState.DONE, None)


def call_off(session: AsyncSession, stand: Stand, words: str) -> None:
    """End a run before its time."""
    end(session, stand, RunState.CANCELLED, words)


def end(session: AsyncSession, stand: Stand, state: RunState, words: str | None) -> None:
    """End a run; steps that were not taken are called off. What was ordered at a vendor goes on there."""
    for row in stand.steps:
        if row.state in (StepState.PENDING, StepState.WAITING):
            settle(session, row, StepState.CALLED_OFF, words)
    run = stand.run
    run.state, run.words, run.ended_at, run.due_at = state, words, now(session), None
    fact = WorkflowEnded(run_id=run.id, workflow_id=run.workflow_id, state=state)
    record(session, stand.actor, fact, incident=stand.incident, numbered=False)


async def _over_since(session: AsyncSession, stand: Stand) -> bool:
    """Whether the incident ended after the run began: what was begun by the end itself goes on."""
    if stand.incident.stage not in ENDED:
        return False
    ended = select(Event.id).where(
        Event.incident_id == stand.incident.id,
        Event.id > stand.run.after_id,
        Event.kind.in_(ENDINGS),
        (Event.kind != StageChanged.kind) | (Event.data["to_stage"].as_string() == Stage.CLOSED),
    )
    return bool(await session.scalar(select(exists(ended))))
