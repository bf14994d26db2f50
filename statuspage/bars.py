"""Ninety days of a component: one bar a day, the worst state of it, and the same days in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.uptime import Span, percent_up
from models.words import ComponentStatus
from statuspage.language import Language
from statuspage.read import BAR_DAYS, Part
from statuspage.state import SHAPE, STATUS_WITHIN, STATUS_WORDS
from statuspage.words import Calendar, line

STEP, WIDTH = 4, 360
"""Drawing units of a day and of all days; a bar is 3 wide, its foot at 28."""

BOXES = {"degraded": "13h3v15h-3z", "partial": "7h3v21h-3z", "major": "0h3v28h-3z", "work": "12h3v6h-3z"}
"""Where a bar begins and how tall it is: it grows with badness. Planned work is a detached square."""

DRAWN_AS = {
    ComponentStatus.UNDER_MAINTENANCE: "work",
    ComponentStatus.DEGRADED_PERFORMANCE: "degraded",
    ComponentStatus.PARTIAL_OUTAGE: "partial",
    ComponentStatus.MAJOR_OUTAGE: "major",
}

SPOKEN_DAYS = 10
"""So many days are put into the picture's description; the table has them all."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which a component was not simply operational."""

    index: int
    label: str
    worst: ComponentStatus
    words: str
    affected: str

    @property
    def shape(self) -> str:
        """The state for the style sheet."""
        return SHAPE[self.worst]

    @property
    def drawn_as(self) -> str:
        """The class of its bar."""
        return f"d-{DRAWN_AS[self.worst]}"

    @property
    def path(self) -> str:
        """Its bar."""
        return f"M{self.index * STEP} {BOXES[DRAWN_AS[self.worst]]}"


@dataclass(frozen=True, slots=True)
class Bars:
    """A component's last 90 days. `base`: the line of good days, which begins when the component did."""

    uptime: str
    share: float | None
    base: str
    days: tuple[Day, ...]
    description: str


def bars_of(part: Part, calendar: Calendar) -> Bars:
    """The bars of a component, in the organisation's days; uptime is that of the last 90 times 24 hours."""
    first = calendar.today - timedelta(days=BAR_DAYS - 1)
    days = _days(part, calendar, first)
    before = (calendar.local(part.created_at).date() - first).days
    start = min(max(before, 0), BAR_DAYS - 1) * STEP
    share = share_up(part, calendar)
    described = _described(days, calendar.language)
    return Bars(calendar.language.percent(share), share, f"M{start} 24h{WIDTH - start}", days, described)


def share_up(part: Part, calendar: Calendar) -> float | None:
    """Uptime of the last 90 times 24 hours, or since the component exists, in percent."""
    return percent_up(part.spans, max(part.created_at, calendar.now - timedelta(days=BAR_DAYS)), calendar.now)


def _days(part: Part, calendar: Calendar, first: date) -> tuple[Day, ...]:
    """The days since `first` on which something was wrong, or worked on."""
    hurt = tuple(span for span in part.spans if span.status is not ComponentStatus.OPERATIONAL)
    over = all(span.ended_at is not None and span.ended_at <= calendar.now for span in hurt)
    now = None if over else calendar.now
    return _days_of(hurt, calendar.zone, calendar.language.code, calendar.today, first, now)


@lru_cache(maxsize=2048)
def _days_of(
    hurt: tuple[Span, ...], zone: ZoneInfo, language: str, today: date, first: date, now: datetime | None
) -> tuple[Day, ...]:
    """The same by all that it depends on. `now` None: everything is over, and the time of day does not matter."""
    calendar = Calendar(zone.key, now or datetime.combine(today, time.max, zone), language)
    days: dict[date, tuple[ComponentStatus, timedelta]] = {}
    for span in hurt:
        day = max(calendar.local(span.started_at).date(), first)
        last = calendar.local(span.ended_at).date() if span.ended_at else calendar.today
        while day <= last:
            until = min(calendar.midnight(day + timedelta(days=1)), calendar.now)
            if length := span.within(calendar.midnight(day), until):
                worst, total = days.get(day, (span.status, timedelta()))
                days[day] = max(worst, span.status, key=lambda status: status.rank), total + length
            day += timedelta(days=1)
    return tuple(
        Day(
            (day - first).days,
            calendar.on(day),
            worst,
            calendar.say(STATUS_WORDS[worst]),
            calendar.language.duration(total),
        )
        for day, (worst, total) in sorted(days.items())
    )


@lru_cache(maxsize=1024)
def _described(days: tuple[Day, ...], language: Language) -> str:
    if not days:
        return language.say("No trouble on any day.")
    said = "; ".join(
        f"{day.label}: {language.say(STATUS_WITHIN[day.worst])}, {day.affected}" for day in days[-SPOKEN_DAYS:]
    )
    before = len(days) - SPOKEN_DAYS
    if before <= 0:
        return language.say("%(said)s.", said=said)
    return language.count(
        "%(said)s; and %(number)d earlier day.", "%(said)s; and %(number)d earlier days.", before, said=said
    )


def bars_title(part: Part, bars: Bars, language: Language) -> str:
    """The picture's title."""
    return language.say(
        "%(name)s, last %(days)d days: %(share)s uptime", name=line(part.name), days=BAR_DAYS, share=bars.uptime
    )
