"""Moments: as people read them, in the time zone of their machine, and as they type them."""

import re
from datetime import UTC, datetime, timedelta

from server.remote.failures import FaultyError

SPAN = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)")
UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(UTC)


def read(text: str) -> datetime:
    """A moment as the API has it."""
    return datetime.fromisoformat(text)


def absolute(text: str | None, *, seconds: bool = False) -> str:
    """A moment of the API in the machine's time zone (TZ): 2026-11-24 03:59 CET. Empty for None."""
    if text is None:
        return ""
    local = read(text).astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if seconds else f"{local:%Y-%m-%d %H:%M %Z}"


def relative(text: str | None, at: datetime | None = None) -> str:
    """How long ago a moment of the API is, or until it: `5 min ago`, `in 2 h`. Empty for None."""
    if text is None:
        return ""
    seconds = ((at or now()) - read(text)).total_seconds()
    span = _span(abs(seconds))
    if not span:
        return "just now"
    return f"{span} ago" if seconds > 0 else f"in {span}"


def both(text: str | None) -> str:
    """`2026-11-24 03:59 CET (5 min ago)`. Empty for None."""
    return f"{absolute(text)} ({relative(text)})" if text else ""


def _span(seconds: float) -> str:
    for size, unit in STEPS:
        if seconds >= size:
            return f"{round(seconds / size)} {unit}"
    return ""


def moment(text: str, field: str, *, ahead: bool = False) -> str:
    """What somebody typed, for the API: `2026-11-24T03:59+01:00`, `2026-11-24 03:59` (in the machine's time zone).

    A span, `30m`, `2h`, `3d`, is so long ago, or with `ahead` from now. FaultyError for anything else.
    """
    try:
        if found := SPAN.fullmatch(text.strip().lower()):
            span = timedelta(**{UNITS[found[2]]: int(found[1])})
            return (now() + span if ahead else now() - span).isoformat()
        return datetime.fromisoformat(text.strip()).astimezone().isoformat()  # one without a zone is taken as local
    except (ValueError, OverflowError) as error:  # of what is before the year 1 or after 9999
        raise FaultyError(
            f"{text[:60]!r} is no moment.",
            code="USAGE",
            field=field,
            hint=f"Write 2026-11-24T03:59Z, '2026-11-24 03:59' in your own time zone, or 30m for "
            f"{'half an hour from now' if ahead else 'half an hour ago'}.",
        ) from error
