"""How a reader gets on in the history: to the months beside this one, and to the rest of a long one."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from statuspage.archive import Sought
from statuspage.read import Site
from statuspage.words import Calendar


@dataclass(frozen=True, slots=True)
class Link:
    """An address and what it leads to."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a page of the history is of, and where it goes on. `first`, `last`: the months there are, as `2026-11`."""

    heading: str
    nothing: str
    words: str
    month: str
    first: str
    last: str
    more: Link | None = None
    newer: Link | None = None
    older: Link | None = None


def turn(site: Site, calendar: Calendar, sought: Sought) -> Turn:
    """For a page of a month, or of what was found."""
    first, last = _ends(site, calendar)
    words = " ".join(sought.words)
    asked = {"q": words} if sought.month is None else {"month": _key(sought.month)}
    more = None
    if not site.all_threads:
        more = Link(
            f"/history?{urlencode({**asked, 'before': site.threads[-1].reference})}",
            calendar.say("More, from before these"),
        )
    if sought.month is None:
        nothing = calendar.say("Nothing that we published has all of these words, as words or beginnings of words.")
        heading = calendar.say("Incidents with “%(words)s”", words=words)
        return Turn(heading, nothing, words, "", _key(first), _key(last), more)
    before, after_ = (sought.month - timedelta(days=1)).replace(day=1), _next(sought.month)
    return Turn(
        heading=calendar.say("Incidents in %(month)s", month=calendar.language.month(sought.month)),
        nothing=_silence(sought.month, first, last, calendar),
        words="",
        month=_key(sought.month),
        first=_key(first),
        last=_key(last),
        more=more,
        newer=_to(after_, calendar) if after_ <= last else None,
        older=_to(before, calendar) if before >= first else None,
    )


def after(site: Site, calendar: Calendar, months: int) -> Turn:
    """For the page of the newest months: where those before them are."""
    first, last = _ends(site, calendar)
    oldest = last
    for _ in range(months):
        oldest = (oldest - timedelta(days=1)).replace(day=1)
    if not site.all_threads:  # the last one shown may be there in part
        oldest = _next(oldest)
    older = _to(oldest, calendar) if oldest >= first else None
    return Turn(calendar.say("Incidents by month"), "", "", "", _key(first), _key(last), older=older)


def _silence(month: date, first: date, last: date, calendar: Calendar) -> str:
    """What is said of a month without incidents: good news only where there is something to report on."""
    if month > last:
        return calendar.say("This month is yet to come.")
    if month < first:
        return calendar.say("Nothing was published as early as that.")
    return calendar.say("No incidents in %(month)s.", month=calendar.language.month(month))


def _ends(site: Site, calendar: Calendar) -> tuple[date, date]:
    last = calendar.today.replace(day=1)
    moments = [part.created_at for part in site.components] + ([site.first_at] if site.first_at else [])
    first = min((calendar.local(moment).date() for moment in moments), default=last)
    return min(first.replace(day=1), last), last


def _to(month: date, calendar: Calendar) -> Link:
    return Link(f"/history?month={_key(month)}", calendar.language.month(month))


def _key(month: date) -> str:
    return f"{month.year:04}-{month.month:02}"


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
