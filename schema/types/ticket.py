"""Tickets, where other teams plan their work."""

from datetime import datetime

import strawberry

from models.integration import Integration
from models.words import TicketState
from resolvers import outward
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from schema.lazy import AnIntegration, AnOutwardAction


@strawberry.type(description="A ticket of an incident or an action item, where other teams plan their work.")
class Ticket:
    key: str | None = computed(
        lambda order: order.external_id,
        description="What its vendor calls it: `OPS-12`, `#12`; null until it is opened.",
    )
    url: str | None = column("Where people find it; null until it is opened.")
    integration: AnIntegration = batched(pointed_to(Integration, "integration_id"), description="Where it is kept.")
    state: TicketState | None = computed(
        lambda order: order.ticket_state, description="How far it is, as far as we know; null until it is opened."
    )
    status: str | None = computed(
        lambda order: order.ticket_status, description="What its vendor calls that; null until something was heard."
    )
    assignee: str | None = computed(
        lambda order: order.ticket_assignee, description="Who has it there, as they are called there; null: nobody."
    )
    heard_at: datetime | None = column("When its vendor last said how far it is; null: not yet.")
    error: str | None = batched(
        outward.ticket_errors,
        description="What could not be done on it last, and what to mend; null: nothing.",
    )
    order: AnOutwardAction = computed(
        lambda order: order, description="The order by which it is opened, and where that stands."
    )
