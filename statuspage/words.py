"""How the status page writes times, and how it shows what people wrote. Its language has the rest."""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache

from core.zones import zone_or_utc
from statuspage.language import language_of

BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Embeddings, overrides and isolates: they let a text be read as another (CVE-2021-42574, "Trojan Source")."""

_BREAKS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_DROPPED = re.compile(f"[{BIDI_CONTROLS}\ufffe\uffff]")


def tidy(text: str) -> str:
    """A text as it can be shown without harm: no control characters but line feed and tab, no bidirectional controls.

    It is kept as it was written; this is for showing only. What is left is also legal in XML 1.0.
    """
    shown = _DROPPED.sub("", _BREAKS.sub("\n", text))
    if shown.replace("\n", "").isprintable():
        return shown
    return "".join(c for c in shown if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


@lru_cache(maxsize=4096)
def line(text: str) -> str:
    """The same in one line, of names and titles."""
    return " ".join(tidy(text).split())


def minute(moment: datetime) -> datetime:
    """A moment without its seconds: what is written as 03:40 counts as 03:40."""
    return moment.replace(second=0, microsecond=0)


class Calendar:
    """Writes moments in the organisation's time zone and language, as seen from `now`: dates only where not today."""

    def __init__(self, name: str, now: datetime, language: str = "en") -> None:
        self.zone = zone_or_utc(name)
        self.now = now
        self.today = now.astimezone(self.zone).date()
        self.language = language_of(language)
        self.say = self.language.say

    def local(self, moment: datetime) -> datetime:
        """The moment in the organisation's zone."""
        return moment.astimezone(self.zone)

    def abbreviation(self, moment: datetime) -> str:
        """`UTC`, `CET`, or `UTC+05:30` for zones that have no letters."""
        return self.language.zone(self.local(moment))

    def hour(self, moment: datetime) -> str:
        """`03:38`."""
        return f"{self.local(moment):%H:%M}"

    def time(self, moment: datetime) -> str:
        """`03:38 UTC`."""
        local = self.local(moment)
        return self.say("%(hour)s %(zone)s", hour=f"{local:%H:%M}", zone=self.language.zone(local))

    def on(self, day: date) -> str:
        """`Tue 24 Nov`, with the year when it is not this one."""
        return self.language.day(day, year=day.year != self.today.year)

    def day(self, moment: datetime) -> str:
        """The date of a moment."""
        return self.on(self.local(moment).date())

    def moment(self, moment: datetime) -> str:
        """`03:38 UTC` today, else `Mon 23 Nov, 03:38 UTC`."""
        near = self.local(moment).date() == self.today
        return self.time(moment) if near else self._dated(self.day(moment), moment)

    def full(self, moment: datetime) -> str:
        """`Tue 24 Nov 2026, 03:44 UTC`."""
        return self._dated(self.language.day(self.local(moment).date(), year=True), moment)

    def hours(self, start: datetime, end: datetime) -> str:
        """From when to when: `03:14 to 03:56 UTC`, with an en dash, and with the second day where it is another."""
        same = self.local(start).date() == self.local(end).date()
        until = self.time(end) if same else self._dated(self.day(end), end)
        return f"{self.hour(start)}–{until}"  # noqa: RUF001 (a range is written with an en dash)

    def window(self, start: datetime, end: datetime) -> str:
        """The same with the day and its year: `Tue 24 Nov 2026, 03:14 to 03:56 UTC`, with an en dash."""
        day = self.language.day(self.local(start).date(), year=True)
        return self.say("%(day)s, %(time)s", day=day, time=self.hours(start, end))

    def _dated(self, day: str, moment: datetime) -> str:
        return self.say("%(day)s, %(time)s", day=day, time=self.time(moment))

    def midnight(self, day: date) -> datetime:
        """When a day begins, in UTC: within one zone Python subtracts clock faces, which is wrong across a change."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
