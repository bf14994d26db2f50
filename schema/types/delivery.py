"""Deliveries: the ledger of what was sent to whom."""

from datetime import datetime

import strawberry

from models import delivery
from models.person import User
from models.words import DeliveryState
from resolvers import work
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AnEvent, AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="One message to one recipient because of one event.")
class Delivery(Node):
    id: strawberry.ID = identity("Delivery")
    channel: str = column("How it is sent: `mail` or `webhook`.")
    to: str = column("To whom: an e-mail address or a URL.")
    user: AUser | None = batched(
        pointed_to(User, "user_id"), description="Who is told; null for an address that is nobody's, such as a webhook."
    )
    template: str = column("Which message it is: `declared`, `role_given`, …; of a webhook, the kind of event.")
    state: DeliveryState = column("Where it stands.")
    attempts: int = column("How often it was tried.")
    event: AnEvent = batched(work.event_of, description="The event that it tells of.")
    created_at: datetime = column("When it was queued.")
    sent_at: datetime | None = column("When the other side took it.")
    acknowledged_at: datetime | None = column("When the recipient answered.")
    error: str | None = column("What went wrong the last time.")
    suppressed_because: str | None = column("Why it was not sent; null if it was.")
    external_id: str | None = column("What the other side calls it: a Message-ID or a webhook-id.")

    is_type_of = is_row_of(delivery.Delivery)
