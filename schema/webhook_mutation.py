"""What admins do about webhooks that failed."""

import strawberry

from actions.redelivery import enable_webhook, redeliver
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from schema.inputs.webhook import EnableWebhookInput, RedeliverInput
from schema.payloads import Payload
from schema.types.delivery import Delivery
from schema.types.webhook import Webhook


@strawberry.type(description="A webhook that is told of events again.")
class EnabledWebhookPayload(Payload):
    webhook: Webhook = batched(made("Webhook"), description="The webhook as it is now.")


@strawberry.type(description="A message that is sent once more.")
class DeliveryPayload(Payload):
    delivery: Delivery = batched(made("Delivery"), description="The message as it stands; a job sends it.")


@strawberry.type
class WebhookMutation:
    enable_webhook: EnabledWebhookPayload | None = mutation(
        enable_webhook,
        EnableWebhookInput,
        description="Tell an address of events again that was switched off. What was suppressed meanwhile stays so.",
    )
    redeliver: DeliveryPayload | None = mutation(
        redeliver,
        RedeliverInput,
        description="Send a message to a webhook once more, under the same `webhook-id`. CONFLICT while it is on its"
        " way, and for a webhook that was deleted or switched off.",
    )
