"""The changes of paging: policies, who is paged now, and how people want to be reached."""

import strawberry

from actions.paging.contacts import (
    delete_contact_method,
    save_contact_method,
    test_page,
    verify_contact_method,
)
from actions.paging.escalating import escalate_now
from actions.paging.naming import page_somebody
from actions.paging.policies import save_escalation_policy
from actions.paging.preferences import save_notification_rules
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from resolvers.paging import rules_after
from schema.inputs import paging as given
from schema.payloads import IncidentPayload, Payload
from schema.types.paging import ContactMethod, EscalationPolicy, NotificationRules


@strawberry.type(description="An escalation policy that was added or changed.")
class EscalationPolicyPayload(Payload):
    escalation_policy: EscalationPolicy = batched(made("EscalationPolicy"), description="The policy as it is now.")


@strawberry.type(description="A way to reach you that was added, shown to work, tested or given up.")
class ContactMethodPayload(Payload):
    contact_method: ContactMethod = batched(made("ContactMethod"), description="The way as it is now.")


@strawberry.type(description="How you want to be paged.")
class NotificationRulesPayload(Payload):
    notification_rules: NotificationRules = batched(rules_after, description="Your rules as they are now.")


@strawberry.type
class PagingMutation:
    save_escalation_policy: EscalationPolicyPayload | None = mutation(
        save_escalation_policy,
        given.SaveEscalationPolicyInput,
        description="Add an escalation policy, or change one for what pages from now on.",
    )
    page_somebody: IncidentPayload | None = mutation(
        page_somebody,
        given.PageSomebodyInput,
        description="Page people for an incident, by name or by a policy. Severities page by themselves when an"
        " incident is declared; `acknowledgePage` answers.",
    )
    escalate_now: IncidentPayload | None = mutation(
        escalate_now,
        given.EscalateNowInput,
        description="Take the next step of what pages for an incident, without waiting. CONFLICT if nothing pages.",
    )
    save_contact_method: ContactMethodPayload | None = mutation(
        save_contact_method,
        given.SaveContactMethodInput,
        description="Add a way to reach you. CONFLICT while no account is connected that carries it.",
    )
    verify_contact_method: ContactMethodPayload | None = mutation(
        verify_contact_method,
        given.VerifyContactMethodInput,
        description="Show by the code that messages reach you: only then you are paged by it.",
    )
    delete_contact_method: ContactMethodPayload | None = mutation(
        delete_contact_method, given.DeleteContactMethodInput, description="Give up a way to reach you."
    )
    save_notification_rules: NotificationRulesPayload | None = mutation(
        save_notification_rules,
        given.SaveNotificationRulesInput,
        description="Say by which ways, in which order, you are paged, and when you sleep.",
    )
    test_page: ContactMethodPayload | None = mutation(
        test_page,
        given.TestPageInput,
        description="Have a test come by one of your ways; what came of it stands with the way within seconds.",
    )
