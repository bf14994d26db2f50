"""Changes of services."""

from datetime import datetime

import strawberry

from models import alert, change, service
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AService
from schema.node import Node, identity, is_row_of
from schema.types.alert_source import AlertSource


@strawberry.type(description="A deployment that a source told of. It is no alert, and belongs to no incident.")
class Change(Node):
    id: strawberry.ID = identity("Change")
    source: AlertSource = batched(pointed_to(alert.AlertSource, "source_id"), description="The source that told of it.")
    service: AService | None = batched(
        pointed_to(service.Service, "service_id"), description="The service that it changed, if one is called so."
    )
    title: str = column("What was deployed, and where to.")
    environment: str | None = column("Where to, as the source calls it.")
    state: str = column("How far it is, in the source's own word, such as `in_progress` or `success`.")
    author: str | None = column("Who made it, as the source calls them.")
    url: str | None = column("Where it can be looked at.")
    happened_at: datetime = column("When it began.")

    is_type_of = is_row_of(change.Change)
