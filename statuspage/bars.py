"""Ninety days of a component: one bar a day, the worst state of it, and the same days in words."""

from dataclasses import dataclass
from datetime import date, timedelta

from models.uptime import percent_up
from models.words import ComponentStatus
from statuspage.read import BAR_DAYS, Part
from statuspage.state import SHAPE, STATUS_WORDS
from statuspage.words import Calendar, duration, line, percent

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
    affected: str

    @property
    def shape(self) -> str:
        """The state for the style sheet."""
        return SHAPE[self.worst]

    @property
    def words(self) -> str:
        """The state in words."""
        return STATUS_WORDS[self.worst]

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
    return Bars(percent(share), share, f"M{start} 24h{WIDTH - start}", days, _described(days))


def share_up(part: Part, calendar: Calendar) -> float | None:
    """Uptime of the last 90 times 24 hours, or since the component exists, in percent."""
    return percent_up(part.spans, max(part.created_at, calendar.now - timedelta(days=BAR_DAYS)), calendar.now)


def _days(part: Part, calendar: Calendar, first: date) -> tuple[Day, ...]:
    """The days since `first` on which something was wrong, or worked on."""
    hurt: dict[date, tuple[ComponentStatus, timedelta]] = {}
    for span in part.spans:
        if span.status is ComponentStatus.OPERATIONAL:
            continue
        day = max(calendar.local(span.started_at).date(), first)
        last = calendar.local(span.ended_at).date() if span.ended_at else calendar.today
        while day <= last:
            until = min(calendar.midnight(day + timedelta(days=1)), calendar.now)
            if length := span.within(calendar.midnight(day), until):
                worst, total = hurt.get(day, (span.status, timedelta()))
                hurt[day] = max(worst, span.status, key=lambda status: status.rank), total + length
            day += timedelta(days=1)
    return tuple(
        Day((day - first).days, calendar.on(day), worst, duration(total))
        for day, (worst, total) in sorted(hurt.items())
    )


def _described(days: tuple[Day, ...]) -> str:
    if not days:
        return "No trouble on any day."
    said = [f"{day.label}: {day.words.lower()}, {day.affected}" for day in days[-SPOKEN_DAYS:]]
    before = len(days) - len(said)
    return "; ".join(said) + (f"; and {before} earlier days." if before else ".")


def bars_title(part: Part, bars: Bars) -> str:
    """The picture's title."""
    return f"{line(part.name)}, last {BAR_DAYS} days: {bars.uptime} uptime"
