"""Forms that browsers and OAuth clients post: application/x-www-form-urlencoded, small, every field once."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from core.body import BodyError, BodyFault, read_bytes

FORM = "application/x-www-form-urlencoded"
LARGEST = 16_384
"""Bytes of a form: secrets and codes are short."""
FIELDS = 30
BODY_SECONDS = 10
"""How long a form may take to arrive."""


FAULTS = {
    BodyFault.TOO_LARGE: (f"A form has at most {LARGEST} bytes.", 413),
    BodyFault.TOO_SLOW: (f"The form did not arrive within {BODY_SECONDS} s.", 408),
    BodyFault.BROKEN_OFF: ("The connection was closed before the form was complete.", 400),
}
"""What is said of a body that was not read to its end, and the status."""


class FormError(Exception):
    """A body that is no form of ours; the message says why, in words that RFC 6749 allows in an error_description."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form. FormError for another type, a body that is large, slow or cut off, and repeated fields.

    A field without a value counts as left out (RFC 6749 §3.2).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise FormError(f"Send the parameters as {FORM}.")
    try:
        body = await read_bytes(request, limit=LARGEST, seconds=BODY_SECONDS)
    except BodyError as error:
        raise FormError(*FAULTS[error.fault]) from error
    try:
        pairs = parse_qsl(body.decode(), encoding="utf-8", errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise FormError(f"The form is not UTF-8, or has more than {FIELDS} fields.") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise FormError("A parameter is there more than once.")
    if any("\x00" in text for pair in pairs for text in pair):
        raise FormError("A parameter holds a NUL character.")
    return fields
