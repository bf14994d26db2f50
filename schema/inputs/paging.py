"""What people say of paging."""

import strawberry

from models.paging.words import PageWay
from schema.inputs.given import ARCHIVED, INCIDENT, SAVED_ID, SEEN, Repeatable, needed, optional

METHOD = "One of your own ways to be reached, by id."


@strawberry.input(description="Whom to page: exactly one of the three.")
class EscalationTargetInput:
    person: strawberry.ID | None = optional("A person, by id or e-mail address.")
    schedule: str | None = optional("Whoever is on call by a schedule, by name (any case) or id.")
    team: str | None = optional("The manager of a team, by slug or id.")


@strawberry.input(description="Everybody who is paged at once.")
class EscalationStepInput:
    after_minutes: int = needed("After how many minutes without an answer the next step follows, from 1 to 1,440.")
    targets: list[EscalationTargetInput] = needed("Whom it pages, at most 20.")


@strawberry.input(description="An escalation policy to add or to change. A new one needs a name and steps.")
class SaveEscalationPolicyInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional("Its name, in at most 120 characters. CONFLICT if another one in use has it.")
    team: str | None = optional("Whose it is, by slug or id: its manager is a last resort.")
    fallback: bool | None = optional(
        "Whether it pages for incidents of whose services none has a policy; it takes that from the one that did."
    )
    steps: list[EscalationStepInput] | None = optional("All of its steps, at most 20, in order.")
    repeat: int | None = optional("How often all steps are done again when nobody answers, at most 9.")
    last_resort: list[EscalationTargetInput] | None = optional(
        "Who is paged when nobody answered at all; the managers of the teams concerned, else the admins, if left out."
    )
    opens_at: str | None = optional("When business hours begin, by the organisation's clocks: `09:00`, if left out.")
    closes_at: str | None = optional("When they end: `17:00`, if left out.")
    weekdays: list[int] | None = optional("On which days, from 1, Monday, to 7, Sunday; 1 to 5, if left out.")
    archived: bool | None = optional(
        ARCHIVED + " CONFLICT while it pages for a service, or is the one to fall back to."
    )
    expected_version: int | None = optional(SEEN)


@strawberry.input(
    description="Whom to page for an incident, now: people and schedules, or one of an escalation policy and a service."
)
class PageSomebodyInput(Repeatable):
    incident: str = needed(INCIDENT)
    users: list[strawberry.ID] | None = optional("People, by id, at most 20.")
    schedules: list[str] | None = optional("Who is on call by these schedules, by name (any case) or id, at most 20.")
    policy: str | None = optional("An escalation policy, by name (any case) or id.")
    service: str | None = optional("By the policy of a service, else by the organisation's; by slug or id.")
    reason: str | None = optional("Why, in at most 500 characters, for the timeline.")


@strawberry.input(description="The incident whose next step of paging is to be taken.")
class EscalateNowInput(Repeatable):
    incident: str = needed(INCIDENT)


@strawberry.input(description="A way to reach you. A code is sent there at once.")
class SaveContactMethodInput(Repeatable):
    way: PageWay = needed("By what.")
    label: str | None = optional("What you call it, in at most 60 characters.")
    address: str | None = optional(
        "A number as `+15550100` (SMS), a topic (PUSH), an address as Apprise writes it (APPRISE), an e-mail address"
        " (MAIL). None for SLACK: you are found there by the address of your account."
    )


@strawberry.input(description="The code that came by a way to reach you.")
class VerifyContactMethodInput(Repeatable):
    method: strawberry.ID = needed(METHOD)
    code: str | None = optional("The code; left out, a new one is sent.")


@strawberry.input(description="A way to reach you that you give up.")
class DeleteContactMethodInput(Repeatable):
    method: strawberry.ID = needed(METHOD)


@strawberry.input(description="A way by which a test is to come.")
class TestPageInput(Repeatable):
    method: strawberry.ID = needed(METHOD)


@strawberry.input(description="By which way you are to be paged, and when.")
class NotificationRuleInput:
    method: strawberry.ID | None = optional(METHOD + " Left out: mail to the address of your account.")
    after_minutes: int = needed("How many minutes after the page, unless you answered: from 0 to 120.")


@strawberry.input(description="How you want to be paged. What is left out stays as it is.")
class SaveNotificationRulesInput(Repeatable):
    high: list[NotificationRuleInput] | None = optional(
        "For the two worst severities, and while none is known, at most 10. None: mail at once."
    )
    low: list[NotificationRuleInput] | None = optional("For the others.")
    quiet_from: str | None = optional("When quiet hours begin: `22:00`. Null: there are none.")
    quiet_until: str | None = optional("When they end.")
    zone: str | None = optional("By the clocks of which time zone: `Europe/Berlin`.")
