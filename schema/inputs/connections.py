"""What admins say to connect Muster with other systems: alert sources, routing rules, webhooks."""

import strawberry
from strawberry.scalars import JSON

from schema.inputs.given import SAVED_ID, Repeatable, needed, optional


@strawberry.input(description="A monitoring system that may post alerts.")
class CreateAlertSourceInput(Repeatable):
    kind: str = needed("Which system: `alertmanager` or `grafana`.")
    name: str = needed("How timelines call it, in at most 200 characters.")


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
    create_incident: str | None = optional("ALWAYS (for new rules, if left out), NEVER, AFTER_ALERTS or AFTER_SOURCES.")
    threshold: int | None = optional(
        "How many alerts, or monitors, AFTER_ALERTS and AFTER_SOURCES wait for: 2 to 1,000."
    )
    threshold_minutes: int | None = optional("Within how long they must come: 1 to 10,080 minutes.")
    join_open: bool | None = optional("Whether they rather join an open incident of the rule's service.")
    drop_reason: str | None = optional("Why they are noise, and to be kept as SUPPRESSED; in at most 500 characters.")
    end_incident: str | None = optional("Whose end ends the incident: NEVER (if left out), FIRST, LAST or ALL.")


@strawberry.input(description="An address that is to be told of events.")
class CreateWebhookInput(Repeatable):
    url: str = needed("Where to post: an http or https address.")
    kinds: list[str] | None = optional("The kinds of events to post; all, if left out or empty.")


@strawberry.input(description="What to delete.")
class DeleteInput(Repeatable):
    id: strawberry.ID = needed("Its id.")
