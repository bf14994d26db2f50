"""Reading what was exported: texts, moments and lists of which nothing is taken for granted."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from server.remote.failures import FaultyError
from server.remote.moving.moved import Moved, Values

MOST = 10**9


def rows(export: Mapping[str, Any], name: str) -> list[Values]:
    """The objects of a list of the export; none where there is no such list."""
    found = export.get(name)
    if isinstance(found, Mapping):  # as GraphQL and REST wrap them
        found = next((found[key] for key in ("nodes", "results", "data") if key in found), [])
    return [dict(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def inner(row: Mapping[str, Any], name: str) -> Values:
    """An object inside of one; empty for anything else."""
    found = row.get(name)
    return dict(found) if isinstance(found, Mapping) else {}


def text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is a text, or a number, and not empty; else an empty text."""
    for name in names:
        found = row.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
            return str(found).strip()
    return ""


def number(row: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A whole number, of at most nine digits."""
    found = row.get(name)
    if isinstance(found, str) and re.fullmatch(r"-?[0-9]{1,9}", found.strip()):
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < MOST:
        return default
    return int(found)


def clock(row: Mapping[str, Any], name: str) -> time:
    """A time of day, without seconds; midnight for anything else."""
    try:
        return time.fromisoformat(text(row, name) or "00:00").replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        return time()


def moment(row: Mapping[str, Any], name: str, zone: ZoneInfo | None = None) -> datetime | None:
    """A moment in UTC; one without an offset is told by the clocks of a zone (UTC if none). None for anything else."""
    found = row.get(name)
    if not isinstance(found, str):
        return None
    try:
        read = datetime.fromisoformat(found.strip())
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=zone or UTC)
    try:
        return read.astimezone(UTC)
    except OverflowError:
        return None


def zone_of(moved: Moved, name: str, what: str) -> ZoneInfo:
    """A zone by its name; UTC, with a word of it, where there is none of that name."""
    plain = RAILS.get(name, name)
    try:
        return ZoneInfo(plain or "UTC")
    except (ValueError, OSError, LookupError):
        moved.lose(what, f"There is no time zone {name[:60]!r}: it goes by UTC.")
        return ZoneInfo("UTC")


def person(moved: Moved, row: Mapping[str, Any], address: str, name: str) -> str | None:
    """Take a person; their address as others refer to them. None, with a word of it, for somebody without one."""
    plain = address.strip().lower()
    if "@" not in plain or not plain.isprintable():
        moved.lose(f"person {name or text(row, 'id') or '?'}", "They have no e-mail address: left out everywhere.")
        return None
    moved.people.setdefault(plain, (name.strip() or plain)[:120])
    return plain


def named(moved: Moved, found: list[Values], noun: str, *fields: str) -> Iterator[tuple[str, Values]]:
    """The rows that have a name, each with one that no other has, in at most 120 characters."""
    seen: set[str] = set()
    for row in found:
        name = text(row, *fields)[:110]
        if not name:
            moved.lose(f"{noun} {text(row, 'id') or '?'}", "It has no name: left out.")
            continue
        told, count = name, 1
        while told.lower() in seen:
            count += 1
            told = f"{name} ({count})"
        if told != name:
            moved.lose(f"{noun} {name}", f"Another one is called so: here it is {told!r}.")
        seen.add(told.lower())
        yield told, row


def refuse_empty(moved: Moved, vendor: str) -> None:
    """FaultyError for an export in which nothing was found."""
    if not (moved.people or moved.teams or moved.rotas or moved.policies or moved.services):
        raise FaultyError(
            f"There is nothing of {vendor} in it.",
            code="USAGE",
            field="file",
            hint="docs/guides/migrating.md says what a file has.",
        )


RAILS = {
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "London": "Europe/London",
    "Berlin": "Europe/Berlin",
    "Paris": "Europe/Paris",
    "Tokyo": "Asia/Tokyo",
    "Sydney": "Australia/Sydney",
    "Kolkata": "Asia/Kolkata",
}
"""Names of ActiveSupport::TimeZone that PagerDuty's older schedules have, and no other list."""
