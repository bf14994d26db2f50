"""What is wrong with schedules ahead: nobody on call, or one person twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from models.schedule.plan import Plan, Shift
from models.schedule.spans import Span, common, united, without


@dataclass(frozen=True, slots=True)
class DoubleBooking:
    """One person is on call in two schedules, by their keys, at once."""

    person: int
    starts_at: datetime
    ends_at: datetime
    schedules: tuple[int, int]


def gaps(plans: Sequence[Plan], found: Iterable[Shift], since: datetime, until: datetime) -> list[Span]:
    """When nobody is on call between two moments, from the beginning of the schedule; `found`: its shifts."""
    begins = min((plan.valid_from for plan in plans), default=until)
    whole = united([(max(since, begins), until)])
    return without(whole, united((each.starts_at, each.ends_at) for each in found))


def double_bookings(schedules: Mapping[int, Iterable[Shift]]) -> list[DoubleBooking]:
    """Who is on call in several schedules at once, in order; the shifts of each schedule by its key."""
    each_has: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for key, found in schedules.items():
        for each in found:
            each_has[each.person][key].append((each.starts_at, each.ends_at))
    twice = [
        DoubleBooking(person, since, until, (one, other))
        for person, spans in each_has.items()
        for one, other in combinations(sorted(spans), 2)
        for since, until in common(united(spans[one]), united(spans[other]))
    ]
    return sorted(twice, key=lambda each: (each.starts_at, each.person, each.schedules))
