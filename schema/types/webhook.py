"""Webhooks."""

from datetime import datetime

import strawberry

from models import delivery
from resolvers import webhooks
from resolvers.fields import batched, column
from resolvers.page import PAGING
from schema.connection import Connection
from schema.lazy import ADelivery
from schema.node import Node, identity, is_row_of


@strawberry.type(
    description="An address that is told of events, signed as Standard Webhooks asks. Its secret is never shown again."
)
class Webhook(Node):
    id: strawberry.ID = identity("Webhook")
    url: str = column("The address.")
    kinds: list[str] = column("The kinds of events that it is told of; empty: all.")
    disabled_because: str | None = column("Why nothing is sent to it any more; null while it works.")
    failing_since: datetime | None = column("When the first attempt failed after which none succeeded; null: it works.")
    deliveries: Connection[ADelivery] = batched(
        webhooks.deliveries,
        description="What was sent to it, the newest first, without what is about incidents that you may not see.",
        arguments=PAGING,
    )

    is_type_of = is_row_of(delivery.Webhook)
