"""What managers say to plan work and tell customers of it."""

from datetime import datetime

import strawberry

from models.words import MaintenanceState, SeriesScope
from schema.inputs.given import REASON, SEEN, Repeatable, default, needed, optional

MAINTENANCE = "The maintenance, by reference (`MNT-12`), number or id."
NEEDS = " Needs the permission to maintain (managers and admins have it)."
TITLE = "What customers read as its title, in at most 200 characters."
BODY = "What is done and what customers notice: Markdown of at most 20,000 characters."
STARTS = "When it starts, to the second."
ENDS = "When it is over: after the start, by at most 30 days."
COMPONENTS = "What it takes, 1 to 100. They are under maintenance while it runs. INVALID_INPUT for an archived one."
REMIND = "Minutes before the start at which subscribers are reminded, 1 to 20,160; null: never."
NOTIFY = "Whether subscribers are told of it and of its steps."
QUIET = "Whether alerts of the services that its components belong to make no incident while it runs."
OVERLAP = "Whether other work on the same components at the same time is meant; else that is a CONFLICT."
WORDS = "Words for customers, published as an update with it: Markdown of at most 20,000 characters."


@strawberry.input(description="Work to plan." + NEEDS)
class ScheduleMaintenanceInput(Repeatable):
    title: str = needed(TITLE)
    body: str = needed(BODY)
    starts_at: datetime = needed(STARTS + " INVALID_INPUT for one that has passed.")
    ends_at: datetime = needed(ENDS)
    components: list[strawberry.ID] = needed(COMPONENTS)
    auto_start: bool = default(value=True, description="Whether it starts by itself.")
    auto_end: bool = default(value=True, description="Whether it ends by itself.")
    remind_minutes: int | None = optional(REMIND)
    notify: bool = default(value=True, description=NOTIFY)
    quiet_alerts: bool = default(value=True, description=QUIET)
    allow_overlap: bool = default(value=False, description=OVERLAP)
    already_done: bool = default(
        value=False, description="Whether it is over already and only noted: its times lie in the past, nobody is told."
    )


@strawberry.input(
    description="Changes of planned work. What is left out stays, a list replaces. A start that is sent alone takes the"
    " end along." + NEEDS
)
class EditMaintenanceInput(Repeatable):
    maintenance: str = needed(MAINTENANCE)
    scope: SeriesScope = default(
        value=SeriesScope.THIS, description="How far it reaches where it recurs. INVALID_INPUT where it does not."
    )
    title: str | None = optional(TITLE)
    body: str | None = optional(BODY)
    starts_at: datetime | None = optional(STARTS + " CONFLICT once it began.")
    ends_at: datetime | None = optional(ENDS)
    components: list[strawberry.ID] | None = optional(COMPONENTS)
    auto_start: bool | None = optional("Whether it starts by itself.")
    auto_end: bool | None = optional("Whether it ends by itself.")
    remind_minutes: int | None = optional(REMIND)
    notify: bool | None = optional(NOTIFY)
    quiet_alerts: bool | None = optional(QUIET)
    rule: str | None = optional("When it recurs from here on, with THIS_AND_FOLLOWING: an RFC 5545 RRULE.")
    allow_overlap: bool = default(value=False, description=OVERLAP)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="A step of a maintenance." + NEEDS)
class MaintenanceStepInput(Repeatable):
    maintenance: str = needed(MAINTENANCE)
    body: str | None = optional(WORDS)


@strawberry.input(description="What customers are told of a maintenance." + NEEDS)
class PublishMaintenanceUpdateInput(Repeatable):
    maintenance: str = needed(MAINTENANCE)
    body: str = needed("Markdown of at most 20,000 characters, kept as written.")
    status: MaintenanceState | None = optional(
        "VERIFYING or IN_PROGRESS, to go from one to the other. CONFLICT for other steps: each has its own mutation."
    )
    notify: bool = default(value=True, description="Whether subscribers are told of it.")


@strawberry.input(description="Better words for an update on a maintenance. Readers see that it was edited." + NEEDS)
class EditMaintenanceUpdateInput(Repeatable):
    update: strawberry.ID = needed("The update.")
    body: str = needed("Markdown of at most 20,000 characters, instead of the one before, which is kept.")
    notify: bool = default(value=False, description="Whether subscribers are told again.")


@strawberry.input(description="An update on a maintenance that should not have gone out." + NEEDS)
class WithdrawMaintenanceUpdateInput(Repeatable):
    update: strawberry.ID = needed("The update.")
    reason: str = needed(REASON)


@strawberry.input(description="Work that recurs." + NEEDS)
class ScheduleMaintenanceSeriesInput(Repeatable):
    title: str = needed(TITLE)
    body: str = needed(BODY)
    starts_at: datetime = needed("When the first one starts; the rule must give this moment.")
    ends_at: datetime = needed("When the first one is over: after whole minutes. The others take as long.")
    rule: str = needed(
        "When it recurs: an RFC 5545 RRULE such as `FREQ=WEEKLY;BYDAY=TU`, at most four times a day. INVALID_INPUT for"
        " one that is none, or that gives nothing within a year."
    )
    time_zone: str = needed("By whose clocks the rule counts, e.g. `Europe/Berlin`: 02:00 stays 02:00 there.")
    components: list[strawberry.ID] = needed(COMPONENTS)
    auto_start: bool = default(value=True, description="Whether each starts by itself.")
    auto_end: bool = default(value=True, description="Whether each ends by itself.")
    remind_minutes: int | None = optional(REMIND)
    notify: bool = default(value=True, description=NOTIFY)
    quiet_alerts: bool = default(value=True, description=QUIET)
    allow_overlap: bool = default(value=False, description=OVERLAP)


@strawberry.input(description="Recurring work that is over: what is to come is cancelled." + NEEDS)
class EndMaintenanceSeriesInput(Repeatable):
    series: strawberry.ID = needed("The series.")
    reason: str = needed("Why, in at most 500 characters, for the record.")
