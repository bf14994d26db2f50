"""The reads of schedules."""

import strawberry

import resolvers.schedules
from resolvers.fields import root
from schema.types.schedule import FOUR_WEEKS, FROM_NOW, DoubleBooking, OnCallShift, Schedule


@strawberry.type
class SchedulesQuery:
    schedules: list[Schedule] | None = root(
        resolvers.schedules.schedules, description="All on-call schedules by name, archived ones last."
    )
    schedule: Schedule | None = root(
        resolvers.schedules.schedule,
        description="One schedule; null if there is none.",
        arguments={"ref": "Its name, in any case, or its id."},
    )
    on_call: list[OnCallShift] | None = root(
        resolvers.schedules.on_call_now,
        description="Who is on call by Muster's own schedules, by name of the schedule. What pagers say of theirs:"
        " `Integration.onCall`.",
        arguments={"at": "When, in the past or the future; now, if left out."},
    )
    double_bookings: list[DoubleBooking] | None = root(
        resolvers.schedules.twice,
        description="Who is on call by two schedules at once.",
        arguments={"since": FROM_NOW, "until": FOUR_WEEKS},
    )
