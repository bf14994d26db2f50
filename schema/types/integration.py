"""Vendors, accounts there, and how these are."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from actions.outward.checks import Result
from actions.outward.vendors import Port
from models import integration
from models.person import User
from resolvers import on_call, outward
from resolvers.fields import batched, column, computed
from resolvers.pointers import pointed_to
from schema.lazy import AUser
from schema.node import Node, identity, is_row_of

ADMINS = " Null without the permission to administer."


@strawberry.type(description="Something that an integration of a vendor must be told.")
class VendorField:
    name: str = column("Its name in the configuration.")
    help: str = column("What it is, and where to find it.")
    type: str = column("`text`, `boolean`, `integer`, `object` or `secret`.")
    required: bool = column("Whether a configuration needs it.")
    secret: bool = column("Whether it is sealed at rest and never shown again.")
    default: JSON | None = column("What it is when it is left out; null: nothing.")


@strawberry.type(description="A vendor that there is an adaptor for.")
class Vendor:
    key: str = column("How saveIntegration calls it.")
    name: str = column("How people call it.")
    ports: list[Port] = computed(lambda vendor: sorted(vendor.ports), description="What it can do for an incident.")
    fields: list[VendorField] = computed(outward.fields_of, description="What it must be told.")


@strawberry.type(description="What was found of one thing that an integration needs.")
class IntegrationCheck:
    subject: str = column("What was looked at: a scope, an address, a project.")
    result: Result = column("What was found.")
    words: str = column("The same in words, with what to mend.")


@strawberry.type(description="Somebody who is on call: who is asked first.")
class OnCallPerson:
    name: str = column("What the pager calls them.")
    email: str | None = column("Their address there, which the pager has had confirmed; null: it does not say.")
    user: AUser | None = batched(pointed_to(User, "user_id"), description="Who that is here; null: no account has it.")
    rota: str = column("What they are on call for: an escalation policy or a schedule, by its name.")
    service: str | None = column("For which of the services that the pager knows by name; null: for all others.")
    until: datetime | None = column("Until when; null: the pager does not say, or it does not end.")


@strawberry.type(description="Who is on call, as a pager told it last. It is asked anew every five minutes.")
class OnCallRoster:
    people: list[OnCallPerson] = column("Those of the last good answer whose turn is not over.")
    as_of: datetime | None = column("When that was; null: there was none yet.")
    age: int | None = column("How many seconds ago that was.")
    error: str | None = column("Why the pager did not answer since, and what to mend; null: it did.")


@strawberry.type(description="An account at a vendor.")
class Integration(Node):
    id: strawberry.ID = identity("Integration")
    key: str = column("How people and workflows call it; unique among those in use.")
    vendor: str = column("The key of its vendor.")
    name: str = column("What it is called.")
    ports: list[Port] = batched(outward.ports, description="What it can do for an incident.")
    configuration: JSON | None = batched(
        outward.configurations, description="What is not secret of what it was told." + ADMINS
    )
    healthy: bool = column("Whether it answers, and its last examination found nothing that is wrong.")
    failing_since: datetime | None = column("Since when its vendor has not answered; null: it answers.")
    signed_out_at: datetime | None = column(
        "Since when its vendor has not known our credentials: nothing is tried until new ones are entered. Null: it"
        " knows them."
    )
    error: str | None = column("What the last failure said; null while it answers.")
    checks: list[IntegrationCheck] | None = batched(
        outward.checks, description="What the last examination found; empty before the first." + ADMINS
    )
    checked_at: datetime | None = column("When it was last examined.")
    on_call: OnCallRoster | None = batched(
        on_call.on_call, description="Who is on call; null for what is no pager, and before it was asked."
    )
    version: int = column("Counts its changes.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(integration.Integration)
