"""Action items."""

from datetime import date, datetime

import strawberry

from models import postmortem
from models.person import Team, User
from models.words import ActionItemKind, ActionItemState
from resolvers import incidents, outward
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AnIncident, ATeam, ATicket, AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What a team does afterwards so that it does not happen again.")
class ActionItem(Node):
    id: strawberry.ID = identity("ActionItem")
    title: str = column("What is to be done.")
    state: ActionItemState = column("Where it stands.")
    owner: ATeam = batched(pointed_to(Team, "owner_id"), description="The team that answers for it.")
    assignee: AUser | None = batched(pointed_to(User, "assignee_id"), description="Who does it.")
    priority: int = column("How urgent it is: 1 is the most, 5 the least.")
    kind: ActionItemKind | None = column("What it is good for; null: nobody has said.")
    assign_by: datetime | None = column(
        "By when somebody is to do it, by the severity that its incident had when it was added; null: no matter when."
    )
    due_on: date | None = column("The day by whose end (UTC) it should be done.")
    version: int = column("How often it was changed, counted from 1: pass it as `expectedVersion`.")
    ticket_url: str | None = column("The ticket in which it is followed.")
    ticket: ATicket | None = batched(
        outward.tickets_of_items, description="The same with how far it is; null: none was asked for."
    )
    incident: AnIncident | None = batched(incidents.incident_of, description="The incident that it was learned from.")
    created_at: datetime = column("When it was added.")
    escalated_at: datetime | None = column(
        "When the manager of its team was told that it is overdue for long; null again once it has another due date."
    )
    done_at: datetime | None = column("When it was done or decided against.")

    is_type_of = is_row_of(postmortem.ActionItem)
