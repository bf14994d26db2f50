"""Escalation policies, pages, and how people want to be reached."""

from datetime import datetime

import strawberry

from models.paging import contact, policy
from models.paging.words import AlertVerdict, PageState, PageWay, PagingState, TakenBy, TargetKind
from models.person import Team, User
from models.schedule.table import Schedule
from models.words import DeliveryState
from resolvers import paging
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import ASchedule, ATeam, AUser
from schema.node import Node, identity, is_row_of


@strawberry.type(description="Whom a step of a policy pages.")
class EscalationTarget:
    kind: TargetKind = column("Which of the three it is.")
    person: AUser | None = batched(pointed_to(User, "person_id"), description="A person.")
    schedule: ASchedule | None = batched(
        pointed_to(Schedule, "schedule_id"), description="Whoever is on call by this schedule when paging begins."
    )
    team: ATeam | None = batched(pointed_to(Team, "team_id"), description="The manager of this team.")


@strawberry.type(description="Everybody who is paged at once.")
class EscalationStep:
    after_minutes: int = column("After how many minutes without an answer the next step follows.")
    targets: list[EscalationTarget] = column("Whom it pages.")


@strawberry.type(description="Whom a policy pages.")
class EscalationDefinition:
    steps: list[EscalationStep] = column("The steps, in order.")
    repeat: int = column("How often all of them are done again when nobody answers.")
    last_resort: list[EscalationTarget] = column(
        "Who is paged when nobody answered at all; empty: the managers of the teams concerned, else the admins."
    )
    opens_at: str = column("When business hours begin, by the clocks of the organisation: `09:00`.")
    closes_at: str = column("When they end.")
    weekdays: list[int] = column("On which days, from 1, Monday, to 7, Sunday.")


@strawberry.type(description="Who is paged, who next when nobody answers, and who in the end.")
class EscalationPolicy(Node):
    id: strawberry.ID = identity("EscalationPolicy")
    name: str = column("What it is called; unique among those in use.")
    team: ATeam | None = batched(pointed_to(Team, "team_id"), description="Whose it is.")
    fallback: bool = column("Whether it pages for incidents of whose services none has a policy.")
    current: EscalationDefinition = batched(
        paging.definitions, description="Whom it pages. What pages already goes on by the version that it began with."
    )
    version: int = column("Counts its versions.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(policy.EscalationPolicy)


@strawberry.type(description="A way by which a page goes to its person.")
class PageAttempt:
    way: PageWay = column("By what.")
    state: DeliveryState = column("Where it stands.")
    due_at: datetime = column("When it is to be sent.")
    sent_at: datetime | None = column("When whoever carries it took it.")
    delivered_at: datetime | None = column("When they said that it arrived, where they do.")
    attempts: int = column("How often it was tried.")
    error: str | None = column("Why it failed, or was not sent.")


@strawberry.type(description="One attempt to reach one person.")
class Page:
    user: AUser = batched(pointed_to(User, "user_id"), description="Whom.")
    step: int = column("By which step; 0: the last resort.")
    round: int = column("How often all steps were done before.")
    state: PageState = column("Where it stands.")
    created_at: datetime = column("When it was asked for.")
    sent_at: datetime | None = column("When the first way took it.")
    delivered_at: datetime | None = column("When it is known to have arrived.")
    acknowledged_at: datetime | None = column("When its person answered.")
    attempts: list[PageAttempt] = batched(paging.attempts, description="By which ways, in order.")


@strawberry.type(description="Paging for an incident, or for alerts alone, by a policy or by name.")
class PagingRun:
    policy: EscalationPolicy | None = batched(
        pointed_to(policy.EscalationPolicy, "policy_id"), description="By which policy; null: people were named."
    )
    state: PagingState = column("Where it stands.")
    step: int = column("How many steps were taken, of this round.")
    next_escalation_at: datetime | None = column("When the next step is taken; null: none is.")
    created_at: datetime = column("When it was made.")
    begun_at: datetime | None = column("When the first was paged; null: it waits for business hours.")
    ended_at: datetime | None = column("When somebody answered, or it was over.")
    taken_by_user: AUser | None = batched(pointed_to(User, "taken_by_id"), description="Who answered.")
    taken_by: TakenBy | None = column("By what.")
    asks_until: datetime | None = column(
        "Of alerts: until when it is asked whether they are an incident; then they are one. Null: it is not asked."
    )
    verdict: AlertVerdict | None = column("What was said to that.")
    pages: list[Page] = batched(paging.pages, description="Who was paged, in order.")


@strawberry.type(description="A way to reach you. Its address is never shown again.")
class ContactMethod(Node):
    id: strawberry.ID = identity("ContactMethod")
    way: PageWay = column("By what.")
    label: str = column("What you call it.")
    ending: str = column("The end of the address, or the service of an Apprise address.")
    verified: bool = column("Whether you have shown that messages arrive: before that nobody is paged by it.")
    sent_at: datetime | None = column("When a code or a test was last sent.")
    error: str | None = column("Why the last one was not.")

    is_type_of = is_row_of(contact.ContactMethod)


@strawberry.type(description="By which way you are paged, and when.")
class NotificationRule:
    method: ContactMethod | None = batched(
        paging.methods_of, description="The way; null: mail to the address of your account."
    )
    after_minutes: int = column("How many minutes after the page, unless you answered.")


@strawberry.type(description="How you want to be paged.")
class NotificationRules:
    high: list[NotificationRule] = column("For the two worst severities, and while none is known.")
    low: list[NotificationRule] = column("For the others.")
    quiet_from: str | None = column("When quiet hours begin: `22:00`; null: there are none.")
    quiet_until: str | None = column("When they end. Only pages of the worst severity come before that.")
    zone: str = column("By the clocks of which time zone (IANA).")
