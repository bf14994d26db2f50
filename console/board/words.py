"""How the dashboard says numbers: values, how they compare with the time before, and days."""

from datetime import date, timedelta

from actions.metrics.figures import Figures
from console.times import lasting
from models.metrics.calendar import Bucket, Span, period_of
from models.metrics.definition import Definition
from models.words import LeftOut, MetricPeriod, MetricUnit

NONE = "none"
NOTHING = TO = "\u2013"
"""A dash: where there is no figure; and between the ends of a range."""
WEEK = 7
POINTS = 100
WHY = {
    LeftOut.NO_START: "It is not known when it began",
    LeftOut.NO_END: "It has not come to that yet",
    LeftOut.END_BEFORE_START: "The end came before the start",
    LeftOut.DECLARED_DIRECTLY: "It was declared directly: nothing waited",
}
"""Why an incident has no value in a metric."""


def spoken(unit: MetricUnit, value: float) -> str:
    """A value as people read it: `1 h 3 min`, `66 %` (cut, not rounded up), `12`."""
    if unit is MetricUnit.SECONDS:
        return lasting(timedelta(seconds=value))
    if unit is MetricUnit.HOURS:
        return f"{value:.1f} h"
    if unit is MetricUnit.SHARE:
        return f"{int(round(value * POINTS, 4))}\u00a0%"
    return plain(value)


def plain(value: float) -> str:
    """A number with at most one decimal, thousands set apart."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def cases(definition: Definition, count: int) -> str:
    """How many of what: `1 incident`, `52 promises`."""
    noun = NOUNS.get(definition.key, "person" if definition.per_person else "incident")
    many = "people" if noun == "person" else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


NOUNS = {"promises_kept": "promise", "action_items_in_time": "action item", "time_to_fill_roles": "role"}
"""What is counted, where it is not incidents or people."""


def headline(definition: Definition, figures: Figures) -> str:
    """The figure that stands for all; where there are too few for one, how many they are."""
    if not figures.count:
        return NONE
    if definition.unit is MetricUnit.SHARE and not figures.too_few:
        return f"{kept_of(figures)} of {figures.count:,}"
    value = figures.headline
    return cases(definition, figures.count) if value is None else spoken(definition.unit, value)


def kept_of(figures: Figures) -> int:
    """How many of a share are what is asked for."""
    return round((figures.mean or 0.0) * figures.count)


def against(definition: Definition, now: Figures, before: Figures, earlier: str) -> str:
    """How the headline compares with the time before: `12 min less than the 12 weeks before`."""
    if not now.count:
        return "Nothing in these days."
    if now.too_few:
        return "Too few for a figure: below five it would tell of chance."
    old, new = before.headline, now.headline
    if old is None or new is None:
        return f"Too few in {earlier} to compare."
    return f"{_difference(definition.unit, new, old)} {earlier}.".capitalize()


def _difference(unit: MetricUnit, new: float, old: float) -> str:
    more = new - old
    if unit is MetricUnit.SECONDS:
        length = lasting(timedelta(seconds=abs(more)))
        same = length.startswith("less")
        return "as long as in" if same else f"{length} {'more' if more > 0 else 'less'} than in"
    if unit is MetricUnit.SHARE:
        points = abs(int(round(new * POINTS, 4)) - int(round(old * POINTS, 4)))
        word = "point" if points == 1 else "points"
        return f"{points} {word} {'more' if more > 0 else 'fewer'} than in" if points else "the same share as in"
    return f"{plain(abs(more))} {'more' if more > 0 else 'fewer'} than in" if more else "as many as in"


def earlier(span: Span) -> str:
    """What the time before is called: `the 12 weeks before`."""
    before = span.before
    months = _whole_months(before)
    if months:
        return "the month before" if months == 1 else f"the {months} months before"
    return f"the {_days(before)} before".replace("the 1 ", "the ")


def _days(days: Bucket) -> str:
    count = (days.last_day - days.first_day).days + 1
    weeks, rest = divmod(count, WEEK)
    if rest:
        return f"{count} day{'s' if count > 1 else ''}"
    return f"{weeks} week{'s' if weeks > 1 else ''}"


def _whole_months(days: Bucket) -> int:
    last = period_of(days.last_day, MetricPeriod.MONTH)
    if days.first_day.day != 1 or days.last_day != last.last_day:
        return 0
    return (days.last_day.year - days.first_day.year) * 12 + days.last_day.month - days.first_day.month + 1


def day(value: date, *, year: bool = False) -> str:
    """`31 Aug`, with the year where it must be said."""
    return f"{value.day} {value:%b}{f' {value.year}' if year else ''}"


def days_of(first: date, last: date) -> str:
    """`7 Sep to 29 Nov 2026`."""
    return f"{day(first, year=first.year != last.year)} to {day(last, year=True)}"


def bucket(days: Bucket, period: MetricPeriod) -> str:
    """What a bucket is called: a week by its first day, a month by its name."""
    if period is MetricPeriod.MONTH:
        return f"{days.first_day:%b %Y}" if days.whole else f"{day(days.first_day)} to {day(days.last_day)}"
    return day(days.first_day)


EACH = {MetricPeriod.DAY: "day", MetricPeriod.WEEK: "week", MetricPeriod.MONTH: "month"}
HEAD = {MetricPeriod.DAY: "Day", MetricPeriod.WEEK: "Week of", MetricPeriod.MONTH: "Month"}
