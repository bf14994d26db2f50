"""Planned work as the page tells it: what is to come and under way, one in full, and the past in a line."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlalchemy import ColumnElement, and_

from core.db import Reader
from models.maintenance import Maintenance
from models.words import MaintenanceState
from statuspage.language import N_
from statuspage.markdown import html_of
from statuspage.planned import Step, Work, read_works
from statuspage.words import Calendar, line

AHEAD = timedelta(days=14)
"""Work that starts within so long stands on the page of the current state."""
MOST_PAST = 500

STATE_WORDS = {
    MaintenanceState.SCHEDULED: N_("Planned"),
    MaintenanceState.IN_PROGRESS: N_("Under way"),
    MaintenanceState.VERIFYING: N_("Done, and being checked"),
    MaintenanceState.COMPLETED: N_("Completed"),
    MaintenanceState.CANCELLED: N_("Cancelled"),
}
SHAPES = {
    MaintenanceState.COMPLETED: "operational",
    MaintenanceState.CANCELLED: "unknown",
}
"""The state for the style sheet; all others are maintenance."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was said of a work. `date` is set on the first of a day."""

    number: int
    at: datetime
    time: str
    date: str | None
    heading: str
    body: Markup
    edited: str | None
    changes: tuple[tuple[str, str], ...] = ()
    promise: None = None
    posted: None = None
    earlier: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """A work that is to come, under way or over; `updates` from the newest to the oldest, without the plan.

    `latest`: the newest words of a person.
    """

    reference: str
    title: str
    shape: str
    day: str
    at: datetime
    hours: str
    words: str
    affects: tuple[str, ...]
    running: bool
    plan: Markup
    latest: Markup
    newest: int
    updates: tuple[Told, ...]

    @property
    def link(self) -> str:
        """Its own page."""
        return f"/maintenance/{self.reference}"


def finished_since(moment: datetime) -> ColumnElement[bool]:
    """Work that took place and was over since a moment: completed, or broken off."""
    return and_(
        Maintenance.starts_at >= moment - timedelta(days=31),  # work lasts 30 days at most
        Maintenance.started_at.is_not(None),
        Maintenance.ended_at >= moment,
    )


async def read_past_works(reader: Reader, since: datetime) -> tuple[Work, ...]:
    """The work that was over since a moment, the newest first."""
    return await read_works(reader, finished_since(since), limit=MOST_PAST, soonest_first=False)


def in_full(work: Work, names: dict[int, str], calendar: Calendar) -> PlannedWork:
    """A work with all that was said of it; `names` of components by key, in the order of the page."""
    told = work.steps[1:]
    return PlannedWork(
        reference=work.reference,
        title=line(work.title),
        shape=SHAPES.get(work.state, "maintenance"),
        day=calendar.day(began(work)),
        at=began(work),
        hours=calendar.hours(began(work), ended(work)),
        words=_words(work, calendar),
        affects=tuple(name for key, name in names.items() if key in work.components),
        running=work.running,
        plan=html_of(work.body, "h3"),
        latest=html_of(work.told[-1].body if work.told else work.body),
        newest=len(told),
        updates=tuple(_lines(told, calendar)),
    )


def began(work: Work) -> datetime:
    """When it began; while it has not, when it is to."""
    return work.started_at or work.starts_at


def ended(work: Work) -> datetime:
    """When it was over; while it is not, when it is to be."""
    return work.ended_at or work.ends_at


def _words(work: Work, calendar: Calendar) -> str:
    """Where it stands, in a sentence."""
    say, between = calendar.say, calendar.language.between
    if work.running:
        return say("%(state)s. %(until)s.", state=say(STATE_WORDS[work.state]), until=until_words(work, calendar))
    if work.state is MaintenanceState.SCHEDULED:
        if calendar.now < work.starts_at:
            return say("Planned, %(length)s.", length=between(work.starts_at, work.ends_at))
        return say("Planned; it has not begun yet.")
    if work.state is MaintenanceState.COMPLETED:
        return say("Completed after %(length)s.", length=between(began(work), ended(work)))
    if work.started_at is not None:
        return say("Broken off after %(length)s.", length=between(work.started_at, ended(work)))
    return say("Cancelled: it does not take place.")


def until_words(work: Work, calendar: Calendar) -> str:
    """Until when work that is under way is planned: `Until 05:00 UTC`; past that, so much is said."""
    until = calendar.moment(work.ends_at)
    if calendar.now < work.ends_at:
        return calendar.say("Until %(moment)s", moment=until)
    return calendar.say("Planned until %(moment)s, and taking longer", moment=until)


def until_of(works: tuple[Work, ...], calendar: Calendar) -> str | None:
    """The same for all work that is under way: the one that ends last; None while none is."""
    last = max((work for work in works if work.running), key=lambda work: work.ends_at, default=None)
    return until_words(last, calendar) if last else None


def _lines(steps: tuple[Step, ...], calendar: Calendar) -> list[Told]:
    """What was said, from the newest on, numbered from the oldest."""
    told: list[Told] = []
    for number, step in sorted(enumerate(steps, 1), reverse=True):
        day = calendar.day(step.at)
        told.append(
            Told(
                number=number,
                at=step.at,
                time=calendar.time(step.at),
                date=None if told and calendar.day(told[-1].at) == day else day,
                heading=calendar.say(STATE_WORDS[step.status]),
                body=html_of(calendar.language.told(step.body)),
                edited=calendar.moment(step.edited_at) if step.edited_at else None,
            )
        )
    return told


def next_change(works: tuple[Work, ...], now: datetime) -> datetime | None:
    """When what is said of planned work is another without anything being published: it starts, or is to be over."""
    moments = (
        moment for work in works if work.pending for moment in (work.starts_at, work.ends_at, work.starts_at - AHEAD)
    )
    return min((moment for moment in moments if moment > now), default=None)
