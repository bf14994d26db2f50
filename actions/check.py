"""Checks of input that hold wherever something is written: texts, moments, versions, labels."""

import re
import unicodedata
from collections.abc import Sized
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.errors import DomainError, ErrorCode, invalid
from core.phrase import phrase
from core.zones import UNKNOWN

TITLE = 200
LINE = 500
BODY = 20_000
CLOCK_SKEW = timedelta(seconds=60)
"""How far ahead of ours a client's clock may be before its "now" counts as the future."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL does not keep in a text."""

MAX_LABELS = 50
MAX_LIST = 100


def text(value: str, field: str, *, limit: int) -> str:
    """A text that must say something, of at most `limit` characters; stored as written, outer white space apart."""
    stripped = value.strip()
    if len(stripped) > limit:  # first, so that the rest looks at no more
        raise invalid(
            field,
            phrase("The text has %(length)d characters; at most %(most)d are kept.", length=len(stripped), most=limit),
            phrase("Shorten it, or link to it."),
        )
    if UNSTORABLE.search(value):
        raise invalid(
            field,
            phrase("The text holds a NUL character or half a surrogate pair."),
            phrase("Remove it and send again."),
        )
    if all(unicodedata.category(c)[0] in "CZ" for c in stripped):
        raise invalid(field, phrase("The text is empty."), phrase("Write something that a colleague can read."))
    return stripped


def optional_text(value: str | None, field: str, *, limit: int) -> str | None:
    """The same for a text that may be absent."""
    return None if value is None else text(value, field, limit=limit)


def past(value: datetime, field: str, now: datetime) -> datetime:
    """A moment that has happened; one within the allowed clock skew becomes `now`."""
    if value > now + CLOCK_SKEW:
        raise invalid(field, f"{value.isoformat()} is in the future.", "Give a moment that has passed.")
    return min(value, now)


def future(value: datetime, field: str, now: datetime) -> datetime:
    """A moment that is yet to come."""
    if value <= now:
        raise invalid(field, f"{value.isoformat()} has passed.", "Give a moment that is still to come.")
    return value


def expected_version(expected: int | None, current: int, noun: str) -> None:
    """Refuse an edit that was made against an older version (VERSION_CONFLICT names the present one)."""
    if expected is not None and expected != current:
        raise DomainError(
            ErrorCode.VERSION_CONFLICT,
            f"This {noun} is at version {current} by now, not {expected}.",
            field="expected_version",
            hint=f"Read version {current}, apply your change to it, and send expectedVersion: {current}.",
        )


def labels(value: dict[str, Any] | None, field: str = "labels") -> dict[str, str]:
    """Labels: a flat object of at most 50 short texts."""
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_LABELS:
        raise invalid(field, f"Labels are an object of at most {MAX_LABELS} texts.", 'Send e.g. {"region": "eu-1"}.')
    for key, content in value.items():
        if not isinstance(content, str) or not key or len(key) > LINE or len(content) > LINE or "\x00" in key + content:
            raise invalid(f"{field}.{key[:80]}", "A label is a short name with a short text.", "Send a string.")
    return dict(value)


def few(value: Sized, field: str, *, limit: int = MAX_LIST) -> None:
    """Refuse a list of more than `limit` references: each of them is looked up."""
    if len(value) > limit:
        message = phrase("The list has %(length)d items; at most %(most)d are taken.", length=len(value), most=limit)
        raise invalid(field, message, phrase("Send fewer."))


def web_address(value: str, field: str) -> str:
    """An http or https address with a host."""
    address = text(value, field, limit=2000)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or " " in address or not address.isprintable():
        message = phrase("%(text)r is not a web address.", text=address[:80])
        raise invalid(field, message, phrase("Begin with https:// and a host."))
    return address


def time_of_day(value: object, field: str) -> time:
    """Hours and minutes as people write them: `09:30`. INVALID_INPUT for anything else."""
    try:
        found = time.fromisoformat(value.strip()) if isinstance(value, str) and ":" in value else None
    except ValueError:
        found = None
    if found is None or found.second or found.microsecond or found.tzinfo:
        raise invalid(field, f"{str(value)[:40]!r} is no time of day.", "Send hours and minutes: 09:00.")
    return found


def time_zone(name: str, field: str) -> ZoneInfo:
    """The time zone of an IANA name."""
    try:
        return ZoneInfo(name)
    except UNKNOWN:
        raise invalid(field, f"{name[:80]!r} is not a time zone.", "Send an IANA name: Europe/Berlin.") from None
