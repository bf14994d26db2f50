"""The reads of workflows."""

from typing import Annotated, Any, cast

import strawberry

import resolvers.replay
import resolvers.workflows
from auth.permission import Permission, require
from resolvers.fields import root
from schema.inputs.workflow import DryRunWorkflowInput, ReplayWorkflowInput
from schema.types.workflow import Workflow
from schema.types.workflow_trial import WorkflowDryRun, WorkflowReplay


async def _dry_run_workflow(
    info: strawberry.Info,
    input: Annotated[DryRunWorkflowInput, strawberry.argument(description="What to try, and on what.")],  # noqa: A002
) -> WorkflowDryRun | None:
    require(info.context.actor, Permission.ADMINISTER)
    tried: Any = await resolvers.workflows.dry_run_workflow(info.context, input)
    return cast("WorkflowDryRun", tried)


async def _replay_workflow(
    info: strawberry.Info,
    input: Annotated[ReplayWorkflowInput, strawberry.argument(description="What to replay, and when.")],  # noqa: A002
) -> WorkflowReplay | None:
    require(info.context.actor, Permission.ADMINISTER)
    replayed: Any = await resolvers.replay.replay_workflow(info.context, input)
    return cast("WorkflowReplay", replayed)


@strawberry.type
class WorkflowQuery:
    workflows: list[Workflow] | None = root(
        resolvers.workflows.workflows, description="All workflows by name, archived ones last."
    )
    workflow: Workflow | None = root(
        resolvers.workflows.workflow,
        description="One workflow; null if it is not there.",
        arguments={"ref": "Its key, or an id."},
    )
    dry_run_workflow: WorkflowDryRun | None = strawberry.field(
        resolver=_dry_run_workflow,
        description="What a workflow would do on an incident, step by step; nothing is done. Needs the permission to"
        " administer.",
    )
    replay_workflow: WorkflowReplay | None = strawberry.field(
        resolver=_replay_workflow,
        description="What a workflow would have begun on in a time that has passed; nothing is done. Needs the"
        " permission to administer.",
    )
