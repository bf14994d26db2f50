"""On-call schedules."""

from datetime import date, datetime

import strawberry

from models.person import Team, User
from models.schedule import table
from models.schedule.table import Schedule as Row
from models.schedule.words import HolidayRule, RotationKind
from resolvers import schedule_layers, schedules
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import ASchedule, ATeam, AUser
from schema.node import Node, identity, is_row_of

SINCE = "From when on."
UNTIL = "Until before when, at most 400 days later."
FROM_NOW = "From when on; now, if left out."
FOUR_WEEKS = "Until before when, at most 400 days later; four weeks, if left out."
STRETCH = {"since": SINCE, "until": UNTIL}
DAY = "Weekdays count from 1, Monday, to 7, Sunday (ISO 8601)."


@strawberry.type(description="A stretch in which one person is on call.")
class OnCallShift:
    schedule: ASchedule = batched(pointed_to(Row, "schedule_id"), description="By which schedule.")
    user: AUser = batched(pointed_to(User, "user_id"), description="Who.")
    starts_at: datetime = column("From when; not before the moment from which on it was asked for.")
    ends_at: datetime = column("Until before when, as far as it was asked for, or worked out (two weeks at least).")
    layer: str | None = column("By which layer; null: an override.")
    override: "ScheduleOverride | None" = batched(
        pointed_to(table.ScheduleOverride, "override_id"), description="By which override; null: a layer."
    )


@strawberry.type(description="A stretch in which nobody is on call.")
class OnCallGap:
    starts_at: datetime = column("From when.")
    ends_at: datetime = column("Until before when.")


@strawberry.type(description="How long somebody is on call. An hour may be one of the night, a weekend and a holiday.")
class OnCallLoad:
    user: AUser = batched(pointed_to(User, "user_id"), description="Who.")
    hours: float = column("Hours on call.")
    night_hours: float = column("Those from 22:00 to 06:00 in the schedule's zone.")
    weekend_hours: float = column("Those on Saturdays and Sundays.")
    holiday_hours: float = column("Those on holidays of the schedule.")
    shifts: int = column("How many times it begins.")
    share: float = column("The part of all hours, from 0 to 1.")


@strawberry.type(description="One person who is on call by two schedules at once.")
class DoubleBooking:
    user: AUser = batched(pointed_to(User, "user_id"), description="Who.")
    starts_at: datetime = column("From when.")
    ends_at: datetime = column("Until before when.")
    schedule: ASchedule = batched(pointed_to(Row, "schedule_id"), description="By this schedule…")
    other_schedule: ASchedule = batched(pointed_to(Row, "other_schedule_id"), description="…and by this one.")


@strawberry.type(description="Hours in which a layer counts, as the clocks of the schedule's zone show them.")
class LayerWindow:
    start: str = column("Hours and minutes: `18:00`.")
    end: str = column("The same; not after `start`, it is on the next day.")
    days: list[int] = column("On which weekdays it begins; empty: each day. " + DAY)
    until_day: int | None = column("The weekday on which it ends; null: the same day, or the next.")


@strawberry.type(description="People who take turns.")
class ScheduleLayer:
    name: str = column("What it is called.")
    participants: list[AUser] = batched(schedule_layers.people, description="Who, in the order of their turns.")
    kind: RotationKind = column("What a turn is measured in.")
    length: int = column("How many of these it lasts.")
    start: date = column("When the first turn begins.")
    end: date | None = column("When the layer ends, at the time of its hand-overs; null: it does not.")
    hand_over: str = column("When turns change, by the clocks: `09:00`.")
    weekday: int | None = column("On which weekday weekly turns change; null: that of the start. " + DAY)
    day: int | None = column(
        "On which day of the month monthly turns change, the last where it is shorter; null: that of the start."
    )
    windows: list[LayerWindow] = column("The layer counts only then; empty: always.")
    holidays: HolidayRule = column("Whether it counts on holidays.")


@strawberry.type(description="A holiday.")
class FreeDay:
    day: date = column("Its date: it lasts from midnight to midnight in the schedule's zone.")
    name: str = column("What it is called.")


@strawberry.type(description="What a schedule is from a moment on.")
class ScheduleVersion:
    version: int = column("Its number.")
    valid_from: datetime = column("From when on it holds, until the next one does.")
    zone: str = batched(schedules.parts("zone"), description="The time zone whose clocks it goes by (IANA).")
    layers: list[ScheduleLayer] = batched(
        schedule_layers.layers, description="From the top: the first that has somebody on call wins."
    )
    country: str | None = batched(
        schedules.parts("country"), description="Whose public holidays count (ISO 3166-1); null: no country's."
    )
    part: str | None = batched(schedules.parts("part"), description="Which part of it; null: the whole.")
    free_days: list[FreeDay] = batched(schedule_layers.free_days, description="Holidays of your own.")


@strawberry.type(description="Somebody, or nobody, who is on call instead of whom the layers name.")
class ScheduleOverride(Node):
    id: strawberry.ID = identity("ScheduleOverride")
    schedule: ASchedule = batched(pointed_to(Row, "schedule_id"), description="In which schedule.")
    user: AUser | None = batched(pointed_to(User, "user_id"), description="Who; null: nobody, on purpose.")
    starts_at: datetime = column("From when.")
    ends_at: datetime = column("Until before when it is to be, or was.")
    reason: str | None = column("Why.")
    removed_at: datetime | None = column("When it was taken back, before it began.")

    is_type_of = is_row_of(table.ScheduleOverride)


@strawberry.type(description="Who is on call when.")
class Schedule(Node):
    id: strawberry.ID = identity("Schedule")
    name: str = column("What it is called; unique among those in use.")
    team: ATeam | None = batched(
        pointed_to(Team, "team_id"), description="Whose it is: it is on call for the services that this team owns."
    )
    current: ScheduleVersion | None = batched(
        schedules.current_versions, description="What it is now, or, before it has begun, will be first."
    )
    coming: list[ScheduleVersion] = batched(schedules.coming_versions, description="What it will be later on.")
    on_call: OnCallShift | None = batched(
        schedules.on_call_of,
        description="Who is on call; null: nobody.",
        arguments={"at": "When, in the past or the future; now, if left out."},
    )
    next: OnCallShift | None = batched(
        schedules.next_of, description="Whose turn it is next; null: nobody's within two weeks."
    )
    shifts: list[OnCallShift] = batched(
        schedules.shifts_of, description="Each turn: one shift for each hand-over.", arguments=STRETCH
    )
    final_schedule: list[OnCallShift] = batched(
        schedules.final_of,
        description="What comes of layers and overrides; shifts of one person that follow each other are one.",
        arguments=STRETCH,
    )
    gaps: list[OnCallGap] = batched(
        schedules.gaps_of,
        description="When nobody is on call.",
        arguments={"since": FROM_NOW, "until": FOUR_WEEKS},
    )
    load: list[OnCallLoad] = batched(
        schedules.load_of, description="How the time on call is shared, most first.", arguments=STRETCH
    )
    overrides: list[ScheduleOverride] = batched(
        schedules.overrides_of, description="Overrides that are not over, the next one first, at most 100."
    )
    version: int = column("Counts how often it was saved.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(Row)
