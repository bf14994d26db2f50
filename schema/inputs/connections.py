"""What admins say to connect Muster with other systems: alert sources, routing rules, webhooks."""

import strawberry
from strawberry.scalars import JSON

from schema.inputs.given import SAVED_ID, Repeatable, default, needed, optional

MAPPING = (
    "Of a `generic` one: JMESPath expressions, as an object: `alerts` gives the list in a body; of each alert, `title`,"
    " `state`, `key` (tells it from others), `labels`, `description`, `startsAt`, `url`, `group`; of the body,"
    " `delivery` (the same when it is sent again). Those that are left out are the usual ones."
    " Of the kind `email`: regular expressions for subjects, `resolve_when` and `fingerprint`."
)


@strawberry.input(description="A monitoring system that may post alerts.")
class CreateAlertSourceInput(Repeatable):
    kind: str = needed(
        "Which system: `alertmanager`, `grafana`, `datadog`, `pagerduty`, `sentry`, `cloudwatch`, `opsgenie`, `zabbix`,"
        " `uptime-kuma`, `healthchecks`, `icinga`, `cloudevents`, `github`, `email` or `generic`."
    )
    name: str = needed("How timelines call it, in at most 200 characters.")
    mapping: JSON | None = optional(MAPPING)


@strawberry.input(description="What to change of an alert source. What is left out stays.")
class SaveAlertSourceInput(Repeatable):
    id: strawberry.ID = needed("Its id.")
    name: str | None = optional("How timelines call it, in at most 200 characters.")
    mapping: JSON | None = optional(MAPPING + " Null: the usual ones.")
    archived: bool | None = optional("True closes its hook. False opens it again, at the same address.")


@strawberry.input(description="Which alerts become incidents. What is left out stays, null clears.")
class SaveRoutingRuleInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    position: int | None = optional("Its place in the order in which rules are tried; the first match wins.")
    name: str | None = optional("Its name, in at most 200 characters. Needed for a new one.")
    matchers: JSON | None = optional(
        'An object of labels, all of which must match: `{"severity": "critical", "job": "=~api|web"}`. A text'
        " matches itself; `!=`, `=~` and `!~` at its beginning mean: not, like, not like (RE2 syntax, whole value)."
        " Needed for a new one."
    )
    service: str | None = optional("The service that it is about, by slug or id.")
    severity: str | None = optional("The severity to suggest, by name or id.")
    condition: str | None = optional(
        'What an alert must say besides, in CEL: `labels.team == "web" && title.contains("disk")`, in at most 1,000'
        " characters. It may name labels, annotations, title, source, service and url."
    )
    group_by: list[str] | None = optional("Labels by which its alerts come together, at most 10; [] as monitors do it.")
    group_minutes: int | None = optional("How long after the last one another joins: 1 to 10,080 minutes (60).")
    create_incident: str | None = optional(
        "ALWAYS (for new rules, if left out), NEVER, AFTER_ALERTS, AFTER_SOURCES or ASK."
    )
    threshold: int | None = optional(
        "How many alerts, or monitors, AFTER_ALERTS and AFTER_SOURCES wait for: 2 to 1,000."
    )
    threshold_minutes: int | None = optional("Within how long they must come: 1 to 10,080 minutes.")
    page: str | None = optional(
        "The escalation policy, by name or id, by which people are paged for alerts that become no incident (NEVER), or"
        " asked whether they are one (ASK: if left out, by the policy of the service)."
    )
    ask_minutes: int | None = optional("After how long without an answer ASK makes an incident: 1 to 10,080 minutes.")
    join_open: bool | None = optional("Whether they rather join an open incident of the rule's service.")
    join_upstream: bool | None = optional(
        "Whether that may be an incident of a service that it depends on, directly or through at most two others."
    )
    drop_reason: str | None = optional("Why they are noise, and to be kept as SUPPRESSED; in at most 500 characters.")
    end_incident: str | None = optional("Whose end ends the incident: NEVER (if left out), FIRST, LAST or ALL.")
    flap_changes: int | None = optional(
        "How often an alert may change before it flaps: 0 to 100 (5); 0: it never does. One that flaps pages once, and"
        " fires on until it is calm."
    )
    flap_minutes: int | None = optional("Within how long these changes are counted: 1 to 10,080 minutes (60).")


@strawberry.input(description="An address that is to be told of events.")
class CreateWebhookInput(Repeatable):
    url: str = needed("Where to post: an http or https address.")
    kinds: list[str] | None = optional("The kinds of events to post; all, if left out or empty.")


@strawberry.input(description="What to delete.")
class DeleteInput(Repeatable):
    id: strawberry.ID = needed("Its id.")


@strawberry.input(description="The secret of an alert source.")
class SetAlertSourceSecretInput(Repeatable):
    source: strawberry.ID = needed("The alert source, by id.")
    secret: str | None = optional(
        "8 to 500 printable ASCII characters, as a vendor that makes its own shows them. Left out: one is made, and"
        " shown once. Null: none any more, the key in the address is enough."
    )
    overlap_minutes: int = default(
        24 * 60, "For how many minutes the secret before stays good: 0 to 10,080 (7 days); a day, if left out."
    )


@strawberry.input(description="Which delivery to read again.")
class ReplayUnreadDeliveryInput(Repeatable):
    delivery: strawberry.ID = needed("Its id, as `unreadDeliveries` has it.")
