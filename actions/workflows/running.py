"""Taking the steps of a run: what a step does and that it was done is written in one transaction.

So a run that is broken off anywhere goes on exactly where it stood. `actions.workflows.together` says how many steps,
of how many runs, share a transaction.
"""

import logging
from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now, record
from actions.transitions import ENDED
from actions.violations import refusal_of
from actions.workflows.stands import Stand
from actions.workflows.steps.base import Outcome, Scene, Skip, Step
from actions.workflows.undoing import undone_if_it_fails
from core.backoff import backoff
from core.changes import keep_so_far
from core.errors import DomainError
from core.outage import outage_of
from models.event import Event
from models.facts.incident import IncidentCancelled, IncidentDeclined, IncidentMerged, StageChanged
from models.facts.workflow import WorkflowEnded, WorkflowStepFailed
from models.job import JobName
from models.words import RunState, Stage, StepState
from models.workflow import SETTLED, WorkflowStepRun

log = logging.getLogger(__name__)

TRIES = 5
"""How often a step is tried that fails in a way which nobody foresaw; then it has failed, and others go on."""

ENDINGS = (IncidentDeclined.kind, IncidentCancelled.kind, IncidentMerged.kind, StageChanged.kind)
PRIVATE = "The incident is private, and others would learn of this."


class StepFailed(Exception):  # noqa: N818 (a step did; what follows is decided elsewhere)
    """Raised by a step that failed: what it wrote is undone, and `fail` notes it."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


async def goes_on(session: AsyncSession, stand: Stand) -> bool:
    """Whether a run is not over; what is left of it is called off if its incident ended after it began."""
    if stand.run.ended:
        return False
    if await _over_since(session, stand):
        call_off(session, stand, f"The incident is {stand.incident.stage.lower()}.")
        return False
    return True


async def take_next(session: AsyncSession, stand: Stand, *, careful: bool) -> bool:
    """Take the next step of a run that goes on, if it can be taken now; whether another may follow at once.

    `careful`: if it fails, it alone is undone, and noted as failed; otherwise StepFailed, or whatever it raises.
    """
    row = stand.next
    if row is None:
        _conclude(session, stand)
    elif row.state in SETTLED:  # a vendor answered to the step that the run waited for, or somebody to a question
        return _passed(session, stand)
    elif row.state is StepState.PENDING or (
        row.state is StepState.WAITING and row.due_at is not None and row.due_at <= now(session)
    ):
        expired = row.state is StepState.WAITING
        if careful:
            return await _take_carefully(session, stand, expired=expired)
        return await take(session, stand, expired=expired)
    return False


async def _take_carefully(session: AsyncSession, stand: Stand, *, expired: bool) -> bool:
    try:
        return await take(session, stand, expired=expired, careful=True)
    except StepFailed as failed:
        return fail(session, stand, failed.words)
    except Exception as error:
        if outage_of(error) is not None or (isinstance(error, DBAPIError) and refusal_of(error) is not None):
            raise
        return _unforeseen(session, stand, error)


def fail(session: AsyncSession, stand: Stand, words: str) -> bool:
    """Note that the step that is next failed, on the incident's timeline, too; whether the run goes on."""
    row = stand.steps[stand.run.position]
    row.begun_at = row.begun_at or now(session)
    row.attempts += 1
    settle(session, row, StepState.FAILED, words)
    fact = WorkflowStepFailed(
        run_id=stand.run.id, workflow_id=stand.run.workflow_id, step_id=row.id, step=row.name or row.kind, note=words
    )
    record(session, stand.actor, fact, incident=stand.incident)
    return _passed(session, stand)


def _unforeseen(session: AsyncSession, stand: Stand, error: Exception) -> bool:
    """Have what failed for a reason that nobody foresaw tried again later; after some tries it has failed."""
    row = stand.steps[stand.run.position]
    words = f"Muster could not do this ({type(error).__name__}); the worker's log says more."
    log.error("a step of run %s failed", stand.run.id, exc_info=error)
    if row.attempts + 1 >= TRIES:
        return fail(session, stand, words)
    row.attempts += 1
    row.words = words
    later = now(session) + timedelta(seconds=backoff(row.attempts))
    enqueue(session, JobName.WORKFLOW_ADVANCE, run_at=later, run_id=stand.run.id)
    return False


async def take(session: AsyncSession, stand: Stand, *, expired: bool = False, careful: bool = False) -> bool:
    """Take the step that is next; whether another may follow at once.

    `expired`: the time is over that it waited. `careful`: what it wrote is undone if it fails.
    """
    scene, does = stand.scene(session), stand.does[stand.run.position]
    row = scene.row
    row.begun_at = row.begun_at or now(session)
    try:
        if careful:
            async with undone_if_it_fails(session, stand.incident, stand.run, *stand.steps):
                outcome = await _outcome(scene, does, expired=expired)
        else:
            outcome = await _outcome(scene, does, expired=expired)
    except DomainError as error:
        raise StepFailed(f"{error.message} {error.hint or ''}".strip()) from error
    if not expired:
        row.attempts += 1
    _note(session, stand, row, outcome)
    await keep_so_far(session)
    if outcome.state is StepState.WAITING or (outcome.state is StepState.UNDER_WAY and stand.stops):
        stand.run.state, stand.run.due_at = RunState.WAITING, outcome.due_at
        return False
    return _passed(session, stand)


async def _outcome(scene: Scene, does: Step, *, expired: bool) -> Outcome:
    if does.public and scene.incident.private:
        return Outcome(PRIVATE, StepState.SKIPPED)
    try:
        return await (does.expire(scene) if expired else does.perform(scene))
    except Skip as skip:
        return Outcome(str(skip), StepState.SKIPPED)


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
