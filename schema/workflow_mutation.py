"""The changes of workflows, and what people do with their runs."""

import strawberry

from actions.workflows.by_hand import cancel_run, run_workflow
from actions.workflows.questions import answer_question
from actions.workflows.saving import save_workflow
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs import workflow as given
from schema.payloads import Payload
from schema.types.workflow import Workflow, WorkflowRun, WorkflowStepRun


@strawberry.type(description="A workflow that was added or changed.")
class WorkflowPayload(Payload):
    workflow: Workflow = batched(made("Workflow"), description="The workflow as it is now.")


@strawberry.type(description="A run that was begun or called off.")
class WorkflowRunPayload(Payload):
    run: WorkflowRun = batched(made("WorkflowRun"), description="The run as it stands; jobs take its steps.")


@strawberry.type(description="A question that was answered.")
class WorkflowStepRunPayload(Payload):
    step: WorkflowStepRun = batched(made("WorkflowStepRun"), description="The step that asked.")


@strawberry.type
class WorkflowMutation:
    save_workflow: WorkflowPayload | None = mutation(
        save_workflow, given.SaveWorkflowInput, description="Add a workflow, or change one."
    )
    run_workflow: WorkflowRunPayload | None = mutation(
        run_workflow,
        given.RunWorkflowInput,
        description="Run a workflow on an incident, whatever its trigger. CONFLICT if its conditions don't hold.",
    )
    cancel_run: WorkflowRunPayload | None = mutation(
        cancel_run, given.CancelRunInput, description="Call off what is left of a run; what it did stays."
    )
    answer_question: WorkflowStepRunPayload | None = mutation(
        answer_question,
        given.AnswerQuestionInput,
        description="Answer what a workflow asks; its run goes on. CONFLICT if it was answered already.",
    )
