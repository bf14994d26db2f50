"""A layer's hours as people write them: `Mon-Fri 08:00-20:00`, `Fri 18:00 - Mon 08:00`, `22:00-06:00`."""

import re
from collections.abc import Iterable
from typing import Any

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "|".join(DAYS)
_TIME = r"(?:[01]?\d|2[0-4]):[0-5]\d"
_LINE = re.compile(
    rf"(?:(?P<days>(?:{_DAY})(?:\s*[-,]\s*(?:{_DAY}))*)\s+)?(?P<start>{_TIME})\s*[-\u2013]\s*(?:(?P<until>{_DAY})\s+)?(?P<end>{_TIME})",
    re.IGNORECASE,
)
EXAMPLE = "Mon-Fri 08:00-20:00"


def read_windows(text: str) -> list[dict[str, Any]]:
    """Hours, one line or one part between semicolons each, as `save_schedule` takes them. ValueError names the line."""
    return [_read(line.strip()) for line in re.split(r"[\n;]", text) if line.strip()]


def write_window(start: str, end: str, days: Iterable[int], until_day: int | None) -> str:
    """Hours as people write them. Weekdays count from 1, Monday."""
    begun = _listed(sorted(days))
    last = f"{DAYS[until_day - 1]} " if until_day is not None else ""
    return f"{begun + ' ' if begun else ''}{start}{' - ' if last else '-'}{last}{end}"


def _read(line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(line)
    given: dict[str, Any] = {"start": _time(found["start"]), "end": _time(found["end"])}
    if found["days"]:
        given["days"] = sorted(_days(found["days"]))
    if found["until"]:
        given["until_day"] = _number(found["until"])
    return given


def _time(text: str) -> str:
    """`24:00` is the next midnight."""
    return "00:00" if text == "24:00" else text.zfill(5)


def _days(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (each.strip() for each in part.partition("-"))
        begins, ends = _number(first), _number(last or first)
        found.update((begins + step - 1) % 7 + 1 for step in range((ends - begins) % 7 + 1))
    return found


def _number(day: str) -> int:
    return DAYS.index(day.strip().capitalize()) + 1


def _listed(days: list[int]) -> str:
    """`Mon-Fri`, `Sat,Sun`; nothing for each day."""
    if not days:
        return ""
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):  # noqa: PLR2004 (two are named)
        return f"{DAYS[days[0] - 1]}-{DAYS[days[-1] - 1]}"
    return ",".join(DAYS[day - 1] for day in days)
