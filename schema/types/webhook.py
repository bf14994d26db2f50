"""Webhooks."""

import strawberry

from models import delivery
from resolvers.fields import column
from schema.node import Node, identity, is_row_of


@strawberry.type(
    description="An address that is told of events, signed as Standard Webhooks asks. Its secret is never shown again."
)
class Webhook(Node):
    id: strawberry.ID = identity("Webhook")
    url: str = column("The address.")
    kinds: list[str] = column("The kinds of events that it is told of; empty: all.")
    disabled_because: str | None = column("Why nothing is sent to it any more; null while it works.")

    is_type_of = is_row_of(delivery.Webhook)
