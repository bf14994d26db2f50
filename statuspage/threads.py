"""Incidents as the page tells them: the open ones in full, past ones in a line, by day and by month."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from markupsafe import Markup

from models.words import ComponentStatus
from statuspage.markdown import html_of
from statuspage.planned import Work
from statuspage.read import Said, Site, Thread, affected
from statuspage.state import (
    SAID_WITHIN,
    SAID_WORDS,
    SHAPE,
    STATUS_WITHIN,
    STATUS_WORDS,
    Promise,
    kept_promise,
    next_promise,
    title_of,
)
from statuspage.words import Calendar, line
from statuspage.works import AHEAD, PlannedWork, began
from statuspage.works import in_full as in_words

PAST_DAYS = 14
MONTHS = 12


@dataclass(frozen=True, slots=True)
class UpdateLine:
    """One update. `date` is set on the first of a day. A withdrawn one has a time and no words."""

    number: int
    at: datetime
    time: str
    date: str | None
    heading: str
    body: Markup | None
    edited: str | None
    changes: tuple[tuple[str, str], ...]
    promise: Promise | None
    posted: str | None = None
    """When a back-dated one was written."""
    earlier: tuple[tuple[str, Markup], ...] = ()
    """What it said before, and until when: the newest of its earlier wordings first."""


@dataclass(frozen=True, slots=True)
class PostmortemShown:
    """What was learned: when that was published, when it was edited last, if ever, and the words."""

    at: datetime
    published: str
    edited: str | None
    body: Markup


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident in full, its newest word first."""

    reference: str
    title: str
    shape: str
    kicker: str
    affects: tuple[str, ...]
    newest: int
    updates: tuple[UpdateLine, ...]
    promise: Promise | None
    postmortem: PostmortemShown | None = None


@dataclass(frozen=True, slots=True)
class PastIncident:
    """An incident in a line."""

    reference: str
    title: str
    shape: str
    day: str
    at: datetime
    hours: str
    words: str
    postmortem: bool = False
    """Whether its page says what was learned."""

    @property
    def link(self) -> str:
        """Its own page."""
        return f"/incidents/{self.reference}"


@dataclass(frozen=True, slots=True)
class Section:
    """A day or a month, its incidents, and the work that took place."""

    label: str
    incidents: tuple[PastIncident | PlannedWork, ...]


def in_full(thread: Thread, site: Site, calendar: Calendar) -> OpenIncident:
    """An incident with all that was said of it."""
    return OpenIncident(
        reference=thread.reference,
        title=title_of(thread, site),
        shape=SHAPE[_now(thread)],
        kicker=_kicker(thread, calendar),
        affects=tuple(line(part.name) for part in affected(thread, site)),
        newest=thread.last.number,
        updates=tuple(_lines(thread, site, calendar)),
        promise=next_promise(thread, calendar),
        postmortem=_postmortem(thread, calendar),
    )


def _postmortem(thread: Thread, calendar: Calendar) -> PostmortemShown | None:
    told = thread.postmortem
    if told is None:
        return None
    edited = calendar.moment(told.edited_at) if told.edited_at else None
    return PostmortemShown(told.published_at, calendar.moment(told.published_at), edited, html_of(told.body, "h3"))


def _now(thread: Thread) -> ComponentStatus:
    """How bad it is by its last word on each component; unnamed trouble counts as degraded performance."""
    if thread.ended_at is not None:
        return ComponentStatus.OPERATIONAL
    latest = {key: status for said in thread.standing for key, status in said.changes}
    return max(latest.values(), key=lambda status: status.rank, default=ComponentStatus.DEGRADED_PERFORMANCE)


def _kicker(thread: Thread, calendar: Calendar) -> str:
    if thread.ended_at is None:
        return calendar.say(
            "%(state)s. Since %(moment)s, %(length)s",
            state=calendar.say(SAID_WORDS[thread.last.status]),
            moment=calendar.moment(thread.began_at),
            length=calendar.language.between(thread.began_at, calendar.now),
        )
    return calendar.say(
        "Resolved. %(day)s, %(hours)s, %(length)s",
        day=calendar.day(thread.began_at),
        hours=_hours(thread, calendar),
        length=calendar.language.between(thread.began_at, thread.ended_at),
    )


def _hours(thread: Thread, calendar: Calendar) -> str:
    """From when to when, with the second day where it is another."""
    ended = thread.ended_at
    if ended is None:
        return calendar.say("since %(time)s", time=calendar.time(thread.began_at))
    return calendar.hours(thread.began_at, ended)


def _lines(thread: Thread, site: Site, calendar: Calendar) -> Iterable[UpdateLine]:
    """The updates from the newest on. Of a withdrawn one nothing is left but that it was."""
    names = {part.id: line(part.name) for part in site.components}
    before: str | None = None
    for said in reversed(thread.updates):
        day = calendar.day(said.published_at)
        gone = said.withdrawn_at is not None
        yield UpdateLine(
            number=said.number,
            at=said.published_at,
            time=calendar.time(said.published_at),
            date=None if day == before else day,
            heading=calendar.say("An update was withdrawn." if gone else SAID_WORDS[said.status]),
            body=None if gone else html_of(said.body),
            edited=calendar.moment(said.edited_at) if said.edited_at and not gone else None,
            changes=() if gone else tuple(_changes(said, names, calendar)),
            promise=None if gone else kept_promise(said, thread, calendar),
            posted=calendar.moment(said.recorded_at) if said.recorded_at and not gone else None,
            earlier=() if gone else tuple(_earlier(said, calendar)),
        )
        before = day


