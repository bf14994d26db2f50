"""The changes of subscribers that admins can make. Each line is one action (actions/) with one input."""

import strawberry

from actions.subscribers.admin import add_subscriber, lift_suppression, remove_subscriber
from resolvers.fields import batched, column, computed
from resolvers.mutations.fields import made, mutation
from schema.inputs import subscribers
from schema.payloads import Payload
from schema.types.subscriber import Subscriber


@strawberry.type(description="A subscriber that was removed.")
class SubscriberPayload(Payload):
    subscriber: Subscriber = batched(made("Subscriber"), description="The subscriber as it is now.")


@strawberry.type(description="A subscriber that was added.")
class NewSubscriberPayload(Payload):
    subscriber: Subscriber = batched(made("Subscriber"), description="The subscriber as it is now.")
    secret: str | None = column(
        "What a webhook's messages are signed with (Standard Webhooks, `whsec_…`). Shown once: null when a request is"
        " repeated, and for other channels."
    )


@strawberry.type(description="A suppression that was lifted.")
class LiftSuppressionPayload(Payload):
    id: strawberry.ID = computed(lambda outcome: outcome.given["id"], description="The id that it had.")


@strawberry.type
class SubscribersMutation:
    add_subscriber: NewSubscriberPayload | None = mutation(
        add_subscriber,
        subscribers.AddSubscriberInput,
        description="Have an address told of news on your word. CONFLICT if it is told already, or refused mail for"
        " good.",
    )
    remove_subscriber: SubscriberPayload | None = mutation(
        remove_subscriber,
        subscribers.RemoveSubscriberInput,
        description="Tell a subscriber nothing more; the address is erased within 30 days.",
    )
    lift_suppression: LiftSuppressionPayload | None = mutation(
        lift_suppression,
        subscribers.LiftSuppressionInput,
        description="Allow mail to an address again. It is told of nothing before it subscribes anew.",
    )
