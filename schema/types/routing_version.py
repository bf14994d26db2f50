"""Versions of the routing rules, and what others would have made of the alerts of the last days."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from actions.alerts.rehearsal import RoutingFate
from models import alert
from resolvers import routing
from resolvers.fields import batched, column, computed
from resolvers.people import Who
from schema.lazy import AnActor
from schema.node import Node, identity, is_row_of
from schema.types.alert import Alert


@strawberry.type(description="All routing rules, as they were from one save to the next.")
class RoutingVersion(Node):
    id: strawberry.ID = identity("RoutingVersion")
    version: int = column("How often the rules were changed, counted from 1.")
    rules: JSON = batched(
        routing.rules_of,
        description="The rules in their order, as `applyRoutingRules` takes and `muster rules export` writes them.",
    )
    change: str = column("What was done, in words.")
    author: AnActor = computed(lambda row: Who(row.author_kind, row.author_id), description="Who did it.")
    created_at: datetime = column("When it was saved.")

    is_type_of = is_row_of(alert.RoutingVersion)


@strawberry.type(description="What a set of rules would have made, in numbers of alerts.")
class RoutingTally:
    incidents: int = column("Those that make an incident: as many incidents as there would have been.")
    joined: int = column("Those that belong to an incident that another one made.")
    waiting: int = column("Those of which there were not enough.")
    asked: int = column("Those about which people are asked whether they are an incident.")
    paged: int = column("Those for which people are paged without an incident.")
    kept: int = column("Those that are kept, and nothing more.")
    dropped: int = column("Those that are noise.")


@strawberry.type(description="What would have become of an alert.")
class RoutingOutcome:
    fate: RoutingFate = column("What becomes of it.")
    rule: str | None = column("The rule that it takes; null: no rule matches.")
    service: str | None = column("The slug of the service that this gives.")
    severity: str | None = column("The name of the severity that this suggests.")
    first: str | None = column("What the alert says that made the incident to which it belongs.")


@strawberry.type(description="An alert of which the proposed rules make something else.")
class RoutingDifference:
    alert: Alert = column("The alert.")
    before: RoutingOutcome = column("What the present rules make of it.")
    after: RoutingOutcome = column("What the proposed ones make of it.")


@strawberry.type(description="A condition that could not be told of some alerts, and therefore did not hold.")
class RoutingUntold:
    rule: str = column("The rule whose condition it is.")
    alerts: int = column("Of how many alerts.")
    words: str = column("Why, of the first of them.")


@strawberry.type(
    description="What proposed rules would have made of the alerts of the last days, beside the present ones. An"
    " incident counts as open while one of its alerts fires; nothing was done."
)
class RoutingDryRun:
    alerts: int = column("How many alerts were looked at.")
    since: datetime = column("From when on they came.")
    cut: bool = column("Whether there were more: the newest were taken, at most 10,000; fewer with over 50 rules.")
    before: RoutingTally = column("What the present rules make of them.")
    after: RoutingTally = column("What the proposed ones make of them.")
    differing: int = column("Of how many they make something else.")
    differences: list[RoutingDifference] = column("These, the newest first; at most 200.")
    untold: list[RoutingUntold] = column("Conditions of the proposed rules that could not be told.")
