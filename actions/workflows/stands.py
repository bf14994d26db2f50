"""A run with all that belongs to it, locked: what its steps are taken by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_free, find_incidents
from actions.workflows.definition import Kept, kept
from actions.workflows.steps.base import Reach, Scene, Step
from auth.actor import SYSTEM, Actor, workflow
from models.incident import Incident
from models.words import StepState
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion


@dataclass(frozen=True, slots=True)
class Stand:
    """A run with all that belongs to it, locked: the incident first."""

    incident: Incident
    run: WorkflowRun
    steps: list[WorkflowStepRun]
    actor: Actor
    does: tuple[Step, ...]
    """What the steps do."""

    def scene(self, session: AsyncSession) -> Scene:
        """Where the next step is taken."""
        return Scene(session, self.actor, self.incident, self.run, self.steps[self.run.position])

    @property
    def next(self) -> WorkflowStepRun | None:
        """The step that is next; None: all were taken."""
        return self.steps[self.run.position] if self.run.position < len(self.steps) else None

    @property
    def reach(self) -> Reach:
        """What the next step locks if it is taken now; one that is not does nothing."""
        row = self.next
        taken = row is not None and row.state in (StepState.PENDING, StepState.WAITING)
        return self.does[self.run.position].reach if taken else Reach.INCIDENT

    @property
    def stops(self) -> bool:
        """Whether the run ends if the next step fails."""
        return self.does[self.run.position].stops


def standing(incident: Incident, run: WorkflowRun, steps: list[WorkflowStepRun], name: str, read: Kept) -> Stand:
    """A run of a workflow of that name, with all that belongs to it."""
    return Stand(incident, run, steps, workflow(run.id, name), read.does)


async def stand_of(session: AsyncSession, run_id: int) -> Stand:
    """A run as it stands."""
    return (await stands_of(session, [run_id]))[0]


async def stands_of(session: AsyncSession, waited: Sequence[int], free: Sequence[int] = ()) -> list[Stand]:
    """Runs as they stand, those first whose incidents are waited for; of the others those whose incident is free.

    Their incidents are locked before them.
    """
    keys = [*waited, *(key for key in sorted(set(free)) if key not in waited)]
    found = await session.execute(select(WorkflowRun.id, WorkflowRun.incident_id).where(WorkflowRun.id.in_(keys)))
    of = {row.id: row.incident_id for row in found}
    incidents = await locked_incidents(session, {of[key] for key in waited}, set(of.values()))
    runs = await _runs(session, [key for key in keys if of[key] in incidents])
    rows = select(WorkflowStepRun).where(WorkflowStepRun.run_id.in_(runs)).order_by(WorkflowStepRun.position)
    steps: dict[int, list[WorkflowStepRun]] = {key: [] for key in runs}
    for row in await session.scalars(rows.execution_options(populate_existing=True)):
        steps[row.run_id].append(row)
    return [
        standing(incidents[of[key]], run, steps[key], name, kept(definition))
        for key, (run, name, definition) in runs.items()
    ]


async def locked_incidents(session: AsyncSession, waited: set[int], wanted: set[int]) -> dict[int, Incident]:
    """Incidents by key, locked: some that are waited for, and of those that are wanted, too, what is free.

    So whoever holds one incident holds up nobody who works on another.
    """
    references = {str(key): str(key) for key in sorted(waited)}
    found = await find_incidents(session, SYSTEM, references) if references else {}
    return {int(key): row for key, row in found.items()} | await find_free(session, SYSTEM, wanted - waited)


async def _runs(session: AsyncSession, keys: Sequence[int]) -> dict[int, tuple[WorkflowRun, str, dict[str, Any]]]:
    """Runs by key, locked, in the order given, each with the name of its workflow and its definition."""
    whole = (
        select(WorkflowRun, Workflow.name, WorkflowVersion.definition)
        .join(Workflow, Workflow.id == WorkflowRun.workflow_id)
        .join(WorkflowVersion, WorkflowVersion.id == WorkflowRun.version_id)
        .where(WorkflowRun.id.in_(keys))
        .order_by(WorkflowRun.id)
        .with_for_update(of=WorkflowRun)
    )
    found = await session.execute(whole.execution_options(populate_existing=True))
    by_key = {run.id: (run, name, definition) for run, name, definition in found}
    return {key: by_key[key] for key in keys}
