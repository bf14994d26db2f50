"""The scalars of the API. They are stricter than Strawberry's own: what they let in has exactly one meaning."""

import re
from datetime import UTC, date, datetime
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

from core.errors import invalid
from resolvers.page import Cursor
from schema.compiled.leaves import Finish, moments

RFC3339 = re.compile(
    r"(?P<second>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d+))?(?P<offset>Z|[+-]\d{2}:\d{2})",
    re.ASCII | re.IGNORECASE,
)
LONGEST_MOMENT = 64
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST_CURSOR = 500


def parse_moment(value: object) -> datetime:
    """A moment from RFC 3339 text with an offset, in UTC. Digits beyond microseconds are dropped."""
    refusal = invalid(
        "", f"{str(value)[:80]!r} is not a moment.", "Send RFC 3339 with an offset: 2026-11-24T03:38:00Z."
    )
    match = RFC3339.fullmatch(value) if isinstance(value, str) and len(value) <= LONGEST_MOMENT else None
    if match is None:
        raise refusal
    try:
        fraction = (match["fraction"] or "")[:6]
        return datetime.fromisoformat(f"{match['second']}.{fraction:0<6}{match['offset']}".upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal from None


def print_moment(value: datetime) -> str:
    """A moment as RFC 3339 text in UTC with microseconds: `2026-11-24T03:38:00.000000Z`."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_day(value: object) -> date:
    """A day from `YYYY-MM-DD`, and nothing else that ISO 8601 knows."""
    refusal = invalid("", f"{str(value)[:80]!r} is not a day.", "Send YYYY-MM-DD: 2026-11-24.")
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise refusal
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refusal from None


def parse_cursor(value: object) -> str:
    """A cursor is a short text; what is in it is the business of whoever made it."""
    if not isinstance(value, str) or len(value) > LONGEST_CURSOR:
        raise invalid("", "This is not a cursor.", "Pass a cursor exactly as it was returned.")
    return value


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description=(
        "A moment as RFC 3339 text with an offset, such as `2026-11-24T03:38:00Z`. A moment without an offset is"
        " refused as INVALID_INPUT. Answers are in UTC with microseconds."
    ),
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
    serialize=print_moment,
    parse_value=parse_moment,
)
DATE = strawberry.scalar(
    name="Date",
    description="A day of the calendar as `YYYY-MM-DD`. Anything else is refused as INVALID_INPUT.",
    specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339#section-5.6",
    serialize=date.isoformat,
    parse_value=parse_day,
)
CURSOR = strawberry.scalar(
    name="Cursor",
    description=(
        "A place in the feed or in a connection. It is opaque: hand it back exactly as it was returned. Cursors of"
        " edges are good only in their own connection; one from elsewhere is refused as INVALID_INPUT."
    ),
    serialize=str,
    parse_value=parse_cursor,
)

SCALARS: dict[Any, ScalarDefinition] = {datetime: DATE_TIME, date: DATE, Cursor: CURSOR}
"""What each Python type is published as."""

QUICK: dict[str, Finish] = {"DateTime": moments(print_moment)}
"""Quicker ways to print whole columns of values, by the name of the scalar."""
