"""Opaque ids as Relay asks for: clients hand them back and never look inside (GraphQL Global Object Identification)."""

import base64
import binascii

from core.errors import invalid

BIGINT_MAX = 2**63 - 1


def encode(noun: str, key: int) -> str:
    """The opaque id of a row: `encode("Incident", 123)`."""
    return base64.urlsafe_b64encode(f"{noun}:{key}".encode()).decode().rstrip("=")


def decode(value: str, field: str = "id") -> tuple[str, int]:
    """The noun and key behind an opaque id; INVALID_INPUT on `field` if it is none of ours."""
    try:
        noun, _, key = base64.urlsafe_b64decode(value.encode() + b"=" * (-len(value) % 4)).decode().partition(":")
        number = int(key) if key.isascii() and key.isdigit() and len(key) <= len(str(BIGINT_MAX)) else 0
    except (binascii.Error, UnicodeError, ValueError):
        noun, number = "", 0
    if not noun or not 0 < number <= BIGINT_MAX or encode(noun, number) != value:
        raise invalid(field, f"{value[:80]!r} is not an id of Muster.", "Pass an id exactly as the API returned it.")
    return noun, number


def decode_as(noun: str, value: str, field: str = "id") -> int:
    """The key behind an opaque id of one noun; INVALID_INPUT on `field` if it is another's."""
    found, key = decode(value, field)
    if found != noun:
        raise invalid(field, f"{value[:80]!r} is the id of a {found}, not of a {noun}.", f"Pass the id of a {noun}.")
    return key
