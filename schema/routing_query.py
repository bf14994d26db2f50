"""The reads of routing rules as a whole."""

import strawberry

import resolvers.alert_trial
import resolvers.routing
from auth.permission import Permission
from resolvers.fields import root
from resolvers.page import PAGING
from schema.connection import Connection
from schema.types.alert_trial import AlertTrial
from schema.types.routing_version import RoutingDryRun, RoutingVersion


@strawberry.type
class RoutingQuery:
    routing_versions: Connection[RoutingVersion] | None = root(
        resolvers.routing.routing_versions,
        description="All that the routing rules ever were, the newest first: the first is in force.",
        arguments=PAGING,
    )
    routing_dry_run: RoutingDryRun | None = root(
        resolvers.routing.routing_dry_run,
        permission=Permission.ADMINISTER,
        description="What other rules would have made of the alerts of the last days. Needs the permission to"
        " administer.",
        arguments={
            "rules": "A list of rules, as `applyRoutingRules` takes it.",
            "days": "How many days to look back: 1 to 90.",
        },
    )
    alert_trial: list[AlertTrial] | None = root(
        resolvers.alert_trial.alert_trial,
        permission=Permission.ADMINISTER,
        description="What would become of what a monitor posts, and why, as `muster rules try` tells it: the intake"
        " decides, and all of it is undone. Needs the permission to administer.",
        arguments={
            "payload": "What the monitor posts, in at most 100,000 characters; of a source of kind `generic` also an"
            ' alert, or a list of them, such as `{"title": "Disk full", "labels": {"team": "web"}}`.',
            "source": "The source that would send it, by name, or its kind.",
            "rules": "A list of rules, as `applyRoutingRules` takes it; those in force, if left out.",
        },
    )
