"""How the status page writes times, durations, shares and lists, and how it shows what people wrote."""

import logging
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Embeddings, overrides and isolates: they let a text be read as another (CVE-2021-42574, "Trojan Source")."""

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_DROPPED = re.compile(f"[{BIDI_CONTROLS}\ufffe\uffff]")

log = logging.getLogger(__name__)


def tidy(text: str) -> str:
    """A text as it can be shown without harm: no control characters but line feed and tab, no bidirectional controls.

    It is kept as it was written; this is for showing only. What is left is also legal in XML 1.0.
    """
    shown = _DROPPED.sub("", _BREAKS.sub("\n", text))
    return "".join(c for c in shown if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def line(text: str) -> str:
    """The same in one line."""
    return " ".join(tidy(text).split())


def listed(names: Sequence[str]) -> str:
    """`Checkout`, `Checkout and Search`, `Checkout, Search and Mail`."""
    if len(names) < 2:  # noqa: PLR2004 (one name stands alone)
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def duration(length: timedelta) -> str:
    """`31 min`, `1 h 3 min`, `2 d 4 h`: whole minutes, cut."""
    minutes = max(int(length.total_seconds()) // 60, 0)
    hours, days = minutes // 60, minutes // (24 * 60)
    if minutes == 0:
        return "less than 1 min"
    if hours == 0:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if days == 0 else f"{days} d {hours % 24} h"


def percent(share: float | None) -> str:
    """`99.88 %`; `100 %` only for a share without loss, which is cut and never rounded up before."""
    if share is None:
        return "no data"
    return "100 %" if share >= 100 else f"{share:.2f} %"  # noqa: PLR2004 (per cent)


def minute(moment: datetime) -> datetime:
    """A moment without its seconds: what is written as 03:40 counts as 03:40."""
    return moment.replace(second=0, microsecond=0)


def between(start: datetime, end: datetime) -> str:
    """How long it was from one written minute to another: 03:14 to 03:56 is 42 min, whatever the seconds."""
    return duration(minute(end) - minute(start))


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; UTC, and a line in the log, where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        log.warning("the organisation's time zone %r is unknown: the status page shows UTC", name)
        return ZoneInfo("UTC")


class Calendar:
    """Writes moments in the organisation's time zone, as seen from `now`: dates only where it is not today."""

    def __init__(self, name: str, now: datetime) -> None:
        self.zone = zone(name)
        self.now = now
        self.today = now.astimezone(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """The moment in the organisation's zone."""
        return moment.astimezone(self.zone)

    def abbreviation(self, moment: datetime) -> str:
        """`UTC`, `CET`, or `UTC+05:30` for zones that have no letters."""
        name = self.local(moment).tzname() or "UTC"
        return f"UTC{name}" if name[0] in "+-" else name

    def hour(self, moment: datetime) -> str:
        """`03:38`."""
        return f"{self.local(moment):%H:%M}"

    def time(self, moment: datetime) -> str:
        """`03:38 UTC`."""
        return f"{self.hour(moment)} {self.abbreviation(moment)}"

    def on(self, day: date) -> str:
        """`Tue 24 Nov`, with the year when it is not this one."""
        year = "" if day.year == self.today.year else f" {day.year}"
        return f"{day:%a} {day.day} {day:%b}{year}"

    def day(self, moment: datetime) -> str:
        """The date of a moment."""
        return self.on(self.local(moment).date())

    def moment(self, moment: datetime) -> str:
        """`03:38 UTC` today, else `Mon 23 Nov, 03:38 UTC`."""
        near = self.local(moment).date() == self.today
        return self.time(moment) if near else f"{self.day(moment)}, {self.time(moment)}"

    def full(self, moment: datetime) -> str:
        """`Tue 24 Nov 2026, 03:44 UTC`."""
        day = self.local(moment)
        return f"{day:%a} {day.day} {day:%b %Y}, {self.time(moment)}"

    def midnight(self, day: date) -> datetime:
        """When a day begins, in UTC: within one zone Python subtracts clock faces, which is wrong across a change."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
