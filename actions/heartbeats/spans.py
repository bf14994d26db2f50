"""Spans of time in words, and how long those of heartbeats may be."""

from core.errors import invalid

SHORTEST, LONGEST = 30, 366 * 24 * 3600
"""Seconds between two reports. Shorter ones would be lost in any restart."""
UNITS = ((24 * 3600, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def words(seconds: int) -> str:
    """`90` is `1 minute 30 seconds`; `0` is `0 seconds`."""
    parts = []
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts) or "0 seconds"


def checked_every(seconds: int) -> int:
    """How often it should report. INVALID_INPUT."""
    if not SHORTEST <= seconds <= LONGEST:
        raise invalid("every_seconds", f"{seconds} s is no such time.", f"Send {SHORTEST} to {LONGEST:,} seconds.")
    return seconds


def checked_grace(seconds: int) -> int:
    """How late it may be. INVALID_INPUT."""
    if not 0 <= seconds <= LONGEST:
        raise invalid("grace_seconds", f"{seconds} s is no such time.", f"Send 0 to {LONGEST:,} seconds.")
    return seconds
