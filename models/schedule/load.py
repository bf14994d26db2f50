"""How on-call time is shared: hours of each person, and how many of them at night, at weekends and on holidays."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from models.schedule.plan import NO_FREE_DAYS, Layer, Plan, Shift, Window
from models.schedule.shifts import in_force
from models.schedule.spans import Span, common, seconds, united
from models.schedule.windows import free_spans, opened
from models.schedule.words import HolidayRule, RotationKind

NIGHT = Window(time(22), time(6))
"""Night time: at least seven hours, with those from midnight to five (Directive 2003/88/EC, Article 2(3))."""
WEEKEND = Window(time(), time(), frozenset({5, 6}))


@dataclass(frozen=True, slots=True)
class Load:
    """How long somebody is on call, in seconds. An hour may count as one of the night, a weekend and a holiday."""

    person: int
    total: int
    night: int
    weekend: int
    holiday: int
    shifts: int
    """How many times it began, by a hand-over."""


def load(plans: Sequence[Plan], found: Iterable[Shift], since: datetime, until: datetime) -> list[Load]:
    """The load of each person between two moments, by key; `found`: the shifts of the schedule between them."""
    nights: list[Span] = []
    weekends: list[Span] = []
    free: list[Span] = []
    for plan, begins, ends in in_force(plans, since, until):
        nights += _hours(NIGHT, plan.zone, begins, ends)
        weekends += _hours(WEEKEND, plan.zone, begins, ends)
        free += common(free_spans(plan.zone, plan.free_days, begins, ends), [(begins, ends)])
    each_has: dict[int, list[Span]] = defaultdict(list)
    for each in found:
        each_has[each.person].append((each.starts_at, each.ends_at))
    return [_of(person, spans, nights, weekends, free) for person, spans in sorted(each_has.items())]


def _of(person: int, spans: list[Span], nights: list[Span], weekends: list[Span], free: list[Span]) -> Load:
    has = united(spans)
    night, weekend, holiday = (seconds(common(has, of)) for of in (nights, weekends, free))
    return Load(person, seconds(has), night, weekend, holiday, len(spans))


def _hours(window: Window, zone: ZoneInfo, since: datetime, until: datetime) -> list[Span]:
    """When a window is open between two moments."""
    layer = Layer("", (), RotationKind.DAILY, date.min, windows=(window,), holidays=HolidayRule.ALSO)
    return opened(layer, zone, NO_FREE_DAYS, since, until)
