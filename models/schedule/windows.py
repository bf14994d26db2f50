"""When a layer counts: its hours by the clocks, and holidays."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models.schedule.plan import FreeDays, Layer, Window
from models.schedule.spans import Span, common, united, without
from models.schedule.wall import LONGEST_GAP, instant, midnight, wall_of
from models.schedule.words import HolidayRule

DAY = timedelta(days=1)
WEEK = 7


def opened(layer: Layer, zone: ZoneInfo, free_days: FreeDays, since: datetime, until: datetime) -> list[Span]:
    """When a layer counts between two moments (UTC): within its windows, and as its rule for holidays says."""
    spans = [(since, until)]
    if layer.windows:
        begun = united(span for window in layer.windows for span in _each(window, zone, since, until))
        spans = common(spans, begun)
    if layer.holidays is HolidayRule.ALSO:
        return spans
    free = free_spans(zone, free_days, since, until)
    return without(spans, free) if layer.holidays is HolidayRule.NOT else common(spans, free)


def free_spans(zone: ZoneInfo, free_days: FreeDays, since: datetime, until: datetime) -> list[Span]:
    """When holidays are between two moments (UTC): from midnight to midnight."""
    return united(
        (midnight(day, zone), midnight(day + DAY, zone)) for day in days(zone, since, until) if free_days.name(day)
    )


def days(zone: ZoneInfo, since: datetime, until: datetime, before: timedelta = LONGEST_GAP) -> Iterator[date]:
    """The dates of a zone between two moments (UTC), and a few around them."""
    day = (wall_of(since, zone) - before - LONGEST_GAP).date()
    last = (wall_of(until, zone) + 2 * LONGEST_GAP).date()
    while day <= last:
        yield day
        day += DAY


def _each(window: Window, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Span]:
    """Each time that a window comes which may touch a stretch."""
    for day in days(zone, since, until, before=timedelta(days=WEEK)):
        if not window.days or day.weekday() in window.days:
            starts = datetime.combine(day, window.start)
            yield instant(starts, zone), instant(datetime.combine(_last_day(window, day), window.end), zone)


def _last_day(window: Window, day: date) -> date:
    """On which date a window ends that begins on one."""
    later = window.end <= window.start
    if window.until_day is None:
        return day + later * DAY
    ahead = (window.until_day - day.weekday()) % WEEK
    return day + timedelta(days=WEEK if later and not ahead else ahead)
