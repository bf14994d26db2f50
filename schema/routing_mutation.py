"""Changing all routing rules at once."""

import strawberry

from actions.alerts.rule_sets import apply_routing_rules, restore_routing_rules
from resolvers.mutations.fields import mutation
from schema import payloads
from schema.inputs import routing


@strawberry.type
class RoutingMutation:
    apply_routing_rules: payloads.RoutingVersionPayload | None = mutation(
        apply_routing_rules,
        routing.ApplyRoutingRulesInput,
        description="Put a set of routing rules into force, in this order and no others: all of it, or nothing. Needs"
        " the permission to administer.",
    )
    restore_routing_rules: payloads.RoutingVersionPayload | None = mutation(
        restore_routing_rules,
        routing.RestoreRoutingRulesInput,
        description="Go back to the routing rules of an older version. Needs the permission to administer.",
    )
