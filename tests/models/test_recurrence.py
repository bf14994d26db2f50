"""Recurrence rules: RFC 5545, the clocks of a zone, and rules that would never end."""

from datetime import UTC, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from models.recurrence import WINDOW, RuleError, check_yield, occurrences, read_rule

BERLIN, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
HOUR = timedelta(hours=1)
MARCH = datetime(2026, 3, 24, 1, tzinfo=UTC)
"""A Tuesday, 02:00 in Berlin; the clocks go forward on 29 March, from 02:00 to 03:00."""


def starts(text, starts_at=MARCH, zone=BERLIN, until=None):
    return list(occurrences(read_rule(text), starts_at, zone, until or starts_at + WINDOW))


def test_two_in_the_morning_stays_two_in_the_morning():
    first, second, third = starts("FREQ=WEEKLY;BYDAY=TU;COUNT=3")
    assert [first, second, third] == [MARCH, MARCH + timedelta(days=7) - HOUR, MARCH + timedelta(days=14) - HOUR]
    assert {moment.astimezone(BERLIN).hour for moment in (first, second, third)} == {2}


def test_a_time_that_the_clocks_leave_out_is_taken_by_the_offset_before_and_one_shown_twice_is_the_first():
    spring = starts("FREQ=WEEKLY;COUNT=2", datetime(2026, 3, 22, 1, 30, tzinfo=UTC))
    assert spring[1] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    autumn = starts("FREQ=WEEKLY;COUNT=2", datetime(2026, 10, 18, 0, 30, tzinfo=UTC))
    assert autumn[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_until_is_a_moment_and_counts():
    assert len(starts("FREQ=DAILY;UNTIL=20260326T010000Z")) == 3
    assert len(starts("FREQ=DAILY;UNTIL=20260326T005959Z")) == 2


def test_the_29th_of_february_and_the_last_friday():
    leap = datetime(2028, 2, 29, 3, tzinfo=UTC)
    assert starts("FREQ=YEARLY", leap, UTC_ZONE, datetime(2037, 1, 1, tzinfo=UTC)) == [
        leap,
        leap.replace(year=2032),
        leap.replace(year=2036),
    ]
    last = starts("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", datetime(2026, 1, 30, tzinfo=UTC), UTC_ZONE)
    assert [moment.day for moment in last] == [30, 27, 27]


def test_the_calendar_runs_on_across_2100_which_has_no_leap_day():
    days = starts("FREQ=DAILY", datetime(2100, 2, 27, tzinfo=UTC), UTC_ZONE, datetime(2100, 3, 2, tzinfo=UTC))
    assert [(day.month, day.day) for day in days] == [(2, 27), (2, 28), (3, 1), (3, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6,9,11",
        "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=9",
        "FREQ=DAILY;UNTIL=20200101T000000Z",
        "FREQ=YEARLY;BYYEARDAY=1;BYMONTH=2",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=300;INTERVAL=1000",
        "FREQ=DAILY;INTERVAL=1000;BYMONTH=1;BYDAY=MO;BYMONTHDAY=2",
    ],
)
def test_a_rule_that_never_gives_anything_is_found_out_at_once(text):
    begun = process_time()
    with pytest.raises(RuleError, match="gives nothing within a year"):
        check_yield(read_rule(text), datetime(2026, 3, 3, tzinfo=UTC), UTC_ZONE, HOUR)
    assert process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=SECONDLY", "more often than work is planned"),
        ("FREQ=MINUTELY;COUNT=2", "more often"),
        ("FREQ=HOURLY;INTERVAL=12", "more often"),
        ("FREQ=DAILY;BYHOUR=1,2,3,4,5", "5 times a day"),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30", "6 times a day"),
        ("FREQ=DAILY;BYSECOND=" + ",".join(str(second) for second in range(60)), "60 times a day"),
        ("FREQ=FORTNIGHTLY", "no frequency"),
        ("BYDAY=MO", "no frequency"),
        ("", "no RFC 5545"),
        ("every tuesday", "no RFC 5545"),
        ("FREQ=DAILY;", "no RFC 5545"),
        ("FREQ=DAILY\nRRULE:FREQ=SECONDLY", "no RFC 5545"),
        ("FREQ=DAILY;EXDATE=20260101T000000Z", "no part"),
        ("FREQ=DAILY;BYEASTER=1", "no part"),
        ("FREQ=DAILY;DTSTART=20260101T000000Z", "no part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101T000000Z", "not both"),
        ("FREQ=DAILY;UNTIL=20270101", "no moment in UTC"),
        ("FREQ=DAILY;UNTIL=20271301T000000Z", "no moment in UTC"),
        ("FREQ=DAILY;COUNT=0", "COUNT can't be"),
        ("FREQ=DAILY;COUNT=99999", "COUNT can't be"),
        ("FREQ=DAILY;COUNT=1,2", "one number"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL can't be"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL can't be"),
        ("FREQ=DAILY;INTERVAL=999999999999", "INTERVAL can't be"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY can't be"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY can't be"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "does not go with"),
        ("FREQ=WEEKLY;BYDAY=1MO", "does not go with"),
        ("FREQ=MONTHLY;BYYEARDAY=3", "does not go with"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "does not go with"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "don't go with BYWEEKNO"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY can't be"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY can't be"),
        ("FREQ=WEEKLY;WKST=1MO", "is no day"),
        ("FREQ=MONTHLY;BYSETPOS=1", "chooses among"),
        ("FREQ=WEEKLY;BYDAY=" + ",".join(["MO"] * 80), "200 characters"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_reason(text, why):
    with pytest.raises(RuleError, match=why) as refused:
        read_rule(text)
    assert refused.value.hint


def test_a_rule_must_give_its_own_start_and_no_work_before_the_last_is_over():
    wednesday = MARCH + timedelta(days=1)
    with pytest.raises(RuleError, match="does not give the moment") as refused:
        check_yield(read_rule("FREQ=WEEKLY;BYDAY=TU"), wednesday, BERLIN, HOUR)
    assert "2026-03-31T02:00:00+02:00" in refused.value.hint
    with pytest.raises(RuleError, match="before it is over"):
        check_yield(read_rule("FREQ=DAILY"), MARCH, BERLIN, timedelta(hours=24))  # one of its days has 23
    check_yield(read_rule("FREQ=DAILY"), MARCH, BERLIN, timedelta(hours=23))


DAYS = ["BYDAY=MO", "BYDAY=-1FR", "BYMONTH=2", "BYMONTHDAY=31", "BYMONTHDAY=-30", "BYWEEKNO=53", "BYYEARDAY=366"]
ENDS = ["COUNT=9999", "UNTIL=99991231T235959Z", "UNTIL=20200101T000000Z"]
PARTS = some.sampled_from([*DAYS, *ENDS, "BYSETPOS=366", "INTERVAL=997", "BYHOUR=2", "BYMINUTE=0,30", "WKST=SU"])


@settings(max_examples=100, deadline=None)
@given(
    some.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    some.lists(PARTS, max_size=5, unique=True),
    some.datetimes(datetime(2024, 1, 1), datetime(2099, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001
)
def test_no_rule_takes_long_or_gives_too_much(frequency, parts, start):
    start = start.replace(microsecond=0)
    try:
        rule = read_rule(";".join([f"FREQ={frequency}", *parts]))
    except RuleError:
        return
    begun = process_time()
    given_ = list(occurrences(rule, start, BERLIN, start + WINDOW))
    assert process_time() - begun < 2
    assert len(given_) <= 4 * 367
    assert all(start - HOUR <= moment <= start + WINDOW for moment in given_)
