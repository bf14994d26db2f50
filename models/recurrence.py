"""When recurring work comes: a recurrence rule (RFC 5545 §3.3.10), counted as the clocks of a time zone show it.

The rules themselves are python-dateutil's. What it does not do is done here: it takes what the RFC forbids, and where a
rule has nothing to give (31 February) it looks on up to the year 9999, which takes seconds, or for ever.
"""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from itertools import pairwise
from math import prod
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

LONGEST = 200
"""Characters of a rule."""
PER_DAY = 4
"""Occurrences in a day. Work that comes more often is not planned work but how the product is."""
WINDOW = timedelta(days=366)
"""A rule must give something within so long of its start, and is never asked about more at a time."""

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")

BOUNDS = {
    "INTERVAL": range(1, 1001),
    "COUNT": range(1, 10_001),
    "BYSECOND": range(60),
    "BYMINUTE": range(60),
    "BYHOUR": range(24),
    "BYMONTHDAY": range(1, 32),
    "BYYEARDAY": range(1, 367),
    "BYWEEKNO": range(1, 54),
    "BYMONTH": range(1, 13),
    "BYSETPOS": range(1, 367),
}
"""Which numbers a part may have; the RFC's, but for INTERVAL and COUNT, of which it bounds nothing."""
FROM_THE_END = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
"""Parts that also count backwards: -1 is the last."""
SINGLE = frozenset({"INTERVAL", "COUNT"})
ONLY_WITH = {"BYWEEKNO": {"YEARLY"}, "BYYEARDAY": {"YEARLY"}, "BYMONTHDAY": {"DAILY", "MONTHLY", "YEARLY"}}
"""With which frequencies a part goes (the RFC's table of what expands and what limits)."""

_PART = re.compile(r"[A-Z]+=[A-Z0-9,+-]+")
_NUMBER = re.compile(r"[+-]?[0-9]{1,5}")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}T[0-9]{6}Z")


class RuleError(ValueError):
    """A rule that can't be used: the message says why, `hint` what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is one. `counted` is all of it but its UNTIL, which is compared in UTC and not by the clock."""

    text: str
    counted: str
    count: int | None
    until: datetime | None

    def without_end(self) -> str:
        """The rule with neither COUNT nor UNTIL."""
        return ";".join(part for part in self.counted.split(";") if not part.startswith("COUNT="))


