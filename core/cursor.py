"""Cursors of the feed: opaque to clients, one integer to us (DESIGN §1)."""

import base64
import binascii

from core.errors import DomainError, invalid
from core.ids import BIGINT_MAX

PREFIX = "feed:"


def encode_cursor(place: int) -> str:
    """The opaque form of a place in the feed: the id of the newest event that was seen, 0 before the first."""
    return base64.urlsafe_b64encode(f"{PREFIX}{place}".encode()).decode().rstrip("=")


def decode_cursor(value: str, field: str = "after") -> int:
    """The place behind a cursor; INVALID_INPUT on `field` if the feed never gives out such a one."""
    try:
        plain = base64.urlsafe_b64decode(value.encode() + b"=" * (-len(value) % 4)).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise foreign_cursor(value, field) from None
    digits = plain.removeprefix(PREFIX)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(BIGINT_MAX))):
        raise foreign_cursor(value, field)
    place = int(digits)
    if place > BIGINT_MAX or encode_cursor(place) != value:  # one spelling only: cursors may be compared as texts
        raise foreign_cursor(value, field)
    return place


def foreign_cursor(value: str, field: str = "after") -> DomainError:
    """The refusal of a cursor that is not this feed's."""
    return invalid(
        field,
        f"{value[:80]!r} is not a cursor of this feed.",
        "Pass a cursor from Query.cursor, a payload, Event.cursor or FeedMessage.cursor, exactly as it was returned.",
    )
