"""Silences of alerts."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models import alert, service, silence
from resolvers.fields import batched, column, computed
from resolvers.people import Who
from resolvers.pointers import pointed_to
from schema.lazy import AnActor, AService
from schema.node import Node, identity, is_row_of
from schema.types.alert_source import AlertSource


@strawberry.type(
    description="Alerts that match while it lasts are kept, and make no incident. All that it says must hold of them."
)
class Silence(Node):
    id: strawberry.ID = identity("Silence")
    matchers: JSON = column("Labels that an alert must have, as in routing rules; empty: whatever its labels.")
    source: AlertSource | None = batched(
        pointed_to(alert.AlertSource, "source_id"), description="The monitor that it must come from; null: any."
    )
    service: AService | None = batched(
        pointed_to(service.Service, "service_id"), description="The service that it must be about; null: any."
    )
    reason: str = column("Why.")
    starts_at: datetime = column("When it begins.")
    ends_at: datetime = column("When it is over; if it was ended early, when that was.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who set it.")

    is_type_of = is_row_of(silence.Silence)
