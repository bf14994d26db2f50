"""Moments of a time zone's clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_GAP = timedelta(days=1)
"""By how much clocks were ever put forward at once: Samoa left out 30 December 2011."""


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clocks of a zone show a time, in UTC.

    A time that they skip is as much later as they skip (02:30 becomes 03:30); of a time that they show twice it is the
    first (RFC 5545 §3.3.5).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, in UTC."""
    return instant(datetime.combine(day, time()), zone)


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of a zone show at a moment, without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
