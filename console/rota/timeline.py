"""A schedule drawn: a row for the result, one for each layer, days across. What it shows stands in words below it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from actions.schedules.reading import Rota
from models.schedule.load import WEEKEND
from models.schedule.plan import Shift
from models.schedule.shifts import in_force, joined, layer_shifts
from models.schedule.wall import midnight
from resolvers.schedules import gaps_in

WIDE = 1000
"""Units across."""
COLOURS = 6
DAY = timedelta(days=1)
LETTER = 9
"""Units that a letter takes, about."""


class Bar(NamedTuple):
    """A shift, or a gap (no colour), on a row."""

    x: float
    width: float
    name: str
    label: str
    colour: int | None
    title: str


class Row(NamedTuple):
    """One row."""

    name: str
    bars: list[Bar]


class Tick(NamedTuple):
    """The beginning of a day."""

    x: float
    day: date
    label: str
    free: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is drawn."""

    since: datetime
    until: datetime
    ticks: list[Tick]
    rows: list[Row]
    now: float | None


@dataclass(frozen=True, slots=True)
class Scale:
    """From moments to places."""

    since: datetime
    until: datetime
    zone: ZoneInfo

    def at(self, moment: datetime) -> float:
        """Where a moment is."""
        return round(WIDE * ((moment - self.since) / (self.until - self.since)), 2)

    def words(self, moment: datetime) -> str:
        """A moment in words, in the schedule's zone."""
        local = moment.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %H:%M}"


def window(first: date, days: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the beginning of a day on, so many days of a zone."""
    return midnight(first, zone), midnight(first + days * DAY, zone)


def timeline(rota: Rota, zone: ZoneInfo, first: date, days: int, names: dict[int, str], now: datetime) -> Timeline:
    """A schedule, for some days from a date on."""
    since, until = window(first, days, zone)
    scale = Scale(since, until, zone)
    colours = {person: index % COLOURS for index, person in enumerate(sorted(names))}
    found = joined(rota.shifts(since, until))
    result = [*_bars(found, scale, names, colours), *_gaps(gaps_in(rota, since, until), scale)]
    rows = [Row("On call", sorted(result)), *_layers(rota, scale, names, colours)]
    return Timeline(
        since, until, _ticks(rota, scale, first, days), rows, scale.at(now) if since <= now < until else None
    )


def _layers(rota: Rota, scale: Scale, names: dict[int, str], colours: dict[int, int]) -> list[Row]:
    """What each layer says by itself, the first that wins first; overrides above them."""
    rows: dict[str, list[Shift]] = {}
    over = [
        Shift(each.person, max(each.starts_at, scale.since), min(each.ends_at, scale.until))
        for each in rota.overrides
        if each.person is not None and each.starts_at < scale.until and each.ends_at > scale.since
    ]
    if over:
        rows["Overrides"] = over
    for plan, begins, ends in in_force(rota.plans, scale.since, scale.until):
        for layer in plan.layers:
            rows.setdefault(layer.name, []).extend(layer_shifts(plan, layer, begins, ends, rota.gone))
    return [Row(name, _bars(joined(found), scale, names, colours)) for name, found in rows.items()]


def _bars(found: Iterable[Shift], scale: Scale, names: dict[int, str], colours: dict[int, int]) -> list[Bar]:
    bars = []
    for each in found:
        x, name = scale.at(each.starts_at), names.get(each.person, "somebody")
        width = round(scale.at(each.ends_at) - x, 2)
        title = f"{name}, {scale.words(each.starts_at)} to {scale.words(each.ends_at)}"
        bars.append(Bar(x, width, name, _label(name, width), colours.get(each.person, 0), title))
    return bars


def _gaps(spans: Sequence[tuple[datetime, datetime]], scale: Scale) -> list[Bar]:
    return [
        Bar(
            scale.at(since),
            round(scale.at(until) - scale.at(since), 2),
            "Nobody",
            _label("Nobody", scale.at(until) - scale.at(since)),
            None,
            f"Nobody, {scale.words(since)} to {scale.words(until)}",
        )
        for since, until in spans
    ]


def _label(name: str, width: float) -> str:
    """As much of a name as there is room for: all, the first part, initials, nothing."""
    initials = "".join(part[0] for part in name.split()[:2])
    return next((each for each in (name, name.split(maxsplit=1)[0], initials) if len(each) * LETTER + 8 <= width), "")


def _ticks(rota: Rota, scale: Scale, first: date, days: int) -> list[Tick]:
    free = rota.plans[-1].free_days if rota.plans else None
    found = []
    for index in range(days):
        day = first + index * DAY
        label = f"{day:%a} {day.day}" if days <= 14 or day.weekday() == 0 else ""  # noqa: PLR2004 (two weeks)
        is_free = day.weekday() in WEEKEND.days or bool(free and free.name(day))
        found.append(Tick(scale.at(midnight(day, scale.zone)), day, label, is_free))
    return found
