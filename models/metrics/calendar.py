"""Days and their buckets in a time zone. A day begins at its first moment there, whatever clocks were put to."""

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from models.metrics.definition import Hours
from models.words import MetricPeriod

DAY = timedelta(days=1)
EVENING, MORNING = time(22), time(7)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Bucket:
    """Days from the first to the last, both included. `whole`: nothing of its period was cut off by the range."""

    first_day: date
    last_day: date
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are asked about, cut into buckets, and as many days, or months, before them."""

    zone: ZoneInfo
    before: Bucket
    buckets: tuple[Bucket, ...]

    @property
    def whole(self) -> Bucket:
        """All days that are asked about, without those before."""
        return Bucket(self.buckets[0].first_day, self.buckets[-1].last_day)

    @property
    def alone(self) -> "Span":
        """The same without the time before."""
        first = self.buckets[0].first_day
        return replace(self, before=Bucket(first, first - DAY))

    @property
    def days(self) -> list[date]:
        """Where each bucket begins, that of the time before first, and where the last ends."""
        return [self.before.first_day, *(each.first_day for each in self.buckets), self.buckets[-1].last_day + DAY]

    @property
    def edges(self) -> list[datetime]:
        """The same as moments."""
        return [beginning(day, self.zone) for day in self.days]


def beginning(day: date, zone: ZoneInfo, at: time = time.min) -> datetime:
    """The first moment of a day in a zone, or of an hour in it: where clocks skip it, the moment of the skip."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def period_of(day: date, period: MetricPeriod) -> Bucket:
    """The whole day, week or month that a day is in."""
    if period is MetricPeriod.DAY:
        return Bucket(day, day)
    if period is MetricPeriod.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Bucket(monday, monday + 6 * DAY)
    return Bucket(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def span_of(first_day: date, last_day: date, period: MetricPeriod, zone: ZoneInfo) -> Span:
    """The span of some days, the last included."""
    buckets, day = [], first_day
    while day <= last_day:
        whole = period_of(day, period)
        cut = Bucket(day, min(whole.last_day, last_day), day == whole.first_day and whole.last_day <= last_day)
        buckets.append(cut)
        day = cut.last_day + DAY
    return Span(zone, _before(buckets, period), tuple(buckets))


def _before(buckets: list[Bucket], period: MetricPeriod) -> Bucket:
    """As many whole months before whole months, else as many days before days."""
    first, last = buckets[0].first_day, buckets[-1].last_day
    if period is MetricPeriod.MONTH and buckets[0].whole and buckets[-1].whole:
        year, month = divmod(first.year * 12 + first.month - 1 - len(buckets), 12)
        return Bucket(date(year, month + 1, 1), first - DAY)
    return Bucket(first - (last - first) - DAY, first - DAY)


def flips(hours: Hours, span: Span, zone: ZoneInfo) -> list[datetime]:
    """Moments at which nights, or weekends, of a zone begin and end in turn, from before the span to after it."""
    first, last = span.days[0] - 9 * DAY, span.days[-1] + 9 * DAY
    days = [first + n * DAY for n in range((last - first).days)]
    if hours is Hours.NIGHT:
        return [
            moment
            for day, morrow in pairwise(days)
            for moment in (beginning(day, zone, EVENING), beginning(morrow, zone, MORNING))
        ]
    return [
        moment
        for day in days
        if day.weekday() == SATURDAY
        for moment in (beginning(day, zone), beginning(day + 2 * DAY, zone))
    ]