def _changes(said: Said, names: dict[int, str], calendar: Calendar) -> Iterable[tuple[str, str]]:
    say = calendar.say
    return ((names.get(key) or say("A component"), say(STATUS_WITHIN[status])) for key, status in said.changes)


def _earlier(said: Said, calendar: Calendar) -> Iterable[tuple[str, Markup]]:
    return ((calendar.moment(each.until), html_of(each.body)) for each in reversed(said.earlier))


def in_a_line(thread: Thread, site: Site, calendar: Calendar) -> PastIncident:
    """An incident with its worst and its length."""
    return _in_a_line(thread, title_of(thread, site), site.time_zone, site.language, calendar.today.year)


@lru_cache(maxsize=2048)
def _in_a_line(thread: Thread, title: str, time_zone: str, language: str, year: int) -> PastIncident:
    """The same by all that it depends on: of now, only the year is told."""
    calendar = Calendar(time_zone, datetime(year, 7, 1, tzinfo=UTC), language)
    statuses = [status for said in thread.standing for _, status in said.changes]
    worst = max(statuses, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)
    named = worst is not ComponentStatus.OPERATIONAL
    if thread.ended_at is None:
        words = calendar.say("Not over yet: %(state)s.", state=calendar.say(SAID_WITHIN[thread.last.status]))
    else:
        length = calendar.language.between(thread.began_at, thread.ended_at)
        state = calendar.say(STATUS_WORDS[worst])
        words = (
            calendar.say("%(state)s, %(length)s.", state=state, length=length)
            if named
            else calendar.say("Resolved after %(length)s.", length=length)
        )
    return PastIncident(
        reference=thread.reference,
        title=title,
        shape=SHAPE[worst] if named else "unknown",
        day=calendar.day(thread.began_at),
        at=thread.began_at,
        hours=_hours(thread, calendar),
        words=words,
        postmortem=thread.postmortem is not None,
    )


def by_day(site: Site, calendar: Calendar) -> list[Section]:
    """The past 14 days, each with the incidents that began on it, or ended on it if they began before all of them."""
    first = max(calendar.today - timedelta(days=PAST_DAYS - 1), _beginning(site, calendar))
    first = max(first, _known_since(site, calendar))
    days: dict[date, list[PastIncident | PlannedWork]] = {}
    for thread in site.threads:
        day = calendar.local(thread.began_at).date()
        if day < first and thread.ended_at is not None:
            day = calendar.local(thread.ended_at).date()
        days.setdefault(day, []).append(in_a_line(thread, site, calendar))
    for work in site.past_works:
        day = max(calendar.local(began(work)).date(), first)
        days.setdefault(day, []).append(_past_work(work, site, calendar))
    count = (calendar.today - first).days + 1
    every = (calendar.today - timedelta(days=back) for back in range(count))
    return [Section(calendar.on(day), _in_order(days.get(day, []))) for day in every]


def by_month(site: Site, calendar: Calendar) -> list[Section]:
    """The past twelve months, the newest first, by when incidents began."""
    months: dict[date, list[PastIncident | PlannedWork]] = {}
    for thread in site.threads:
        month = calendar.local(thread.began_at).date().replace(day=1)
        months.setdefault(month, []).append(in_a_line(thread, site, calendar))
    for work in site.past_works:
        month = calendar.local(began(work)).date().replace(day=1)
        months.setdefault(month, []).append(_past_work(work, site, calendar))
    first = max(twelve_months_before(calendar.today), _beginning(site, calendar), _known_since(site, calendar))
    first = first.replace(day=1)
    sections, month = [], calendar.today.replace(day=1)
    while month >= first:
        sections.append(Section(calendar.language.month(month), _in_order(months.get(month, []))))
        month = (month - timedelta(days=1)).replace(day=1)
    return sections


def planned(site: Site, calendar: Calendar) -> list[PlannedWork]:
    """The work that is under way, and what is to start within 14 days, the soonest first."""
    soon = (work for work in site.works if work.running or work.starts_at <= calendar.now + AHEAD)
    return [work_in_full(work, site, calendar) for work in sorted(soon, key=lambda work: not work.running)]


def _past_work(work: Work, site: Site, calendar: Calendar) -> PlannedWork:
    """A work in a line among incidents: it says what it is."""
    told = work_in_full(work, site, calendar)
    return replace(told, words=calendar.say("Planned work. %(words)s", words=told.words))


def _in_order(mixed: list[PastIncident | PlannedWork]) -> tuple[PastIncident | PlannedWork, ...]:
    """Incidents as they came; with work among them, the newest first."""
    if any(isinstance(each, PlannedWork) for each in mixed):
        return tuple(sorted(mixed, key=lambda each: each.at, reverse=True))
    return tuple(mixed)


def work_in_full(work: Work, site: Site, calendar: Calendar) -> PlannedWork:
    """A work with all that was said of it."""
    return in_words(work, {part.id: line(part.name) for part in site.components}, calendar)


def twelve_months_before(day: date) -> date:
    """The first day of the oldest month that the history shows."""
    months = day.year * 12 + day.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _beginning(site: Site, calendar: Calendar) -> date:
    """Since when there is something to report: no day before it may be called free of incidents."""
    moments = [part.created_at for part in site.components] + [thread.began_at for thread in site.threads]
    moments += [began(work) for work in site.past_works]
    return calendar.local(min(moments, default=calendar.now)).date()


def _known_since(site: Site, calendar: Calendar) -> date:
    """Since when every incident was read: where there are more than a page shows, the days before are left out."""
    ended = [thread.began_at for thread in site.threads if thread.ended_at is not None]
    return date.min if site.all_threads or not ended else calendar.local(min(ended)).date()
