"""The changes of postmortems, beside writing and publishing them."""

import strawberry

from actions.postmortems.factors import choose_factors, save_factor_kind
from actions.postmortems.reassembly import reassemble_postmortem
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs.learning import ChooseFactorsInput, ReassemblePostmortemInput, SaveFactorKindInput
from schema.payloads import Payload, PostmortemPayload
from schema.types.factor import FactorKind


@strawberry.type(description="A kind of contributing factor that was added or changed.")
class FactorKindPayload(Payload):
    factor_kind: FactorKind = batched(made("FactorKind"), description="The kind as it is now.")


@strawberry.type
class LearningMutation:
    reassemble_postmortem: PostmortemPayload | None = mutation(
        reassemble_postmortem,
        ReassemblePostmortemInput,
        description="Bring what is generated in a postmortem up to date with the record. What people wrote stays."
        " `Postmortem.reassembly` shows before what would change.",
    )
    choose_factors: PostmortemPayload | None = mutation(
        choose_factors,
        ChooseFactorsInput,
        description="Say what contributed to an incident: several factors, no person.",
    )
    save_factor_kind: FactorKindPayload | None = mutation(
        save_factor_kind, SaveFactorKindInput, description="Add a kind of contributing factor, or change one."
    )
