"""The reads of paging."""

import strawberry

import resolvers.paging
from resolvers.fields import root
from schema.types.paging import ContactMethod, EscalationPolicy, NotificationRules


@strawberry.type
class PagingQuery:
    escalation_policies: list[EscalationPolicy] | None = root(
        resolvers.paging.escalation_policies, description="All escalation policies by name, archived ones last."
    )
    escalation_policy: EscalationPolicy | None = root(
        resolvers.paging.escalation_policy,
        description="One escalation policy; null if there is none.",
        arguments={"ref": "Its name, in any case, or its id."},
    )
    contact_methods: list[ContactMethod] | None = root(
        resolvers.paging.contact_methods, description="Your own ways to be reached, besides the mail of your account."
    )
    notification_rules: NotificationRules | None = root(
        resolvers.paging.notification_rules, description="How you want to be paged."
    )
