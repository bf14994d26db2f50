"""The changes of postmortems, beside writing and publishing them."""

import strawberry

from actions.postmortems.factors import choose_factors, save_factor_kind
from actions.postmortems.reassembly import reassemble_postmortem
from actions.postmortems.remarks import comment_on_postmortem, decide_suggestion, resolve_comment, suggest_edit
from actions.postmortems.reviewing import request_review, review_postmortem
from actions.postmortems.templates import save_postmortem_template
from actions.postmortems.wording import propose_wording
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs import learning as inputs
from schema.payloads import Payload, PostmortemPayload
from schema.types.factor import FactorKind
from schema.types.postmortem_template import PostmortemTemplate


@strawberry.type(description="A kind of contributing factor that was added or changed.")
class FactorKindPayload(Payload):
    factor_kind: FactorKind = batched(made("FactorKind"), description="The kind as it is now.")


@strawberry.type(description="A template that was added or changed.")
class PostmortemTemplatePayload(Payload):
    template: PostmortemTemplate = batched(made("PostmortemTemplate"), description="The template as it is now.")


@strawberry.type
class LearningMutation:
    reassemble_postmortem: PostmortemPayload | None = mutation(
        reassemble_postmortem,
        inputs.ReassemblePostmortemInput,
        description="Bring what is generated in a postmortem up to date with the record. What people wrote stays."
        " `Postmortem.reassembly` shows before what would change.",
    )
    choose_factors: PostmortemPayload | None = mutation(
        choose_factors,
        inputs.ChooseFactorsInput,
        description="Say what contributed to an incident: several factors, no person.",
    )
    request_postmortem_review: PostmortemPayload | None = mutation(
        request_review,
        inputs.RequestPostmortemReviewInput,
        description="Ask people to review a postmortem: → IN_REVIEW.",
    )
    review_postmortem: PostmortemPayload | None = mutation(
        review_postmortem,
        inputs.ReviewPostmortemInput,
        description="Approve a postmortem, or ask for changes; it can't be published while somebody does.",
    )
    comment_on_postmortem: PostmortemPayload | None = mutation(
        comment_on_postmortem,
        inputs.CommentOnPostmortemInput,
        description="Remark something on a section of a postmortem.",
    )
    resolve_postmortem_comment: PostmortemPayload | None = mutation(
        resolve_comment, inputs.ResolvePostmortemCommentInput, description="Say that a remark was dealt with."
    )
    suggest_postmortem_edit: PostmortemPayload | None = mutation(
        suggest_edit,
        inputs.SuggestPostmortemEditInput,
        description="Suggest how a section should read; nothing changes yet.",
    )
    propose_postmortem_wording: PostmortemPayload | None = mutation(
        propose_wording,
        inputs.ProposePostmortemWordingInput,
        description="Have a language model propose how sections could read, if one is connected. What comes of it"
        " within a minute are suggestions, each sentence with the events on which it rests; see `Postmortem.wordings`.",
    )
    decide_postmortem_suggestion: PostmortemPayload | None = mutation(
        decide_suggestion,
        inputs.DecidePostmortemSuggestionInput,
        description="Accept a suggested wording, or decline it.",
    )
    save_postmortem_template: PostmortemTemplatePayload | None = mutation(
        save_postmortem_template,
        inputs.SavePostmortemTemplateInput,
        description="Add sections to the postmortems of a service, of a severity, or of all incidents.",
    )
    save_factor_kind: FactorKindPayload | None = mutation(
        save_factor_kind, inputs.SaveFactorKindInput, description="Add a kind of contributing factor, or change one."
    )
