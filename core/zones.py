"""Time zones by their IANA names, as settings hold them."""

import logging
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNKNOWN = (ZoneInfoNotFoundError, ValueError, OSError)
"""What ZoneInfo raises for a name that is none, by kind of name."""

log = logging.getLogger(__name__)


def known_zone(name: str) -> bool:
    """Whether this machine knows a time zone of that name."""
    try:
        ZoneInfo(name)
    except UNKNOWN:
        return False
    return True


def zone_or_utc(name: str) -> ZoneInfo:
    """The time zone of an IANA name; UTC, and a line in the log, where this machine knows none of that name."""
    try:
        return ZoneInfo(name)
    except UNKNOWN:
        log.warning("the time zone %r is unknown here: times are shown in UTC", name)
        return ZoneInfo("UTC")
