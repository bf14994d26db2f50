"""Incidents as the page tells them: the open ones in full, past ones in a line, by day and by month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from models.words import ComponentStatus
from statuspage.markdown import html_of
from statuspage.read import Said, Site, Thread
from statuspage.state import SAID_WORDS, SHAPE, STATUS_WORDS, Promise, affected, kept_promise, next_promise, title_of
from statuspage.words import Calendar, between, line

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


@dataclass(frozen=True, slots=True)
class Section:
    """A day or a month, and its incidents."""

    label: str
    incidents: tuple[PastIncident, ...]


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
    )


def _now(thread: Thread) -> ComponentStatus:
    """How bad it is by its last word on each component; unnamed trouble counts as degraded performance."""
    if thread.ended_at is not None:
        return ComponentStatus.OPERATIONAL
    latest = {key: status for said in thread.standing for key, status in said.changes}
    return max(latest.values(), key=lambda status: status.rank, default=ComponentStatus.DEGRADED_PERFORMANCE)


def _kicker(thread: Thread, calendar: Calendar) -> str:
    if thread.ended_at is None:
        length = between(thread.began_at, calendar.now)
        return f"{SAID_WORDS[thread.last.status]}. Since {calendar.moment(thread.began_at)}, {length}"
    length = between(thread.began_at, thread.ended_at)
    return f"Resolved. {calendar.day(thread.began_at)}, {_hours(thread, calendar)}, {length}"


def _hours(thread: Thread, calendar: Calendar) -> str:
    """From when to when, with the second day where it is another."""
    ended = thread.ended_at
    if ended is None:
        return f"since {calendar.time(thread.began_at)}"
    same = calendar.local(thread.began_at).date() == calendar.local(ended).date()
    until = calendar.time(ended) if same else f"{calendar.day(ended)}, {calendar.time(ended)}"
    return f"{calendar.hour(thread.began_at)}–{until}"  # noqa: RUF001 (a range is written with an en dash)


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
            heading="An update was withdrawn" if gone else SAID_WORDS[said.status],
            body=None if gone else html_of(said.body),
            edited=calendar.moment(said.edited_at) if said.edited_at and not gone else None,
            changes=() if gone else tuple(_changes(said, names)),
            promise=None if gone else kept_promise(said, thread, calendar),
        )
        before = day


def _changes(said: Said, names: dict[int, str]) -> Iterable[tuple[str, str]]:
    return ((names.get(key, "A component"), STATUS_WORDS[status].lower()) for key, status in said.changes)


def in_a_line(thread: Thread, site: Site, calendar: Calendar) -> PastIncident:
    """An incident with its worst and its length."""
    statuses = [status for said in thread.standing for _, status in said.changes]
    worst = max(statuses, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)
    named = worst is not ComponentStatus.OPERATIONAL
    if thread.ended_at is None:
        words = f"Not over yet: {SAID_WORDS[thread.last.status][0].lower()}{SAID_WORDS[thread.last.status][1:]}."
    else:
        length = between(thread.began_at, thread.ended_at)
        words = f"{STATUS_WORDS[worst]}, {length}." if named else f"Resolved after {length}."
    return PastIncident(
        reference=thread.reference,
        title=title_of(thread, site),
        shape=SHAPE[worst] if named else "unknown",
        day=calendar.day(thread.began_at),
        at=thread.began_at,
        hours=_hours(thread, calendar),
        words=words,
    )


def by_day(site: Site, calendar: Calendar) -> list[Section]:
    """The past 14 days, each with the incidents that began on it, or ended on it if they began before all of them."""
    first = max(calendar.today - timedelta(days=PAST_DAYS - 1), _beginning(site, calendar))
    first = max(first, _known_since(site, calendar))
    days: dict[date, list[PastIncident]] = {}
    for thread in site.threads:
        day = calendar.local(thread.began_at).date()
        if day < first and thread.ended_at is not None:
            day = calendar.local(thread.ended_at).date()
        days.setdefault(day, []).append(in_a_line(thread, site, calendar))
    count = (calendar.today - first).days + 1
    every = (calendar.today - timedelta(days=back) for back in range(count))
    return [Section(calendar.on(day), tuple(days.get(day, ()))) for day in every]


def by_month(site: Site, calendar: Calendar) -> list[Section]:
    """The past twelve months, the newest first, by when incidents began."""
    months: dict[date, list[PastIncident]] = {}
    for thread in site.threads:
        month = calendar.local(thread.began_at).date().replace(day=1)
        months.setdefault(month, []).append(in_a_line(thread, site, calendar))
    first = max(twelve_months_before(calendar.today), _beginning(site, calendar), _known_since(site, calendar))
    first = first.replace(day=1)
    sections, month = [], calendar.today.replace(day=1)
    while month >= first:
        sections.append(Section(f"{month:%B %Y}", tuple(months.get(month, ()))))
        month = (month - timedelta(days=1)).replace(day=1)
    return sections


def twelve_months_before(day: date) -> date:
    """The first day of the oldest month that the history shows."""
    months = day.year * 12 + day.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _beginning(site: Site, calendar: Calendar) -> date:
    """Since when there is something to report: no day before it may be called free of incidents."""
    moments = [part.created_at for part in site.components] + [thread.began_at for thread in site.threads]
    return calendar.local(min(moments, default=calendar.now)).date()


def _known_since(site: Site, calendar: Calendar) -> date:
    """Since when every incident was read: where there are more than a page shows, the days before are left out."""
    ended = [thread.began_at for thread in site.threads if thread.ended_at is not None]
    return date.min if site.all_threads or not ended else calendar.local(min(ended)).date()
