"""The changes that help to publish."""

import strawberry

from actions.templates.saving import save_update_template
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs.publishing import SaveUpdateTemplateInput
from schema.payloads import Payload
from schema.types.update_template import UpdateTemplate


@strawberry.type(description="A template of updates that was added or changed.")
class UpdateTemplatePayload(Payload):
    template: UpdateTemplate = batched(made("UpdateTemplate"), description="The template as it is now.")


@strawberry.type
class PublishingMutation:
    save_update_template: UpdateTemplatePayload | None = mutation(
        save_update_template, SaveUpdateTemplateInput, description="Add a template of updates, or change one."
    )
