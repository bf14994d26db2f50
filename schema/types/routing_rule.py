"""The rules that route alerts."""

import strawberry
from strawberry.scalars import JSON

from models import alert, service
from resolvers import alerts
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AService, ASeverity
from schema.node import Node, identity, is_row_of


@strawberry.type(description="What becomes of alerts. Rules are tried by position; the first that matches counts.")
class RoutingRule(Node):
    id: strawberry.ID = identity("RoutingRule")
    position: int = column("Its place among the rules; lower numbers are tried first.")
    name: str = column("What it is called.")
    matchers: JSON = column(
        'Labels that an alert must have, all of them: `{"severity": "critical", "job": "=~api|web"}`. A text may begin'
        " with `!=`, `=~` or `!~`; patterns match the whole label."
    )
    service: AService | None = batched(
        pointed_to(service.Service, "service_id"), description="The service that its alerts are about."
    )
    severity: ASeverity | None = batched(
        alerts.severity_of_rules, description="The severity that it suggests, in its present version."
    )
    create_incident: str = column("ALWAYS if a firing group becomes an incident, else NEVER.")

    is_type_of = is_row_of(alert.RoutingRule)