def read_rule(text: str) -> Rule:
    """The rule that a text is, in capitals, without its name; RuleError for one that breaks the RFC or our bounds."""
    plain = text.strip().upper().removeprefix("RRULE:")
    if len(plain) > LONGEST:
        raise RuleError(f"The rule has more than {LONGEST} characters.", "Use a simpler one.")
    pairs = plain.split(";")
    if not all(_PART.fullmatch(pair) for pair in pairs):
        raise RuleError("This is no RFC 5545 recurrence rule.", "Write e.g. FREQ=WEEKLY;BYDAY=TU.")
    parts = {name: value for name, _, value in (pair.partition("=") for pair in pairs)}
    if len(parts) < len(pairs):
        raise RuleError("A part of the rule stands in it twice.", "Give each part once, its values with commas.")
    frequency = _frequency(parts)
    for name, value in parts.items():
        _check(name, value, frequency)
    _check_together(parts)
    return Rule(
        text=plain,
        counted=";".join(pair for pair in pairs if not pair.startswith("UNTIL=")),
        count=int(parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
    )


def _frequency(parts: dict[str, str]) -> str:
    frequency = parts.get("FREQ", "")
    if frequency in TOO_OFTEN:
        raise RuleError(
            f"FREQ={frequency} is more often than work is planned.", "Use DAILY, with BYHOUR for several times a day."
        )
    if frequency not in FREQUENCIES:
        raise RuleError("The rule has no frequency.", f"Begin with FREQ= and one of {', '.join(FREQUENCIES)}.")
    return frequency


def _check(name: str, value: str, frequency: str) -> None:
    """Refuse a part that is none of the RFC's, or has a value that it can't have."""
    if name == "FREQ":
        return
    if name == "UNTIL":
        _until(value)
    elif name == "WKST":
        if _DAY.fullmatch(value) is None or len(value) != 2:  # noqa: PLR2004 (a day without a number)
            raise RuleError(f"WKST={value} is no day.", "Write one of MO, TU, WE, TH, FR, SA, SU.")
    elif name == "BYDAY":
        _check_days(value, frequency)
    elif name in BOUNDS:
        _check_numbers(name, value)
    else:
        raise RuleError(f"{name} is no part of a recurrence rule.", "See RFC 5545, section 3.3.10.")
    if frequency not in ONLY_WITH.get(name, FREQUENCIES):
        raise RuleError(f"{name} does not go with FREQ={frequency}.", "See the table in RFC 5545, section 3.3.10.")


def _check_numbers(name: str, value: str) -> None:
    values = value.split(",")
    if name in SINGLE and len(values) > 1:
        raise RuleError(f"{name} takes one number.", "Give one.")
    for each in values:
        number = int(each) if _NUMBER.fullmatch(each) else None
        allowed = number is not None and (abs(number) if name in FROM_THE_END else number) in BOUNDS[name]
        if not allowed:
            bounds = BOUNDS[name]
            raise RuleError(f"{name} can't be {each[:20]!r}.", f"Give numbers from {bounds[0]} to {bounds[-1]}.")


def _check_days(value: str, frequency: str) -> None:
    for each in value.split(","):
        found = _DAY.fullmatch(each)
        if found is None or (found[1] and abs(int(found[1])) not in range(1, 54)):
            raise RuleError(
                f"BYDAY can't be {each[:20]!r}.", "Write days as MO, or as 1MO and -1FR in a month or year."
            )
        if found[1] and frequency not in ("MONTHLY", "YEARLY"):
            raise RuleError(f"BYDAY={each} does not go with FREQ={frequency}.", "Number days in a month or year only.")


def _check_together(parts: dict[str, str]) -> None:
    """Refuse parts that exclude each other, and too many times in a day."""
    if "COUNT" in parts and "UNTIL" in parts:
        raise RuleError("A rule has COUNT or UNTIL, not both.", "Leave one of them out.")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise RuleError("BYSETPOS chooses among what another BY… gives.", "Add one, or leave BYSETPOS out.")
    if "BYWEEKNO" in parts and any(char.isdigit() for char in parts.get("BYDAY", "")):
        raise RuleError("Numbered days don't go with BYWEEKNO.", "Write days without numbers.")
    times = prod(len(set(parts[name].split(","))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in parts)
    if times > PER_DAY:
        raise RuleError(
            f"The rule comes {times} times a day; at most {PER_DAY} are taken.", "Plan longer work instead."
        )


def _until(value: str) -> datetime:
    try:
        if _UNTIL.fullmatch(value):
            return datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise RuleError(f"UNTIL={value[:20]} is no moment in UTC.", "Write e.g. UNTIL=20271231T235959Z.")


def occurrences(rule: Rule, starts_at: datetime, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """The starts that a rule gives from its first on, in UTC, up to a moment (which must not be years away).

    A time that the clocks leave out is taken by the offset before the change, one that they show twice is the first of
    both (RFC 5545 §3.3.5). Ends after finite work whatever the rule.
    """
    end = min(until, rule.until) if rule.until else until
    if end < starts_at:
        return
    first = starts_at.astimezone(zone).replace(tzinfo=None)
    shift = _years_to_the_end(first.year, end.astimezone(zone).year)
    late = first.replace(year=first.year + shift)
    for given in rrulestr(rule.counted, dtstart=late):
        moment = given.replace(year=given.year - shift, tzinfo=zone).astimezone(UTC)
        if moment > end:
            return
        yield moment


def _years_to_the_end(first: int, last: int) -> int:
    """By how many years to go on so that the calendar is the same and soon ends.

    Where a rule gives nothing, dateutil looks on until the year 9999 ends. Days of the week and leap years repeat, so
    the rule is asked about the last years that run like those in question: there is little to look through after them.
    """
    years = range(first - 1, last + 2)
    for later in range(MAXYEAR - len(years) + 1, last, -1):
        if all(_alike(year, later + index) for index, year in enumerate(years)):
            return later - years[0]
    return 0


def _alike(one: int, other: int) -> bool:
    return isleap(one) == isleap(other) and date(one, 1, 1).weekday() == date(other, 1, 1).weekday()


def check_yield(rule: Rule, starts_at: datetime, zone: ZoneInfo, length: timedelta) -> None:
    """RuleError unless the rule gives its own start, and nothing before the work that it gave before is over."""
    given = list(occurrences(rule, starts_at, zone, starts_at + WINDOW))
    if not given:
        raise RuleError(
            "The rule gives nothing within a year of its start.", "Check its parts: there is no 31 February."
        )
    if given[0] != starts_at:
        shown = given[0].astimezone(zone)
        raise RuleError(
            "The rule does not give the moment that the series starts at.",
            f"Start at {shown.isoformat()}, which is the first that it gives, or change the rule.",
        )
    if any(later - earlier < length for earlier, later in pairwise(given)):
        raise RuleError("The work would come again before it is over.", "Plan shorter work, or a rarer rule.")
