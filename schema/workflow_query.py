"""The reads of workflows."""

import strawberry

import resolvers.workflows
from resolvers.fields import root
from schema.types.workflow import Workflow


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
