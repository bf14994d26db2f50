"""Severities and what they oblige to."""

import strawberry

from models import severity
from models.words import PagingScope
from resolvers import catalogue
from resolvers.fields import batched, column
from schema.lazy import ARole
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What a severity demands of the responders.")
class Obligations:
    pages: PagingScope = column("Who is told at once.")
    business_hours_only: bool = column("Whether people are paged only in business hours.")
    required_roles: list[ARole] = batched(catalogue.required_roles, description="The roles that must be held.")
    fill_roles_within_minutes: int | None = column(
        "How many minutes after the declaration they must be held; null: no matter when."
    )
    internal_cadence_minutes: int | None = column("At most how many minutes lie between internal updates; null: any.")
    public_cadence_minutes: int | None = column("At most how many minutes lie between public updates; null: any.")
    postmortem_required: bool = column("Whether a postmortem must be written.")
    postmortem_due_days: int | None = column("How many days after the resolution it is due; null: never.")
    action_item_assign_days: int | None = column(
        "How many days after an action item was added it is to be somebody's; null: no matter when."
    )
    action_item_due_days: int | None = column(
        "How many days after it was added it is due, unless it is given a day of its own; null: never."
    )
    action_item_escalate_days: int | None = column(
        "How many days overdue it is until the manager of its team is told; null: they never are."
    )


@strawberry.type(
    description="How bad an incident is. An incident keeps the version that it was given; an edit makes a new one."
)
class Severity(Node):
    id: strawberry.ID = identity("Severity", "severity_id")
    name: str = column("What it is called, such as SEV1; every input that names a severity takes it, in any case.")
    rank: int = column("Its place among the severities; 1 is the worst.")
    definition: str = column("When an incident is of this severity.")
    examples: list[str] = column("What has been of this severity.")
    obligations: Obligations = column("What it demands of the responders.")
    version: int = column("How often its text or obligations were changed, counted from 1.")
    archived: bool = column("Whether it can no longer be given to an incident.")

    is_type_of = is_row_of(severity.SeverityVersion)
