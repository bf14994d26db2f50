"""Times, durations and shares as the looks want them, and texts shown without harm."""

from datetime import UTC, datetime, timedelta

import pytest

from statuspage.language import ENGLISH
from statuspage.render import units
from statuspage.words import Calendar, line, tidy

NOW = datetime(2026, 11, 24, 3, 44, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ({"seconds": 59}, "less than 1 min"),
        ({"minutes": 31, "seconds": 59}, "31 min"),
        ({"minutes": 63}, "1 h 3 min"),
        ({"hours": 2}, "2 h"),
        ({"hours": 2, "seconds": 59}, "2 h"),
        ({"days": 2, "minutes": 59}, "2 d"),
        ({"days": 1}, "1 d"),
        ({"days": 2, "hours": 4, "minutes": 59}, "2 d 4 h"),
        ({"minutes": -5}, "less than 1 min"),
    ],
)
def test_durations_are_cut_to_whole_minutes(length, words):
    assert ENGLISH.duration(timedelta(**length)) == words


def test_a_length_agrees_with_the_minutes_written_beside_it():
    start, end = datetime(2026, 11, 3, 3, 14, 50, tzinfo=UTC), datetime(2026, 11, 3, 3, 56, 10, tzinfo=UTC)
    assert ENGLISH.between(start, end) == "42 min", "it stands beside 03:14–03:56"


def test_a_share_has_two_decimals_and_only_the_whole_is_100():
    assert [ENGLISH.percent(share) for share in (99.99, 99.9, 100.0, 0.0, None)] == [
        "99.99 %",
        "99.90 %",
        "100 %",
        "0.00 %",
        "no data",
    ]


def test_moments_carry_a_date_only_where_it_is_not_today():
    calendar = Calendar("UTC", NOW)
    assert calendar.moment(NOW) == "03:44 UTC"
    assert calendar.moment(NOW - timedelta(days=1)) == "Mon 23 Nov, 03:44 UTC"
    assert calendar.day(NOW - timedelta(days=365)) == "Mon 24 Nov 2025"
    assert calendar.full(NOW) == "Tue 24 Nov 2026, 03:44 UTC"


def test_times_are_those_of_the_organisation():
    assert Calendar("Europe/Berlin", NOW).time(NOW) == "04:44 CET"
    assert Calendar("Asia/Kathmandu", NOW).time(NOW) == "09:29 UTC+0545"
    assert Calendar("America/Los_Angeles", NOW).today.day == 23


def test_a_day_of_a_clock_change_has_its_true_length():
    calendar = Calendar("Europe/Berlin", NOW)
    spring = datetime(2026, 3, 29, 12, tzinfo=UTC).date()
    assert calendar.midnight(spring + timedelta(days=1)) - calendar.midnight(spring) == timedelta(hours=23)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd"])
def test_an_unknown_time_zone_is_utc_and_noted(name, caplog):
    assert Calendar(name, NOW).time(NOW) == "03:44 UTC"
    assert "time zone" in caplog.text


def test_lists_of_names():
    assert [ENGLISH.listed(names) for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "",
        "A",
        "A and B",
        "A, B and C",
    ]


def test_control_and_direction_characters_are_not_shown():
    assert tidy("a\x00b\x1bc\u202ed\u2066e\u2069\x85f\r\ng\tö☎") == "abcde\nf\ng\tö☎"
    assert line("  Orders\u202e\n fail\t now ") == "Orders fail now"


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("42 min", "42_min"),
        ("1 h 3 min", "1_h 3_min"),
        ("03:14 to 03:56 UTC+05:30", "03:14 to 03:56_UTC+05:30"),
        ("Edited Mon 23 Nov, 03:38 CET", "Edited Mon 23_Nov, 03:38_CET"),
        ("seit Sa., 28. Nov., 23:28 Uhr MEZ, 1 Std.", "seit Sa., 28._Nov., 23:28_Uhr MEZ, 1_Std."),
        ("by 03:38 and not later", "by 03:38 and not later"),
        ("12 Components", "12 Components"),
    ],
)
def test_numbers_keep_their_units_and_hours_their_zone_in_a_line(written, whole):
    assert units(written) == whole.replace("_", "\u00a0")
