"""The quick way of telling who is on call against the slow one, across changes of the clocks of ten zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from models.schedule.findings import gaps
from models.schedule.plan import FreeDays, Layer, Override, Plan, Window
from models.schedule.shifts import on_call_at, shifts
from models.schedule.words import HolidayRule, RotationKind
from tests.effort import effort
from tests.models.schedule.reference import DAY, MINUTE, by_minute

CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/St_Johns", date(2006, 4, 2)),  # at 00:01
    ("America/St_Johns", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Casablanca", date(2026, 2, 15)),  # for Ramadan, the other way round
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that was not
    ("Asia/Kathmandu", date(1986, 1, 1)),  # by a quarter of an hour, once
    ("America/Santiago", date(2026, 9, 6)),  # there is no midnight
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Antarctica/Troll", date(2026, 3, 29)),  # by two hours
]
ROUND = some.sampled_from(
    [time(0), time(0, 1), time(1, 30), time(2), time(2, 15), time(2, 30), time(3), time(9), time(23, 30)]
)
PEOPLE = some.lists(some.integers(1, 4), max_size=4).map(tuple)
WEEKDAYS = some.none() | some.integers(0, 6)
WINDOWS = some.builds(
    Window, start=ROUND, end=ROUND, days=some.frozensets(some.integers(0, 6), max_size=3), until_day=WEEKDAYS
)
LENGTHS = {
    RotationKind.HOURLY: (1, 30),
    RotationKind.DAILY: (1, 5),
    RotationKind.WEEKLY: (1, 3),
    RotationKind.MONTHLY: (1, 2),
}


@some.composite
def layers(draw, day, name):
    kind = draw(some.sampled_from(RotationKind))
    start = day + draw(some.integers(-20, 2)) * DAY
    return Layer(
        name,
        draw(PEOPLE),
        kind,
        start,
        draw(some.integers(*LENGTHS[kind])),
        draw(ROUND),
        draw(WEEKDAYS) if kind is RotationKind.WEEKLY else None,
        draw(some.none() | some.integers(1, 31)) if kind is RotationKind.MONTHLY else None,
        draw(some.none() | some.integers(0, 20).map(lambda days: start + days * DAY)),
        tuple(draw(some.lists(WINDOWS, max_size=2))),
        draw(some.sampled_from(HolidayRule)),
    )


@some.composite
def schedules(draw):
    zone, day = draw(some.sampled_from(CHANGES))
    noon = datetime.combine(day, time(12), UTC)
    moments = some.integers(-48 * 60, 48 * 60).map(lambda minutes: noon + minutes * MINUTE)
    free = FreeDays(draw(some.dictionaries(some.integers(-2, 2).map(lambda days: day + days * DAY), some.just("x"))))
    plans = [
        Plan(
            ZoneInfo(zone),
            tuple(draw(layers(day, f"{number}.{each}")) for each in range(draw(some.integers(0, 3)))),
            begins,
            free,
        )
        for number, begins in enumerate([noon - 9 * DAY, *draw(some.lists(moments, max_size=1))])
    ]
    spans = draw(some.lists(some.tuples(moments, some.integers(1, 2000)), max_size=3))
    overrides = [
        Override(key, since, since + length * MINUTE, draw(some.none() | some.integers(1, 5)))
        for key, (since, length) in enumerate(spans)
    ]
    gone = draw(some.dictionaries(some.integers(1, 5), moments, max_size=1))
    return plans, overrides, noon - DAY, noon + DAY, gone


@settings(max_examples=effort(25, 1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(schedules())
def test_shifts_are_what_looking_at_the_clocks_every_minute_gives(case):
    plans, overrides, since, until, gone = case
    slow = by_minute(plans, overrides, since, until, gone)
    found = shifts(plans, overrides, since, until, gone)
    quick = {}
    for each in found:
        moment = each.starts_at
        while moment < each.ends_at:
            assert moment not in quick
            quick[moment] = (each.person, each.layer, each.override)
            moment += MINUTE
    differing = {at: (quick.get(at), slow.get(at)) for at in quick | slow if quick.get(at) != slow.get(at)}
    if differing:
        pytest.fail(f"(quick, slow) first {min(differing.items())}, last {max(differing.items())} of {case}")
    nobody = {moment for begins, ends in gaps(plans, found, since, until) for moment in _minutes(begins, ends)}
    assert nobody == set(_minutes(since, until)) - set(slow)
    for moment in list(_minutes(since, until))[::997]:
        now = on_call_at(plans, overrides, moment, gone)
        assert (now and (now.person, now.layer, now.override)) == slow.get(moment)


def _minutes(since, until):
    count = int((until - since) / timedelta(minutes=1))
    return [since + number * MINUTE for number in range(count)]
