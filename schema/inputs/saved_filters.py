"""What clients say to keep a filter of incidents."""

import strawberry

from resolvers.incident_filter import IncidentFilter, IncidentOrder
from schema.inputs.given import Repeatable, needed, optional


@strawberry.input(description="A filter to keep. One of yours that has this name, in any case, is replaced.")
class SaveFilterInput(Repeatable):
    name: str = needed("What to call it, in at most 60 characters.")
    filter: IncidentFilter | None = optional("Which incidents; without it, all. What it names is looked up when used.")
    order_by: IncidentOrder | None = optional("In which order they are listed.")


@strawberry.input(description="Which of your filters.")
class DeleteFilterInput(Repeatable):
    id: strawberry.ID = needed("Its id. NOT_FOUND also for anybody else's.")
