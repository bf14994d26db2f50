"""Workflows, and what they did."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

import resolvers.incidents
from actions.workflows.conditions import Condition, TimeOfDay
from actions.workflows.definition import Definition
from actions.workflows.steps.every import KINDS, AnyStep
from actions.workflows.triggers import Schedule, Trigger
from models import workflow as model
from models.event import Event
from models.integration import OutwardAction
from models.person import User
from models.words import RunState, StepState
from resolvers import workflows
from resolvers.fields import batched, column
from resolvers.page import PAGING
from resolvers.pointers import pointed_to
from schema.connection import Connection
from schema.lazy import AnActor, AnEvent, AnIncident, AnOutwardAction, AUser
from schema.node import Node, identity, is_row_of
from schema.parts import Maker

_maker = Maker(__name__, lambda part: f"Workflow{part.__name__.removeprefix('Any')}", inputs=False)

_maker.of(Schedule, "Times of a clock.")
_maker.of(Trigger, "What begins a workflow: the one field that is not null.")
_maker.of(TimeOfDay, "Hours of the clock; `ends` before `begins` goes over midnight.")
WorkflowCondition = _maker.of(Condition, "On which incidents a workflow works: the one field that is not null.")
for _step in KINDS:
    _maker.of(_step, _step.help)
_maker.of(AnyStep, "A step of a workflow: the one field that is not null says what it does.")
WorkflowDefinition = _maker.of(Definition, "What a workflow does.")


@strawberry.type(
    description="What a workflow did at a time. Never changed: a run keeps the version that it began with."
)
class WorkflowVersion(Node):
    id: strawberry.ID = identity("WorkflowVersion")
    version: int = column("How often what it does was changed, counted from 1.")
    definition: WorkflowDefinition = batched(workflows.definitions, description="What it does.")  # type: ignore[valid-type]
    created_at: datetime = column("When it was saved.")

    is_type_of = is_row_of(model.WorkflowVersion)


@strawberry.type(description="What Muster does by itself when something happens to an incident.")
class Workflow(Node):
    id: strawberry.ID = identity("Workflow")
    key: str = column("How people call it; unique among those in use.")
    name: str = column("What it is called.")
    enabled: bool = column("Whether it begins by itself; people can run it in any case.")
    archived: bool = column("Whether it is no longer used.")
    version: WorkflowVersion = batched(
        pointed_to(model.WorkflowVersion, "current_version_id"), description="What it does now."
    )
    versions: Connection[WorkflowVersion] = batched(
        workflows.versions, description="All that it ever did, the newest first.", arguments=PAGING
    )
    next_due_at: datetime | None = column("When its time comes next; null: an event or a person begins it.")

    is_type_of = is_row_of(model.Workflow)


@strawberry.type(description="A step of a run.")
class WorkflowStepRun(Node):
    id: strawberry.ID = identity("WorkflowStepRun")
    position: int = column("Its place, from 0.")
    kind: str = column("What it does: `open_channel`.")
    name: str | None = column("What people call it.")
    state: StepState = column("Where it stands.")
    attempts: int = column("How often it was tried.")
    inputs: JSON = batched(workflows.inputs_of, description="What it was told.")
    outputs: JSON = column("What came of it, such as the address of a channel.")
    words: str | None = column("The same for people; of a failure, what to mend.")
    outward_action: AnOutwardAction | None = batched(
        pointed_to(OutwardAction, "outward_action_id"), description="What it ordered at a vendor; null: nothing."
    )
    due_at: datetime | None = column("Until when it waits; null: it does not, or for ever.")
    answer: str | None = column("What was answered to its question.")
    answered_by: AUser | None = batched(pointed_to(User, "answered_by_id"), description="Who answered.")
    begun_at: datetime | None = column("When it was tried first.")
    ended_at: datetime | None = column("When it was over.")

    is_type_of = is_row_of(model.WorkflowStepRun)


@strawberry.type(description="A workflow at work on an incident.")
class WorkflowRun(Node):
    id: strawberry.ID = identity("WorkflowRun")
    workflow: Workflow = batched(pointed_to(model.Workflow, "workflow_id"), description="The workflow.")
    version: WorkflowVersion = batched(
        pointed_to(model.WorkflowVersion, "version_id"), description="What it does: the version that it began with."
    )
    incident: AnIncident | None = batched(resolvers.incidents.incident_of, description="The incident.")
    state: RunState = column("Where it stands.")
    words: str | None = column("Why it ended as it did, or did not begin; null: there is nothing to say.")
    event: AnEvent | None = batched(
        pointed_to(Event, "event_id"), description="The event that began it; null: its time, silence or a person did."
    )
    cause: "WorkflowRun | None" = batched(
        pointed_to(model.WorkflowRun, "cause_id"),
        description="The run whose step caused that event; null: none did.",
    )
    begun_by: AnActor = batched(workflows.begun_by, description="Who began it.")
    steps: list[WorkflowStepRun] = batched(workflows.steps_of, description="Its steps in their order.")
    due_at: datetime | None = column("When it goes on by itself; null: it does not wait for a time.")
    created_at: datetime = column("When it began.")
    ended_at: datetime | None = column("When it was over; null: it is not.")

    is_type_of = is_row_of(model.WorkflowRun)
