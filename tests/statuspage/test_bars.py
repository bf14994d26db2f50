"""Ninety bars: worst state a day, true lengths, nothing before a component existed."""

from datetime import UTC, datetime, timedelta

from models.uptime import Span
from models.words import ComponentStatus
from statuspage.bars import bars_of, bars_title
from statuspage.language import ENGLISH
from statuspage.read import Part
from statuspage.words import Calendar

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAJOR, PARTIAL, DEGRADED, WORK = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.UNDER_MAINTENANCE,
)


def part(*spans, born=NOW - timedelta(days=400)):
    return Part(1, "Checkout", None, ComponentStatus.OPERATIONAL, born, archived=False, spans=spans)


def test_no_trouble_is_one_line_and_says_so():
    bars = bars_of(part(), Calendar("UTC", NOW))
    assert (bars.base, bars.days, bars.uptime) == ("M0 24h360", (), "100 %")
    assert bars.description == "No trouble on any day."
    assert bars_title(part(), bars, ENGLISH) == "Checkout, last 90 days: 100 % uptime"


def test_a_day_shows_its_worst_and_the_time_of_all():
    morning = NOW.replace(hour=1)
    spans = (
        Span(DEGRADED, morning, morning + timedelta(minutes=30)),
        Span(MAJOR, morning + timedelta(minutes=30), morning + timedelta(minutes=70)),
    )
    (day,) = bars_of(part(*spans), Calendar("UTC", NOW)).days
    assert (day.index, day.label, day.worst, day.affected) == (89, "Tue 24 Nov", MAJOR, "1 h 10 min")
    assert (day.drawn_as, day.path) == ("d-major", "M356 0h3v28h-3z")


def test_trouble_over_midnight_stands_on_both_days_of_the_organisation():
    start = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    span = Span(PARTIAL, start, start + timedelta(hours=1))
    utc = bars_of(part(span), Calendar("UTC", NOW)).days
    berlin = bars_of(part(span), Calendar("Europe/Berlin", NOW)).days
    assert [(day.label, day.affected) for day in utc] == [("Sun 22 Nov", "1 h")]
    assert [(day.label, day.affected) for day in berlin] == [("Sun 22 Nov", "30 min"), ("Mon 23 Nov", "30 min")]


def test_trouble_that_goes_on_counts_up_to_now_and_from_the_first_day_shown():
    days = bars_of(part(Span(WORK, NOW - timedelta(days=200), None)), Calendar("UTC", NOW)).days
    assert len(days) == 90
    assert (days[0].index, days[0].affected) == (0, "1 d")
    assert (days[-1].index, days[-1].affected) == (89, "12 h")
    assert days[0].path == "M0 12h3v6h-3z"


def test_days_before_a_component_existed_stay_empty_and_do_not_count():
    born = NOW - timedelta(days=2)
    young = part(Span(MAJOR, NOW - timedelta(days=1), None), born=born)
    bars = bars_of(young, Calendar("UTC", NOW))
    assert bars.base == "M348 24h12"
    assert bars.uptime == "50.00 %"


def test_many_days_are_put_into_words_only_in_part():
    spans = [Span(DEGRADED, NOW - timedelta(days=n, hours=1), NOW - timedelta(days=n)) for n in range(20, 0, -1)]
    description = bars_of(part(*spans), Calendar("UTC", NOW)).description
    assert description.endswith("; and 10 earlier days.")
    assert "Mon 23 Nov: degraded performance, 1 h" in description
