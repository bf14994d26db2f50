"""The changes of the practice's checks."""

import strawberry

import resolvers.practice
from actions.practice.tuning import tune_check
from resolvers.fields import batched
from resolvers.mutations.fields import mutation
from schema.inputs.practice import TuneCheckInput
from schema.payloads import Payload
from schema.types.practice import PracticeCheck


@strawberry.type(description="A check that was tuned.")
class PracticeCheckPayload(Payload):
    check: PracticeCheck = batched(resolvers.practice.tuned, description="The check as it is now.")


@strawberry.type
class PracticeMutation:
    tune_check: PracticeCheckPayload | None = mutation(
        tune_check,
        TuneCheckInput,
        description="Switch a check off or on, or give it another limit or target, with a reason. What is asked as of"
        " an earlier cursor is judged as before.",
    )
