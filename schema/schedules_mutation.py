"""The changes of schedules, and who is on call instead."""

import strawberry

from actions.schedules.covering import add_override, remove_override, swap_shifts
from actions.schedules.links import create_calendar_link
from actions.schedules.saving import save_schedule
from resolvers.calendars import calendar_urls
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from resolvers.mutations.perform import of_first
from schema.inputs import schedules as given
from schema.payloads import Payload
from schema.types.schedule import Schedule, ScheduleOverride


@strawberry.type(description="A schedule that was added or changed.")
class SchedulePayload(Payload):
    schedule: Schedule = batched(made("Schedule"), description="The schedule as it is now.")


@strawberry.type(description="An override that was added, taken back or ended.")
class ScheduleOverridePayload(Payload):
    override: ScheduleOverride = batched(made("ScheduleOverride"), description="The override as it is now.")


@strawberry.type(description="A link to a calendar.")
class CalendarLinkPayload(Payload):
    url: str | None = batched(
        calendar_urls,
        description="Where calendar programs subscribe to it. Whoever has it can read it. Shown once: null when a"
        " request is repeated.",
    )


@strawberry.type
class SchedulesMutation:
    save_schedule: SchedulePayload | None = mutation(
        save_schedule,
        given.SaveScheduleInput,
        description="Add an on-call schedule, or change one from a moment on; who was on call before stays true.",
    )
    add_override: ScheduleOverridePayload | None = mutation(
        add_override,
        given.AddOverrideInput,
        description="Put somebody on call for a while: anybody takes over for others, or hands over their own;"
        " managers, admins and the schedule's team put anybody, or nobody. Of two at once the later made one counts.",
    )
    remove_override: ScheduleOverridePayload | None = mutation(
        remove_override, given.RemoveOverrideInput, description="Take an override back; one that has begun ends now."
    )
    swap_shifts: ScheduleOverridePayload | None = mutation(
        swap_shifts,
        given.SwapShiftsInput,
        key=of_first,
        description="Have two people take over from each other: two overrides, of which this is the first.",
    )
    create_calendar_link: CalendarLinkPayload | None = mutation(
        create_calendar_link,
        given.CreateCalendarLinkInput,
        description="Make a secret link to an iCalendar of a schedule, or of your own shifts. The one before ends.",
    )
