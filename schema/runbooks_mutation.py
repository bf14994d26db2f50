"""The changes of runbooks."""

import strawberry

from actions.runbooks.opening import open_runbook
from actions.runbooks.saving import save_runbook
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs.runbooks import OpenRunbookInput, SaveRunbookInput
from schema.payloads import Payload
from schema.types.runbook import OpenedRunbook, Runbook


@strawberry.type(description="A runbook that was added or changed.")
class RunbookPayload(Payload):
    runbook: Runbook = batched(made("Runbook"), description="The runbook as it is now.")


@strawberry.type(description="A runbook that an incident is worked by.")
class OpenedRunbookPayload(Payload):
    opened_runbook: OpenedRunbook = batched(made("OpenedRunbook"), description="The runbook as it was opened.")


@strawberry.type
class RunbooksMutation:
    save_runbook: RunbookPayload | None = mutation(
        save_runbook, SaveRunbookInput, description="Add a runbook, or change one. What is opened stays as it reads."
    )
    open_runbook: OpenedRunbookPayload | None = mutation(
        open_runbook,
        OpenRunbookInput,
        description="Work an incident by a runbook: its checks become tasks that anybody can claim. Opened again, it"
        " stays as it is.",
    )
