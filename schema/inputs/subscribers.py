"""What admins say about the subscribers of the status page."""

import strawberry

from models.words import Channel, NewsKind
from schema.inputs.given import Repeatable, default, needed


@strawberry.input(
    description="A subscriber on your word that they want to be told. Needs the permission to keep subscribers."
)
class AddSubscriberInput(Repeatable):
    channel: Channel = needed("How they are told.")
    address: str = needed("The e-mail address, or the address of the webhook.")
    components: list[strawberry.ID] | None = default(
        None, "The components that they are told of. Null or none: all, those to come included."
    )
    kinds: list[NewsKind] | None = default(None, "The kinds of news. Null: all.")
    page: strawberry.ID | None = default(
        None, "The status page whose news they are told, by id; it must be public. Null: the organisation's own."
    )


@strawberry.input(description="A subscriber who is to be told nothing more. Needs the permission to keep subscribers.")
class RemoveSubscriberInput(Repeatable):
    id: strawberry.ID = needed("Which one.")


@strawberry.input(description="An address that may be written to again. Needs the permission to keep subscribers.")
class LiftSuppressionInput(Repeatable):
    id: strawberry.ID = needed("Which suppression.")
