"""What admins say of workflows, and responders of their runs."""

from datetime import datetime

import strawberry

from actions.workflows.conditions import Condition, TimeOfDay
from actions.workflows.definition import Definition
from actions.workflows.steps.every import KINDS, AnyStep
from actions.workflows.triggers import Schedule, Trigger
from schema.inputs.given import ARCHIVED, INCIDENT, REASON, SAVED_ID, SEEN, Repeatable, needed, optional
from schema.parts import Maker

_maker = Maker(__name__, lambda part: f"Workflow{part.__name__.removeprefix('Any')}Input", inputs=True)

_maker.of(Schedule, "Times of a clock.")
_maker.of(Trigger, "What begins a workflow.", one_of=True)
_maker.of(TimeOfDay, "Hours of the clock; `ends` before `begins` goes over midnight.")
WorkflowConditionInput = _maker.of(Condition, "On which incidents a workflow works.", one_of=True)
for _step in KINDS:
    _maker.of(_step, _step.help)
_maker.of(AnyStep, "A step of a workflow.", one_of=True)
WorkflowDefinitionInput = _maker.of(Definition, "What a workflow does.")

WHICH = "The workflow, by key or id. `workflows` lists them."


@strawberry.input(
    description="A workflow. What is left out stays as it is; a definition replaces the whole one, as a new version."
    " Needs the permission to administer."
)
class SaveWorkflowInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    key: str | None = optional("How people call it: 1 to 60 of a-z, 0-9 and hyphens. Needed for a new one, and stays.")
    name: str | None = optional("What it is called, in at most 120 characters. Needed for a new one.")
    enabled: bool | None = optional("Whether it begins by itself; a new one does unless this says otherwise.")
    definition: WorkflowDefinitionInput | None = optional(  # type: ignore[valid-type]
        "What it does. Needed for a new one. A refusal lists all that is wrong in `extensions.problems`."
    )
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A workflow to be run on an incident.")
class RunWorkflowInput(Repeatable):
    incident: str = needed(INCIDENT)
    workflow: str = needed(WHICH)


@strawberry.input(description="A run to be called off.")
class CancelRunInput(Repeatable):
    run: strawberry.ID = needed("The run. NOT_FOUND also if you may not see its incident.")
    reason: str = needed(REASON)


@strawberry.input(description="An answer to what a workflow asks.")
class AnswerQuestionInput(Repeatable):
    question: strawberry.ID = needed("The step that asks. NOT_FOUND also if you may not see its incident.")
    answer: str = needed("The answer, in at most 500 characters; one of its choices, if it has some.")


@strawberry.input(description="What to try on an incident: a workflow that there is, or a definition.")
class DryRunWorkflowInput:
    incident: str = needed(INCIDENT)
    workflow: str | None = optional(WHICH)
    definition: WorkflowDefinitionInput | None = optional("Instead of a workflow: what it would do.")  # type: ignore[valid-type]


@strawberry.input(description="A time that has passed, and what to replay against it: a workflow, or a definition.")
class ReplayWorkflowInput:
    workflow: str | None = optional(WHICH)
    definition: WorkflowDefinitionInput | None = optional("Instead of a workflow: what it would do.")  # type: ignore[valid-type]
    since: datetime = needed("From when on.")
    until: datetime = needed("Until before when, at most a year later.")
