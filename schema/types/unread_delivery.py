"""Deliveries of monitors that could not be read."""

from datetime import datetime

import strawberry

from core.ids import encode
from models.alert import AlertSource as Source
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from resolvers.unread import bodies
from schema.types.alert_source import AlertSource


@strawberry.type(description="A delivery of which no alerts could be made; kept seven days, the newest 100 a source.")
class UnreadDelivery:
    id: strawberry.ID = computed(
        lambda row: encode("UnreadDelivery", row.id), description="What it is read again by (`replayUnreadDelivery`)."
    )
    source: AlertSource = batched(pointed_to(Source, "source_id"), description="The source that it came to.")
    reason: str = column("Why it can't be read, in a word such as `malformed`.")
    message: str = column("Why, as its sender was told.")
    field: str | None = column("The field, or the expression, at fault.")
    hint: str | None = column("What to do.")
    size: int = column("Bytes of its body.")
    body: str | None = batched(
        bodies, description="The first 20,000 characters of its body; null: it was not kept, or its key is lost."
    )
    received_at: datetime = column("When it came.")
    asked_at: datetime | None = column("When somebody last had it read again.")
    read_at: datetime | None = column("When its alerts were taken after all; null: not yet.")
