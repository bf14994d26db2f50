"""Rotations as layers: hand-overs counted from a moment, hours of the day and the week, and who stands beside whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.schedule.plan import Layer, Plan, Shift, Window
from models.schedule.shifts import layer_shifts
from models.schedule.spans import common, united
from models.schedule.words import RotationKind
from server.remote.moving.moved import Moved

DAY, WEEK = 86_400, 7 * 86_400
HOUR, MINUTE = 3600, 60
LOOKED_AT = timedelta(weeks=10)
"""How far ahead layers are compared: beyond a hand-over of most rotations."""
SINCE = date(2000, 1, 1)
"""No schedule here begins before."""
LONGEST = {RotationKind.HOURLY: 24 * 31, RotationKind.DAILY: 366, RotationKind.WEEKLY: 53, RotationKind.MONTHLY: 12}


@dataclass(frozen=True, slots=True)
class Turns:
    """A rotation: the turn of the first of `people` begins at `anchor`, and each lasts `length` of `kind`."""

    what: str
    name: str
    people: Sequence[str]
    kind: RotationKind
    length: int
    anchor: datetime
    windows: tuple[Window, ...] = ()
    starts_at: datetime | None = None
    """Nothing of it counts before; by itself from the anchor on."""
    ends_at: datetime | None = None


def of_seconds(seconds: int) -> tuple[RotationKind, int] | None:
    """A turn's length as whole weeks, days or hours; None for one that is none of these."""
    for unit, kind in ((WEEK, RotationKind.WEEKLY), (DAY, RotationKind.DAILY), (HOUR, RotationKind.HOURLY)):
        if seconds > 0 and seconds % unit == 0:
            return kind, seconds // unit
    return None


def layer_of(moved: Moved, turns: Turns, zone: ZoneInfo, now: datetime) -> Layer | None:
    """The layer of a rotation, in a schedule that goes by a zone; None for one that is over, or can't be had here.

    The anchor is moved by whole turns to the last hand-over up to its start, and people with it: who is on call stays
    as it was. It does not depend on now, so that the same rotation gives the same layer tomorrow.
    """
    if turns.ends_at is not None and turns.ends_at <= now:
        return None
    if not turns.people:
        moved.lose(turns.what, "Nobody stands in it who could be carried over: left out.")
        return None
    if not 1 <= turns.length <= LONGEST[turns.kind]:
        moved.lose(turns.what, f"Its turns last {turns.length} times {turns.kind.value}: left out.")
        return None
    wanted = max(turns.starts_at or turns.anchor, datetime.combine(SINCE, time(), UTC) + timedelta(days=2 * 366))
    anchor, number = _moved_anchor(turns, zone, wanted)
    shifted = number % len(turns.people)
    people = [*turns.people[shifted:], *turns.people[:shifted]]
    if wanted > now and anchor.replace(tzinfo=zone) < wanted:
        moved.lose(turns.what, f"It counts from {anchor:%Y-%m-%d %H:%M} on already, when its turn begins.")
    if anchor.second:
        moved.lose(turns.what, f"Turns change at {anchor:%H:%M}, without the seconds.")
    return Layer(
        turns.name[:120],
        moved.places(people),
        turns.kind,
        anchor.date(),
        turns.length,
        anchor.time().replace(second=0, microsecond=0, tzinfo=None),
        windows=turns.windows,
        end=_end(moved, turns, zone, anchor.time()),
    )


def _moved_anchor(turns: Turns, zone: ZoneInfo, until: datetime) -> tuple[datetime, int]:
    """The last hand-over up to a moment (the first one for a rotation that begins later), and its number."""
    wall = turns.anchor.astimezone(zone).replace(tzinfo=None)
    upto = until.astimezone(zone).replace(tzinfo=None)
    if turns.kind is RotationKind.MONTHLY:
        return wall, 0
    units = {RotationKind.HOURLY: HOUR, RotationKind.DAILY: DAY, RotationKind.WEEKLY: WEEK}
    length = timedelta(seconds=units[turns.kind] * turns.length)
    number = (upto - wall) // length
    if turns.starts_at is None and wall.date() >= SINCE:
        number = 0
    return wall + number * length, number


def _end(moved: Moved, turns: Turns, zone: ZoneInfo, hand_over: time) -> date | None:
    if turns.ends_at is None:
        return None
    wall = turns.ends_at.astimezone(zone)
    if wall.time().replace(second=0) != hand_over.replace(second=0, tzinfo=None):
        moved.lose(turns.what, f"It ends on {wall:%Y-%m-%d} at {hand_over:%H:%M}, and not at {wall:%H:%M}.")
    return wall.date()


def daily(start: time, seconds: int) -> Window | None:
    """Hours of each day; None: all of it."""
    return None if seconds >= DAY else Window(start, _later(start, seconds))


def weekly(weekday: int, start: time, seconds: int) -> Window | None:
    """A stretch of the week that begins on a weekday (0 is Monday); None: all of it."""
    if seconds >= WEEK:
        return None
    if seconds <= DAY:
        return Window(start, _later(start, seconds), frozenset({weekday}))
    ends = datetime.combine(SINCE, start) + timedelta(seconds=seconds)
    return Window(start, ends.time(), frozenset({weekday}), (weekday + (ends.date() - SINCE).days) % 7)


def _later(start: time, seconds: int) -> time:
    return (datetime.combine(SINCE, start) + timedelta(seconds=seconds)).time()


def lanes(layers: Sequence[Layer], zone: ZoneInfo, now: datetime) -> list[list[Layer]]:
    """Layers that are all on call at once, in as few schedules as hold them: in each, no two count at the same time."""
    found: list[list[Layer]] = []
    plan = Plan(zone, tuple(layers), now)
    spans = {id(each): united((s.starts_at, s.ends_at) for s in _ahead(plan, each, now)) for each in layers}
    for each in layers:
        free = (lane for lane in found if not any(common(spans[id(each)], spans[id(other)]) for other in lane))
        lane = next(free, None)
        if lane is None:
            found.append([each])
        else:
            lane.append(each)
    return found


def _ahead(plan: Plan, layer: Layer, now: datetime) -> list[Shift]:
    begins = max(now, datetime.combine(layer.start, time(), UTC))
    return layer_shifts(plan, layer, begins, begins + LOOKED_AT)


def apart(layers: Sequence[Layer]) -> list[Layer]:
    """The same with names that differ."""
    seen: dict[str, int] = {}
    found: list[Layer] = []
    for each in layers:
        name = each.name or "Layer"
        count = seen[name.lower()] = seen.get(name.lower(), 0) + 1
        found.append(replace(each, name=name if count == 1 else f"{name[:110]} ({count})"))
    return found
