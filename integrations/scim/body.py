"""Reading what a directory sent: a JSON object of bounded size, depth and number of values (RFC 7644 §3.1)."""

import re
from typing import Any

import orjson
from scim2_models import InvalidSyntaxException, PayloadTooLargeException, SCIMException
from starlette.requests import Request

from core.body import BodyError, BodyFault, read_bytes

SCIM = "application/scim+json"
TYPES = frozenset({SCIM, "application/json"})

BODY_SECONDS = 10
"""How long a body may take to arrive."""
MAX_NESTING = 12
"""How deep a body may be: a filter apart, SCIM has four levels."""
MAX_VALUES = 20_000
"""How many values it may hold: four of each member of a large group."""
NUMBER = re.compile(rb"[0-9]{400}")
"""No number is that long, and reading one takes long."""


class RefusedRequestError(SCIMException):
    """A request that is refused before anybody looked into it, by its HTTP status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail=detail)
        self.status = status


async def read_object(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object in a body of at most `limit` bytes: 415 for another type, 413, 408, and invalidSyntax (400)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise RefusedRequestError(415, f"The body must be JSON: send Content-Type: {SCIM}.")
    try:
        body = await read_bytes(request, limit=limit, seconds=BODY_SECONDS)
    except BodyError as error:
        match error.fault:
            case BodyFault.TOO_LARGE:
                raise PayloadTooLargeException(detail=f"A body has at most {limit:,} bytes.") from error
            case BodyFault.TOO_SLOW:
                raise RefusedRequestError(408, f"The body did not arrive within {BODY_SECONDS} s.") from error
            case BodyFault.BROKEN_OFF:
                raise InvalidSyntaxException(detail="The connection ended before the body did.") from error
    return parse(body)


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a text. InvalidSyntaxException for anything else, and for what is too deep or too much."""
    if body.count(b"[") + body.count(b"{") + body.count(b",") > MAX_VALUES or NUMBER.search(body):
        raise InvalidSyntaxException(detail=f"The body holds too many values: at most {MAX_VALUES:,} are read.")
    try:
        given = orjson.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail=f"The body is not JSON: {str(error)[:200]}.") from error
    if not isinstance(given, dict):
        raise InvalidSyntaxException(detail="The body must be a JSON object.")
    _refuse_depth(given)
    return given


def _refuse_depth(given: dict[str, Any]) -> None:
    level: list[Any] = [given]
    for _ in range(MAX_NESTING):
        inside = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [value for values in inside for value in values]
        if not level:
            return
    raise InvalidSyntaxException(detail=f"The body is nested too deeply: at most {MAX_NESTING} levels are read.")
