"""What is told of planned work: how it stands at the time of sending, and which step of it this is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from core.db import Reader
from jobs.subscribers.told import Affected, Plan, Story
from models.event import Event
from models.maintenance import Maintenance, MaintenanceSeries
from models.words import ComponentStatus, MaintenanceState
from statuspage.brand import look
from statuspage.language import N_
from statuspage.planned import UNSAID, Step, Work, read_works
from statuspage.read import Site, read_site
from statuspage.state import STATUS_WORDS
from statuspage.words import Calendar, line, tidy
from statuspage.works import SHAPES, STATE_WORDS, in_full

BEFORE = 5
"""Earlier steps that a mail lists."""
NEXT = 5
"""Times of recurring work that a mail lists."""
TRANSACTION = timedelta(seconds=5)
"""So long before its event can something have been noted in the same transaction (core.db)."""
IN_CALENDAR = 12
"""Occurrences of recurring work that a mail brings for calendars; the others come with their reminders."""

HEADINGS = {
    "maintenance.scheduled": N_("Planned work"),
    "maintenance.edited": N_("Planned work: the plan changed"),
    "maintenance.reminded": N_("Reminder of planned work"),
    "maintenance.started": N_("Planned work has begun"),
    "maintenance.completed": N_("Planned work is done"),
    "maintenance.cancelled": N_("Planned work is cancelled"),
    "maintenance.series_scheduled": N_("Recurring work"),
    "maintenance.series_edited": N_("Recurring work: the plan changed"),
    "maintenance.series_ended": N_("Recurring work is cancelled"),
}
"""Of steps. An update says with its own state where the work stands."""

STATES = {
    "maintenance.started": MaintenanceState.IN_PROGRESS,
    "maintenance.completed": MaintenanceState.COMPLETED,
    "maintenance.cancelled": MaintenanceState.CANCELLED,
    "maintenance.series_ended": MaintenanceState.CANCELLED,
}

ENDED = N_("What was still to come will not take place.")


@dataclass(frozen=True, slots=True)
class _Telling:
    """What a story is made of."""

    event: Event
    plan: Plan
    calendar: Calendar

    @property
    def work(self) -> Work:
        return self.plan.work


async def work_story(reader: Reader, event: Event) -> Story | None:
    """What is told of a step of planned work; None if it is not known (any more)."""
    site = await read_site(reader)
    plan = await (_series if "series_" in event.kind else _one)(reader, event, site)
    if plan is None:
        return None
    told = _Telling(event, plan, Calendar(site.time_zone, event.occurred_at, site.language))
    key = event.data.get("update_id")
    step = next((each for each in plan.work.told if each.key == str(key)), None)
    return None if step is None and "update_" in event.kind else _story(told, step)


async def _one(reader: Reader, event: Event, site: Site) -> Plan | None:
    works = await read_works(reader, Maintenance.id == event.data["maintenance_id"])
    return Plan(works, site) if works else None


async def _series(reader: Reader, event: Event, site: Site) -> Plan | None:
    """The occurrences that the event is about: those to come, and those that it cancelled."""
    key, moment = event.data["series_id"], event.recorded_at - TRANSACTION
    series = await reader.row(MaintenanceSeries, select(MaintenanceSeries).where(MaintenanceSeries.id == key))
    of_it = Maintenance.series_id.in_([key, event.data.get("continues_id", key)])
    cancelled = and_(of_it, Maintenance.cancelled_at >= moment, Maintenance.starts_at >= moment)
    to_come = and_(Maintenance.series_id == key, Maintenance.state == MaintenanceState.SCHEDULED)
    found = cancelled if event.kind == "maintenance.series_ended" else or_(to_come, cancelled)
    works = await read_works(reader, found, limit=IN_CALENDAR)
    works = works or await read_works(reader, Maintenance.series_id == key, limit=1, soonest_first=False)
    if not works or series is None:
        return None
    standing = sorted(works, key=lambda work: work.state is MaintenanceState.CANCELLED)
    return Plan(tuple(standing), site, series.rule, series.time_zone)


def _story(told: _Telling, step: Step | None) -> Story:
    event, work, site, calendar = told.event, told.work, told.plan.site, told.calendar
    heading = _heading(told, step)
    at = step.at if step is not None else event.occurred_at
    return Story(
        event_kind=event.kind,
        organisation=line(site.name),
        topic=work.reference,
        title=line(work.title),
        number=_number(work, step),
        status=work.state,
        shape=SHAPES.get(work.state, "maintenance"),
        brief=_brief(told, heading),
        state=_state(told),
        heading=heading,
        at=at,
        time=calendar.time(at),
        body=_body(told, step),
        promise=None,
        promised_at=None,
        affected=_affected(told),
        before=_before(told, at),
        path=f"/maintenance/{work.reference}",
        began_at=work.starts_at,
        ended_at=work.ended_at,
        edited_at=step.edited_at if step is not None else None,
        look=look(site),
        changes=_changes(told),
        plan=told.plan,
    )


def _heading(told: _Telling, step: Step | None) -> str:
    say, kind = told.calendar.say, told.event.kind
    if kind in HEADINGS:
        return say(HEADINGS[kind])
    heading = say(STATE_WORDS[step.status if step is not None else told.work.state])
    return say("Corrected: %(heading)s", heading=heading) if kind == "maintenance.update_edited" else heading


def _brief(told: _Telling, heading: str) -> str:
    """For the subject: of work that is to come also when."""
    if told.work.state is not MaintenanceState.SCHEDULED:
        return heading
    return told.calendar.say("%(heading)s, %(window)s", heading=heading, window=_window(told, told.work))


def _state(told: _Telling) -> str:
    """Where it stands: when it is to be, else in a sentence."""
    if told.work.state is MaintenanceState.SCHEDULED:
        return _window(told, told.work)
    return in_full(told.work, {}, told.calendar).words


def _window(told: _Telling, work: Work) -> str:
    """From when to when it is to be, dated in full: nobody knows when a mail is read."""
    return told.calendar.window(work.starts_at, work.ends_at)


def _number(work: Work, step: Step | None) -> int | None:
    """The number that the step has on the page of the work."""
    keys = [each.key for each in work.steps[1:]]
    return keys.index(step.key) + 1 if step is not None else None


def _body(told: _Telling, step: Step | None) -> str:
    if told.event.kind == "maintenance.series_ended":
        return told.calendar.say(ENDED)
    if step is not None:
        return tidy(step.body)
    state = STATES.get(told.event.kind)
    return told.calendar.language.told(UNSAID[state]) if state is not None else tidy(told.work.body)


def _affected(told: _Telling) -> tuple[Affected, ...]:
    """The components that it takes, as they are now; until it is over they are told to be what it makes of them."""
    shown = ComponentStatus.UNDER_MAINTENANCE if told.work.pending else None
    say = told.calendar.say
    return tuple(
        Affected(part.id, line(part.name), part.status, say(STATUS_WORDS[shown or part.status]))
        for part in told.plan.site.components
        if part.id in told.work.components
    )


def _before(told: _Telling, at: datetime) -> tuple[str, ...]:
    if told.plan.rule is not None:
        return ()
    calendar = told.calendar
    earlier = [step for step in told.work.steps if step.at < at]
    return tuple(
        f"{calendar.moment(step.at)}: {calendar.say(STATE_WORDS[step.status])}" for step in reversed(earlier[-BEFORE:])
    )


def _changes(told: _Telling) -> tuple[str, ...]:
    """What changed of a plan; of recurring work its next times."""
    if told.event.kind == "maintenance.edited":
        return (*_moved(told, told.event.data["before"]), *_rescoped(told, told.event.data))
    to_come = [work for work in told.plan.works if work.state is MaintenanceState.SCHEDULED]
    if told.plan.rule is None or not to_come:
        return ()
    return (told.calendar.say("The next times:"), *(_window(told, work) for work in to_come[:NEXT]))


def _moved(told: _Telling, before: dict[str, Any]) -> tuple[str, ...]:
    if not before.keys() & {"starts_at", "ends_at"}:
        return ()
    start, end = (
        datetime.fromisoformat(before[name]) if name in before else getattr(told.work, name)
        for name in ("starts_at", "ends_at")
    )
    say = told.calendar.say
    return (
        say("It is now planned for %(window)s.", window=_window(told, told.work)),
        say("Before, it was %(window)s.", window=told.calendar.window(start, end)),
    )


def _rescoped(told: _Telling, data: dict[str, Any]) -> tuple[str, ...]:
    before, after = (set(data[name].get("components", ())) for name in ("before", "after"))
    calendar, found = told.calendar, []
    for sentence, keys in (
        (N_("It also affects %(names)s."), after - before),
        (N_("It does not affect %(names)s any more."), before - after),
    ):
        names = [line(part.name) for part in told.plan.site.components if part.id in keys]
        if names:
            found.append(calendar.say(sentence, names=calendar.language.listed(names)))
    return tuple(found)
