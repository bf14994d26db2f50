"""The reads of what alerts come to."""

import strawberry

import resolvers.fatigue
import resolvers.spared
import resolvers.storms
from auth.permission import Permission
from resolvers.fields import root
from schema.types.noise import AlertBreakdown, AlertFatigue, PagesSaved


@strawberry.type
class NoiseQuery:
    alert_breakdown: AlertBreakdown | None = root(
        resolvers.storms.alert_breakdown,
        description="What an incident holds of alerts, by service and monitor: of an alert storm, what is in it.",
        arguments={"incident": "The incident, by reference (`INC-123`), number or id."},
    )
    alert_fatigue: AlertFatigue | None = root(
        resolvers.fatigue.alert_fatigue,
        description="Alerts and pages by rule, service and person, by day and night, and which led to action.",
        arguments={
            "first_day": "The first day that counts; 27 days before the last, if left out.",
            "last_day": "The last day that counts, at most 366 days in all; today, if left out.",
            "time_zone": "An IANA name; that of the organisation, if left out.",
        },
    )
    alert_pages_saved: PagesSaved | None = root(
        resolvers.spared.pages_saved,
        permission=Permission.ADMINISTER,
        description="How many pages routing rules would have spared, told from a dry run. Needs the permission to"
        " administer.",
        arguments={
            "rules": "All rules, as in `applyRoutingRules`.",
            "days": "How many days back, 1 to 90.",
        },
    )
