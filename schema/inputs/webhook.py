"""What admins say of webhooks that failed."""

import strawberry

from schema.inputs.given import Repeatable, needed


@strawberry.input(description="A webhook that was switched off.")
class EnableWebhookInput(Repeatable):
    id: strawberry.ID = needed("Its id.")


@strawberry.input(description="A message to a webhook that is to be sent once more.")
class RedeliverInput(Repeatable):
    delivery: strawberry.ID = needed("The id of the message: `Webhook.deliveries` lists them.")
