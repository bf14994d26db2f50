"""What a form of the command centre holds: texts by field, several of one name where boxes are ticked."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request

from console.form import FORM
from core.body import BodyError, BodyFault, read_bytes
from core.errors import DomainError, ErrorCode, invalid

LARGEST = 400_000
"""Bytes: the longest texts that actions take, in the most wasteful encoding."""
MOST = 2_000
"""Fields of a form."""
SECONDS = 20
REFUSED = {
    BodyFault.TOO_LARGE: "This is more than a form may hold.",
    BodyFault.TOO_SLOW: "The form took too long to arrive.",
    BodyFault.BROKEN_OFF: "The connection was closed before the form was complete.",
}

T = TypeVar("T")


class Fields:
    """The fields of a form or of a query string, as they were sent. Line breaks are single characters (not CR LF)."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._all: dict[str, list[str]] = {}
        for name, value in pairs:
            self._all.setdefault(name, []).append(value.replace("\r\n", "\n"))

    def __contains__(self, name: str) -> bool:
        """Whether the field was sent with anything but spaces in it."""
        return bool(self.text(name).strip())

    def __getitem__(self, name: str) -> str:
        """The text of a field, stripped. INVALID_INPUT on it if it is empty or was not sent."""
        found = self.text(name).strip()
        if not found:
            raise invalid(name, "This is needed.", "Fill it in.")
        return found

    def text(self, name: str, default: str = "") -> str:
        """The text of a field as it was sent; the last, where there are several."""
        return self._all.get(name, [default])[-1]

    def optional(self, name: str) -> str | None:
        """The text of a field, stripped; None if it is empty or was not sent."""
        return self.text(name).strip() or None

    def all(self, name: str) -> list[str]:
        """Every value of a field: ticked boxes, a list with several choices. Empty ones are left out."""
        return [value for value in self._all.get(name, []) if value.strip()]

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.all(name))

    def number(self, name: str) -> int | None:
        """A whole number; None if the field is empty. INVALID_INPUT for anything else."""
        found = self.optional(name)
        if found is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,9}", found, re.ASCII):
            raise invalid(name, f"{found[:40]!r} is not a whole number.", "Write digits, such as 30.")
        return int(found)

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """A moment as `datetime-local` inputs send it, in the viewer's zone; None if the field is empty.

        With a zone of its own (`…Z`, `…+01:00`) it is taken as written. INVALID_INPUT for anything else.
        """
        found = self.optional(name)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            raise invalid(name, f"{found[:40]!r} is not a time.", "Write it as 2026-11-24 03:38.") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)

    def one_of(self, name: str, choices: Mapping[str, T]) -> T:
        """One of several things by its name. INVALID_INPUT if it is none of them."""
        found = self[name]
        if found not in choices:
            raise invalid(name, f"{found[:40]!r} is not one of the choices.", f"Choose {', '.join(choices)}.")
        return choices[found]

    def items(self) -> list[tuple[str, str]]:
        """Every field with each of its values: to send the form once more."""
        return [(name, value) for name, values in self._all.items() for value in values]


async def read_fields(request: Request) -> Fields:
    """The form of a POST. INVALID_INPUT for another type, for what is too large or slow, and for what is no text."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise DomainError(ErrorCode.INVALID_INPUT, f"Send the form as {FORM}.")
    try:
        body = await read_bytes(request, limit=LARGEST, seconds=SECONDS)
    except BodyError as error:
        hint = "Shorten the text, or send it again."
        raise DomainError(ErrorCode.INVALID_INPUT, REFUSED[error.fault], hint=hint) from error
    return parsed(body)


def parsed(body: bytes) -> Fields:
    """The fields in a body. INVALID_INPUT if it is not UTF-8, holds NUL characters or too many fields."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST)
    except ValueError as error:
        raise DomainError(ErrorCode.INVALID_INPUT, f"The form is not UTF-8, or has over {MOST} fields.") from error
    if any("\x00" in text for pair in pairs for text in pair):
        raise DomainError(ErrorCode.INVALID_INPUT, "The form holds a NUL character.", hint="Remove it.")
    return Fields(pairs)


def asked(request: Request) -> Fields:
    """The parameters of the address."""
    return Fields([(name, value.replace("\x00", "")) for name, value in request.query_params.multi_items()])
