"""Forms that anybody may post to the status page: small, UTF-8, fields that may be there more than once."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

from core.body import BodyError, read_bytes
from core.errors import DomainError, ErrorCode
from core.phrase import phrase

FORM = "application/x-www-form-urlencoded"
LARGEST = 65_536
"""Bytes: an address, and an id of some 30 characters for each component."""
FIELDS = 600
SECONDS = 10

Fields = Mapping[str, Sequence[str]]


async def read_fields(request: Request) -> Fields:
    """The fields of a form, each with all its values. INVALID_INPUT without a field for what is no form of ours."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise _no_form(phrase("Send the form as %(kind)s.", kind=FORM))
    try:
        body = await read_bytes(request, limit=LARGEST, seconds=SECONDS)
        return parse_qs(body.decode(), encoding="utf-8", errors="strict", max_num_fields=FIELDS)
    except BodyError as error:
        raise _no_form(phrase("The form could not be read: it is %(fault)s.", fault=error.fault)) from error
    except ValueError as error:
        raise _no_form(phrase("The form is not UTF-8, or has more than %(most)d fields.", most=FIELDS)) from error


def one(fields: Fields, name: str) -> str:
    """The last value of a field, empty if there is none."""
    values = fields.get(name)
    return values[-1] if values else ""


def _no_form(message: str) -> DomainError:
    return DomainError(ErrorCode.INVALID_INPUT, message, hint=phrase("Load the page again, and send its form."))
