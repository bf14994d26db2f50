"""Which days a dashboard is of: a period by name, or other days, and the length of its buckets."""

from datetime import date, timedelta

from console.fields import Fields
from core.errors import invalid
from models.metrics.calendar import period_of
from models.words import MetricPeriod

PERIODS = {
    "4w": "Last 4 weeks",
    "12w": "Last 12 weeks",
    "26w": "Last 26 weeks",
    "quarter": "This quarter",
    "year": "This year",
    "days": "Other days",
}
WEEKS = {"4w": 4, "12w": 12, "26w": 26}
OTHER, USUAL = "days", "12w"
BY = {"day": MetricPeriod.DAY, "week": MetricPeriod.WEEK, "month": MetricPeriod.MONTH}
LONG = 190
"""Days beyond which a chart is by month, if nothing else is asked."""


def period_asked(fields: Fields) -> str:
    """Which period an address names; days without a period are other days."""
    given = fields.optional("period")
    return given or (OTHER if "from" in fields or "to" in fields else USUAL)


def days_asked(fields: Fields, today: date) -> tuple[date, date, MetricPeriod]:
    """The first and the last day that count, and how long buckets are. INVALID_INPUT on the field of the form."""
    chosen = period_asked(fields)
    if chosen not in PERIODS:
        raise invalid("period", f"{chosen[:40]!r} is no period.", f"Choose {', '.join(PERIODS)}.")
    first, last = (_day(fields, "from"), _day(fields, "to")) if chosen == OTHER else until(chosen, today)
    by = fields.optional("by")
    if by is not None and by not in BY:
        raise invalid("by", f"{by[:40]!r} is no length of time.", f"Choose {', '.join(BY)}.")
    usual = MetricPeriod.MONTH if (last - first).days > LONG else MetricPeriod.WEEK
    return first, last, BY[by] if by else usual


def until(chosen: str, today: date) -> tuple[date, date]:
    """The days of a period: whole weeks, the present one included; of a quarter and a year, those so far."""
    if chosen in WEEKS:
        week = period_of(today, MetricPeriod.WEEK)
        return week.first_day - timedelta(weeks=WEEKS[chosen] - 1), week.last_day
    month = 1 if chosen == "year" else today.month - (today.month - 1) % 3
    return date(today.year, month, 1), today


def _day(fields: Fields, name: str) -> date:
    given = fields.optional(name)
    if given is None:
        raise invalid(name, "The day is missing.", "Give the first day and the last; both count.")
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise invalid(name, f"{given[:40]!r} is not a day.", "Write it as 2026-11-24.") from None
