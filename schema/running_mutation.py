"""What admins do about work that was given up, and in the first set-up."""

import strawberry

from actions.dead_jobs import discard_jobs, retry_jobs
from actions.setting_up import skip_setup, try_mail
from resolvers.fields import batched, computed
from resolvers.mutations.fields import made, mutation
from schema.inputs.running import JobsInput, SkipSetupInput, TryMailInput
from schema.payloads import Payload
from schema.types.organisation import Organisation


@strawberry.type(description="Jobs that were retried or discarded.")
class JobsPayload(Payload):
    jobs: list[strawberry.ID] = computed(lambda outcome: outcome.given["jobs"], description="The ids that were given.")


@strawberry.type(description="A step of the set-up that was passed over, or not any more.")
class SkipSetupPayload(Payload):
    organisation: Organisation = batched(made("Organisation"), description="Whose set-up it is.")


@strawberry.type(description="A mail that is on its way to you.")
class TryMailPayload(Payload):
    pass


@strawberry.type
class RunningMutation:
    retry_jobs: JobsPayload | None = mutation(
        retry_jobs,
        JobsInput,
        description="Give jobs that were given up another life, with all their attempts. NOT_FOUND if none of them is.",
    )
    discard_jobs: JobsPayload | None = mutation(
        discard_jobs,
        JobsInput,
        description="Delete jobs that were given up: what they were to do is never done. NOT_FOUND if none of them is.",
    )
    skip_setup: SkipSetupPayload | None = mutation(
        skip_setup, SkipSetupInput, description="Pass over a step of the first set-up, or come back to it."
    )
    try_mail: TryMailPayload | None = mutation(
        try_mail, TryMailInput, description="Send yourself a mail, to see whether mail arrives."
    )
