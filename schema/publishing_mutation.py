"""The changes that help to publish."""

import strawberry

from actions.erasing.text import erase_text
from actions.templates.saving import save_update_template
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs.publishing import EraseTextInput, SaveUpdateTemplateInput
from schema.payloads import EventPayload, Payload
from schema.types.update_template import UpdateTemplate


@strawberry.type(description="A template of updates that was added or changed.")
class UpdateTemplatePayload(Payload):
    template: UpdateTemplate = batched(made("UpdateTemplate"), description="The template as it is now.")


@strawberry.type
class PublishingMutation:
    save_update_template: UpdateTemplatePayload | None = mutation(
        save_update_template, SaveUpdateTemplateInput, description="Add a template of updates, or change one."
    )
    erase_text: EventPayload | None = mutation(
        erase_text,
        EraseTextInput,
        description="Erase the text of an update, an entry or a postmortem for customers, for good and in every"
        " wording: on all pages, in feeds, files, messages that are yet to be sent, on timelines and in the record.",
    )
