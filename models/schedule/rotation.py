"""Whose turn it is in a layer: hand-overs, counted by the clocks of a zone."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer
from models.schedule.spans import Span
from models.schedule.wall import LONGEST_GAP, instant, wall_of
from models.schedule.words import RotationKind

WEEK = 7
MONTHS = 12
STEPS = {
    RotationKind.HOURLY: timedelta(hours=1),
    RotationKind.DAILY: timedelta(days=1),
    RotationKind.WEEKLY: timedelta(weeks=1),
}


def turns(layer: Layer, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[tuple[int, Span]]:
    """Whose turn it is between two moments (UTC), in order, as if the layer had no windows: person, from, to.

    The turn at a moment is the last, by number, whose hand-over has come. So where clocks skip several hand-overs the
    people in between have no turn.
    """
    if not layer.participants:
        return
    begins = instant(datetime.combine(layer.start, layer.hand_over), zone)
    ends = instant(datetime.combine(layer.end, layer.hand_over), zone) if layer.end is not None else until
    since, until = max(since, begins), min(until, ends)
    if since >= until:
        return
    first = max(0, _number(layer, wall_of(since, zone) - 2 * LONGEST_GAP))
    last = max(0, _number(layer, wall_of(until, zone) + 2 * LONGEST_GAP) + 1)
    follows = until
    found: list[tuple[int, Span]] = []
    for number in range(last, first - 1, -1):
        moment = max(since, instant(_hand_over(layer, number), zone)) if number else since
        if moment < follows:
            found.append((layer.participants[number % len(layer.participants)], (moment, follows)))
            follows = moment
    yield from reversed(found)


def _anchor(layer: Layer) -> date:
    """The date of the hand-over that turn 0 counts from: the last fitting one up to the start."""
    if layer.kind is RotationKind.WEEKLY and layer.weekday is not None:
        return layer.start - timedelta(days=(layer.start.weekday() - layer.weekday) % WEEK)
    if layer.kind is RotationKind.MONTHLY:
        this = _in_month(layer, layer.start.year * MONTHS + layer.start.month - 1)
        if this > layer.start:
            return _in_month(layer, layer.start.year * MONTHS + layer.start.month - 2)
        return this
    return layer.start


def _in_month(layer: Layer, month: int) -> date:
    """The day of a hand-over in a month, counted from year 0."""
    year, index = divmod(month, MONTHS)
    day = layer.day or layer.start.day
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))


def _hand_over(layer: Layer, number: int) -> datetime:
    """What the clocks show at the beginning of a turn."""
    anchor = _anchor(layer)
    if layer.kind is RotationKind.MONTHLY:
        month = anchor.year * MONTHS + anchor.month - 1 + number * layer.length
        return datetime.combine(_in_month(layer, month), layer.hand_over)
    return datetime.combine(anchor, layer.hand_over) + number * layer.length * STEPS[layer.kind]


def _number(layer: Layer, wall: datetime) -> int:
    """The turn that a time of the clocks belongs to, or the one before it."""
    anchor = _anchor(layer)
    if layer.kind is RotationKind.MONTHLY:
        return ((wall.year - anchor.year) * MONTHS + wall.month - anchor.month - 1) // layer.length
    return (wall - datetime.combine(anchor, layer.hand_over)) // (layer.length * STEPS[layer.kind])
