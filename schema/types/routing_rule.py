"""The rules that route alerts."""

import strawberry
from strawberry.scalars import JSON

from models import alert, service
from models.paging.policy import EscalationPolicy
from resolvers import alerts
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AnEscalationPolicy, AService, ASeverity
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
    condition: str | None = column(
        'What an alert must say, in CEL: `labels.team == "web" && title.contains("disk")`. It may name labels,'
        " annotations, title, source, service and url; what is missing does not hold."
    )
    group_by: list[str] = column(
        "Labels: alerts with the same texts there come together, from whatever monitor; empty: as monitors group them."
    )
    group_minutes: int = column("How many minutes after the last one of them another joins their incident.")
    create_incident: str = column(
        "ALWAYS if a firing group becomes an incident, else NEVER; AFTER_ALERTS and AFTER_SOURCES: once there are as"
        " many alerts, or monitors, as `threshold` within `thresholdMinutes`; ASK: whoever is on call says whether."
    )
    threshold: int | None = column("How many alerts, or monitors, it waits for.")
    threshold_minutes: int | None = column("Within how many minutes they must come.")
    page: AnEscalationPolicy | None = batched(
        pointed_to(EscalationPolicy, "page_policy_id"),
        description="By which people are paged, or asked, for alerts without an incident; null: nobody is paged, and"
        " asked is by the policy of the service.",
    )
    ask_minutes: int | None = column("After how many minutes without an answer ASK makes an incident.")
    join_open: bool = column("Whether they rather join an open incident of their service, if there is one.")
    join_upstream: bool = column("Whether that may be one of a service that theirs depends on, at most 3 steps away.")
    drop_reason: str | None = column("Why they are noise: they are kept as SUPPRESSED, with this. Null: they are not.")
    end_incident: str = column(
        "Which of its alerts must end for the incident to end by itself: NEVER (none does), FIRST (any), LAST (the"
        " newest), ALL. One that nobody declared is declined, one under response goes to RESOLUTION."
    )
    flap_changes: int = column(
        "An alert that changes more often than this flaps: it pages once, and fires on until it is calm. 0: none does."
    )
    flap_minutes: int = column("Within how many minutes these changes are counted.")

    is_type_of = is_row_of(alert.RoutingRule)
