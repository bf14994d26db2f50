"""What a step of a workflow is. A new kind is one file here, and its line in `every`.

A step's fields are what people tell it; `perform` does it in one transaction with the note that it was done, so that
it is done once whatever happens to the process. What is done elsewhere is ordered in that transaction and has a ledger.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from actions.workflows.part import Part
from auth.actor import Actor
from core.errors import DomainError
from models.incident import Incident
from models.words import OnFailure, StepState
from models.workflow import WorkflowRun, WorkflowStepRun


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a step is taken: rows are locked, the incident's first."""

    session: AsyncSession
    actor: Actor
    incident: Incident
    run: WorkflowRun
    row: WorkflowStepRun

    @property
    def reference(self) -> str:
        """The incident, as actions take it."""
        return self.incident.reference


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step."""

    words: str
    state: StepState = StepState.DONE
    outputs: dict[str, Any] = field(default_factory=dict)
    outward_action_id: int | None = None
    due_at: datetime | None = None


class Skip(Exception):  # noqa: N818 (nothing went wrong)
    """Raised by a step that there is no need or no way to take here; others go on. The words say why."""


class Reach(Enum):
    """What a step locks, and so what may share a transaction with it (actions.workflows.together, docs/locks.md)."""

    INCIDENT = 1
    """Nothing but its incident's rows, and what is named against being archived: any number of such steps may."""
    ORDER = 2
    """What it orders at a vendor, too: it is the last step of its run in a transaction."""
    WIDE = 3
    """More than that: it is the last of its transaction, and nothing was ordered in that before."""


class Step(Part):
    """A kind of step, with what it is told."""

    kind: ClassVar[str]
    help: ClassVar[str]
    """What it does, for those who choose it."""
    reach: ClassVar[Reach] = Reach.INCIDENT

    name: str | None = Field(default=None, min_length=1, max_length=120, description="What people call the step.")
    on_failure: OnFailure = Field(default=OnFailure.CONTINUE, description="What becomes of the run if it fails.")

    @property
    def told(self) -> dict[str, Any]:
        """What it was told, as its row keeps it."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"name", "on_failure"})

    @property
    def stops(self) -> bool:
        """Whether its failure ends the run."""
        return self.on_failure is OnFailure.STOP

    @property
    def public(self) -> bool:
        """Whether others than the incident's members learn of it: then it is never taken on a private one."""
        return False

    async def check(self, session: AsyncSession, place: str) -> list[DomainError]:
        """What is wrong with what it was told, beside what its fields say by themselves."""
        del session, place
        return []

    async def perform(self, scene: Scene) -> Outcome:
        """Take the step. Skip, or a DomainError that says what to mend."""
        raise NotImplementedError

    async def expire(self, scene: Scene) -> Outcome:
        """What comes of it when the time is over until which it waits."""
        raise NotImplementedError
