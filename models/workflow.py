"""Workflows: what Muster does by itself when something happens to an incident, and each time that it did (ADR 0019)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import ActorKind, RunState, StepState

LIVE_SQL = "state in ('RUNNING', 'WAITING')"
"""Runs that are not over."""

ENDED = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})
SETTLED = frozenset({StepState.DONE, StepState.SKIPPED, StepState.FAILED, StepState.CALLED_OFF})


class Workflow(ArchivedFacts, Base):
    """The identity of a workflow; what it does is in its versions."""

    __tablename__ = "workflow"
    __table_args__ = (
        Index("uq_workflow_key", "key", unique=True, postgresql_where=text("archived_at is null")),
        Index("ix_workflow_due", "next_due_at", postgresql_where=text("next_due_at is not null")),
    )

    id: Mapped[Key]
    key: Mapped[str]
    name: Mapped[str]
    enabled: Mapped[bool]
    """Whether it begins by itself; people can run it in any case."""
    current_version_id: Mapped[int | None] = mapped_column(BigInteger)
    next_due_at: Mapped[datetime | None]
    """When the timers look at it next. Null: neither a schedule nor silence begins it."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class WorkflowVersion(Base):
    """What a workflow did at a time. Never changed: a run keeps the version that it began with."""

    __tablename__ = "workflow_version"
    __table_args__ = (UniqueConstraint("workflow_id", "version"),)

    id: Mapped[Key]
    workflow_id: Mapped[int] = points_to("workflow.id")
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    """Trigger, conditions, steps and limit, with ids where people write names (actions.workflows.definition)."""
    created_at: Mapped[datetime]


class WorkflowTrigger(Base):
    """Which kinds of events enabled workflows wait for: the trigger of the table `event` looks nowhere else."""

    __tablename__ = "workflow_trigger"

    kind: Mapped[str] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = points_to("workflow.id", primary_key=True)


class WorkflowRunFacts:
    """What follows from a run's columns alone."""

    __slots__ = ()
    state: Mapped[RunState]

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state in ENDED


class WorkflowRun(WorkflowRunFacts, Base):
    """A workflow at work on an incident. `key` says what began it (`event/71`): for each that happens once."""

    __tablename__ = "workflow_run"
    __table_args__ = (
        UniqueConstraint("workflow_id", "incident_id", "key"),
        Index("ix_workflow_run_incident_id_id", "incident_id", "id"),
        Index("ix_workflow_run_workflow_id_id", "workflow_id", "id"),
        Index("ix_workflow_run_due", "due_at", postgresql_where=text(f"due_at is not null and {LIVE_SQL}")),
    )

    id: Mapped[Key]
    key: Mapped[str]
    workflow_id: Mapped[int] = points_to("workflow.id")
    version_id: Mapped[int] = points_to("workflow_version.id")
    incident_id: Mapped[int] = points_to("incident.id")
    event_id: Mapped[int | None]
    """The event that began it; null: its time, silence or a person did."""
    after_id: Mapped[int]
    """Where the feed stood: an end of the incident after it calls the rest off."""
    cause_id: Mapped[int | None] = points_to("workflow_run.id")
    """The run whose step caused that event."""
    depth: Mapped[int] = mapped_column(default=0)
    """How many runs led to it."""
    begun_by_kind: Mapped[ActorKind]
    begun_by_id: Mapped[int | None]
    state: Mapped[RunState]
    position: Mapped[int] = mapped_column(default=0)
    """The step that is next, from 0."""
    due_at: Mapped[datetime | None]
    """When the timers wake it."""
    words: Mapped[str | None]
    """Why it ended as it did, or did not begin."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WorkflowStepRun(Base):
    """A step of a run, from before it is taken until long after."""

    __tablename__ = "workflow_step_run"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        Index("ix_workflow_step_run_outward_action_id", "outward_action_id"),
    )

    id: Mapped[Key]
    run_id: Mapped[int] = points_to("workflow_run.id")
    position: Mapped[int]
    kind: Mapped[str]
    """Which of actions.workflows.steps it is: `open_channel`."""
    name: Mapped[str | None]
    state: Mapped[StepState]
    attempts: Mapped[int] = mapped_column(default=0)
    inputs: Mapped[dict[str, Any]]
    """What it was told, with ids as in the definition."""
    outputs: Mapped[dict[str, Any]]
    """What came of it."""
    words: Mapped[str | None]
    """The same for people; of a failure, what to mend."""
    outward_action_id: Mapped[int | None] = points_to("outward_action.id")
    due_at: Mapped[datetime | None]
    """Until when it waits."""
    answer: Mapped[str | None]
    """What was answered to its question."""
    answered_by_id: Mapped[int | None] = points_to("app_user.id")
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
