"""What was ordered at vendors."""

from datetime import datetime

import strawberry

import models.integration
from models.words import OutwardState, OutwardVerb
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from schema.lazy import AnIntegration, ATicket
from schema.node import Node, identity, is_row_of


@strawberry.type(description="Something that is done once at a vendor for an incident or an action item.")
class OutwardAction(Node):
    id: strawberry.ID = identity("OutwardAction")
    key: str = column("What it is: `INC-7/bridge`, `ITEM-3/ticket`. There is one of each.")
    verb: OutwardVerb = column("What is done.")
    state: OutwardState = column("Where it stands.")
    attempts: int = column("How often it was tried.")
    integration: AnIntegration = batched(
        pointed_to(models.integration.Integration, "integration_id"), description="Where it is done."
    )
    external_id: str | None = column("What the vendor calls what was made; null until it is done.")
    url: str | None = column("Where people find what was made; null until it is done.")
    ticket: ATicket | None = computed(
        lambda row: row if row.verb is OutwardVerb.OPEN_TICKET else None, description="The ticket, if it opens one."
    )
    error: str | None = column("What went wrong the last time, and what to mend; null if nothing did.")
    created_at: datetime = column("When it was ordered.")
    done_at: datetime | None = column("When it was done.")

    is_type_of = is_row_of(models.integration.OutwardAction)
