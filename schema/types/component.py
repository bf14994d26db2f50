"""Components."""

import strawberry

from models import service
from models.words import ComponentStatus
from resolvers import catalogue
from resolvers.fields import batched, column
from schema.node import Node, identity, is_row_of


@strawberry.type(description="A part of the product as customers know it, shown on the status page.")
class Component(Node):
    id: strawberry.ID = identity("Component")
    name: str = column("What customers call it.")
    group: str | None = column("The heading under which the status page shows it.")
    position: int = column("Its place on the status page; lower numbers come first.")
    description: str | None = column("What it does, in words for customers.")
    status: ComponentStatus = column(
        "What the status page shows: the worst of what was set by hand and of what open public incidents say of it."
    )
    uptime: float | None = batched(
        catalogue.uptimes,
        description="How much of the time it was up, in percent, cut and not rounded: major outages count in full,"
        " partial ones for 30 %. Time before it existed is left out; null if it did not exist yet.",
        arguments={"days": "How many days to look back, from 1 to 730. INVALID_INPUT beyond that."},
    )
    archived: bool = column("Whether it is no longer shown.")

    is_type_of = is_row_of(service.Component)
