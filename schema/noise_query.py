"""The reads of what alerts come to."""

import strawberry

import resolvers.storms
from resolvers.fields import root
from schema.types.noise import AlertBreakdown


@strawberry.type
class NoiseQuery:
    alert_breakdown: AlertBreakdown | None = root(
        resolvers.storms.alert_breakdown,
        description="What an incident holds of alerts, by service and monitor: of an alert storm, what is in it.",
        arguments={"incident": "The incident, by reference (`INC-123`), number or id."},
    )
