"""Filters that somebody keeps."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from models import saved_filter
from resolvers import saved_filters
from resolvers.fields import batched, column
from resolvers.incident_filter import IncidentOrder
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A filter of incidents under a name: your own, which nobody else sees.")
class SavedFilter(Node):
    id: strawberry.ID = identity("SavedFilter")
    name: str = column("What it is called.")
    filter: JSON = batched(
        saved_filters.as_given, description="The lines that were given: pass it on as `filter` of `incidents`."
    )
    order_by: IncidentOrder | None = batched(
        saved_filters.orders, description="In which order; null: whichever the list has."
    )
    created_at: datetime = column("When it was first kept.")

    is_type_of = is_row_of(saved_filter.SavedFilter)
