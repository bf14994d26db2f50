"""What people say of on-call schedules."""

from datetime import date, datetime

import strawberry

from models.schedule.words import HolidayRule, RotationKind
from resolvers.mutations.perform import Plain
from schema.inputs.given import ARCHIVED, SAVED_ID, SEEN, Repeatable, needed, optional

DAY = "from 1, Monday, to 7, Sunday"
WHICH = "The schedule, by name (any case) or id."
WHY = "Why, in at most 500 characters."


@strawberry.input(description="Hours in which a layer counts, as the clocks of the schedule's zone show them.")
class LayerWindowInput(Plain):
    start: str = needed("Hours and minutes: `18:00`.")
    end: str = needed("The same. Not after `start`, it is on the next day.")
    days: list[int] | None = optional(f"On which weekdays it begins, {DAY}; each day, if left out.")
    until_day: int | None = optional(f"The weekday on which it ends, {DAY}: `days: [5], untilDay: 1` is a weekend.")


@strawberry.input(description="People who take turns.")
class ScheduleLayerInput(Plain):
    name: str = needed("Its name, in at most 120 characters; unique in the schedule.")
    participants: list[str] = needed(
        "People, by id or e-mail address, in the order of their turns; one may stand there twice."
    )
    kind: RotationKind = needed("What a turn is measured in.")
    length: int | None = optional("How many of these it lasts; 1, if left out. About a year at most.")
    start: date = needed("When the first turn begins, at the time of the hand-over.")
    end: date | None = optional("When the layer ends, at that time; null: it does not.")
    hand_over: str | None = optional("When turns change, by the clocks: `09:00`, if left out.")
    weekday: int | None = optional(f"On which weekday weekly turns change, {DAY}; that of the start, if left out.")
    day: int | None = optional(
        "On which day of the month monthly turns change, the last where it is shorter; that of the start, if left out."
    )
    windows: list[LayerWindowInput] | None = optional("The layer counts only in these hours; always, if left out.")
    holidays: HolidayRule | None = optional("Whether it counts on holidays; it does, if left out.")


@strawberry.input(description="A holiday of your own.")
class FreeDayInput(Plain):
    day: date = needed("Its date; it lasts from midnight to midnight in the schedule's zone.")
    name: str = needed("What it is called.")


@strawberry.input(
    description="A schedule to add or to change. Another zone, other layers or holidays hold from `validFrom` on; what"
    " was before stays as it was."
)
class SaveScheduleInput(Repeatable):
    id: strawberry.ID | None = optional(SAVED_ID)
    name: str | None = optional(
        "Its name, in at most 120 characters. CONFLICT if another schedule in use has it. Needed for a new one."
    )
    team: str | None = optional(
        "Whose it is, by slug or id: its members may put others on call, and it is for the services that it owns."
    )
    zone: str | None = optional(
        "The time zone whose clocks it goes by: `Europe/Berlin`. A new one: the organisation's."
    )
    layers: list[ScheduleLayerInput] | None = optional(
        "All of its layers, at most 20, from the top: the first that has somebody on call wins."
    )
    country: str | None = optional("Whose public holidays count, by its ISO 3166-1 code: `DE`. Null: no country's.")
    part: str | None = optional("Which part of it: `BY`. Null: the holidays of the whole country.")
    free_days: list[FreeDayInput] | None = optional("All holidays of your own, at most 200.")
    valid_from: datetime | None = optional(
        "From when on the change holds; now, if left out. It supersedes changes that were to come by then or later."
    )
    archived: bool | None = optional(ARCHIVED)
    expected_version: int | None = optional(SEEN)


@strawberry.input(description="Somebody, or nobody, to be on call for a while instead of whom a schedule names.")
class AddOverrideInput(Repeatable):
    schedule: str = needed(WHICH)
    user: strawberry.ID | None = optional("Who. Null: nobody.")
    starts_at: datetime | None = optional("From when; now, if left out or past.")
    ends_at: datetime = needed("Until before when, at most 366 days later.")
    reason: str | None = optional(WHY)


@strawberry.input(description="An override to take back.")
class RemoveOverrideInput(Repeatable):
    override: strawberry.ID = needed("The override. One that has begun ends now; CONFLICT for one that is over.")


@strawberry.input(description="Two stretches, each one person's, who take over from each other.")
class SwapShiftsInput(Repeatable):
    schedule: str = needed(WHICH)
    starts_at: datetime = needed("From when the first is.")
    ends_at: datetime = needed("Until before when.")
    other_starts_at: datetime = needed("From when the second is.")
    other_ends_at: datetime = needed("Until before when.")
    reason: str | None = optional(WHY)


@strawberry.input(description="What a calendar is to show.")
class CreateCalendarLinkInput(Repeatable):
    schedule: str | None = optional("A schedule, by name or id. Without it: your own shifts, of all schedules.")
