"""Reading what a client sent over HTTP (GraphQL over HTTP, "Request"). Whatever it is, it is answered with a reason."""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest

from actions.documents import DIGEST
from core.body import BodyError, BodyFault, read_bytes
from core.errors import DomainError, ErrorCode
from schema.execution import Request

BODY_SECONDS = 10
"""How long a body may take to arrive."""
MAX_NESTING = 50
"""How deep variables may be."""
MAX_VALUES = 10_000
"""How many values they may hold."""
MAX_TEXT = 200_000
"""Characters of one text among them."""
MAX_MARKS = 2 * MAX_VALUES + 100
"""Brackets and commas of a whole JSON text, of which a value brings two at most."""
QUOTED = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A text in JSON. Possessive, and the last quote may be missing, so that it never looks at a byte twice."""
JSON = "application/json"


class Refusal(Exception):  # noqa: N818 (it is an answer, not a failure)
    """A request that is no GraphQL request, with the HTTP status that says why."""

    def __init__(self, status: int, error: DomainError, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


def malformed(message: str, hint: str, status: int = 400) -> Refusal:
    """A request that is no GraphQL request."""
    return Refusal(status, DomainError(ErrorCode.GRAPHQL_INVALID, message, hint=hint))


async def read_body(request: HttpRequest, limit: int) -> bytes:
    """The body, of at most `limit` bytes (413); reading stops there. 408 for one that is slow, 400 for one cut off."""
    try:
        return await read_bytes(request, limit=limit, seconds=BODY_SECONDS)
    except BodyError as error:
        match error.fault:
            case BodyFault.TOO_LARGE:
                raise malformed(f"The body has more than {limit} bytes.", "Send less at once.", 413) from error
            case BodyFault.TOO_SLOW:
                slow = malformed(f"The body did not arrive within {BODY_SECONDS} s.", "Send it again.", 408)
                slow.headers["connection"] = "close"  # what may still come of it is no request
                raise slow from error
            case BodyFault.BROKEN_OFF:
                broken = "The connection was closed before the body was complete."
                raise malformed(broken, "Send it again.") from error


async def from_post(request: HttpRequest, limit: int) -> Request:
    """The request in a POST body; 415 unless it is JSON in UTF-8."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace('"', "").strip().lower()
    if kind.strip().lower() != JSON or charset not in ("", "charset=utf-8", "charset=utf8"):
        raise malformed("The body must be JSON in UTF-8.", f"Send Content-Type: {JSON}.", 415)
    return request_of(decode(await read_body(request, limit)))


def from_get(request: HttpRequest) -> Request:
    """The request in the parameters of a URL; `variables` and `extensions` are JSON there."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise malformed(f"The parameter {name[:80]!r} is there twice.", "Send it once.")
        given[name] = value
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = decode(given[name].encode("utf-8", "surrogatepass"))
        else:
            given.pop(name, None)
    return request_of(given)


def decode(text: bytes) -> Any:
    """The value of a JSON text, which must have exactly one meaning: no key twice, no number beyond 64 bits."""
    if _marks(text) > MAX_MARKS:
        plain, texts = QUOTED.subn(b"", text, count=2 * MAX_MARKS)  # a value with its key are two texts at most
        if texts == 2 * MAX_MARKS or _marks(plain) > MAX_MARKS:
            raise malformed("The JSON holds too many values.", f"At most {MAX_VALUES} are read.")
    try:
        value = orjson.loads(text)
        json.loads(text, object_pairs_hook=_once, parse_int=_plain, parse_constant=_plain)
    except RecursionError:
        raise malformed("The JSON is nested too deeply.", f"At most {MAX_NESTING} levels are read.") from None
    except ValueError as error:
        raise malformed(f"The body is not JSON: {str(error)[:200]}.", "Send a JSON object in UTF-8.") from None
    return value


def _marks(text: bytes) -> int:
    """How many values begin in a JSON text at most; counted before any is made, which takes far longer."""
    return text.count(b"[") + text.count(b"{") + text.count(b",")


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is there twice")


def _plain(digits: str) -> None:
    if len(digits) > len(str(2**63)):
        raise ValueError("a number is too large")


def request_of(given: Any) -> Request:
    """The request that a JSON value is; INVALID if a part of it has the wrong type."""
    if not isinstance(given, dict):
        raise malformed("A request is a JSON object, and one request at a time.", 'Send {"query": "…"}.')
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    digest = _digest(extensions) if isinstance(extensions, dict) else ""
    if query is None and digest:
        query = ""
    elif not isinstance(query, str) or not query.strip():
        raise malformed("`query` must be a text with a document.", 'Send {"query": "…"}.')
    if name is not None and not isinstance(name, str):
        raise malformed("`operationName` must be a text.", "Send a name, or leave it out.")
    for part, value in (("variables", variables), ("extensions", extensions)):
        if value is not None and not isinstance(value, dict):
            raise malformed(f"`{part}` must be a JSON object.", "Send an object, or leave it out.")
    timed = isinstance(extensions, dict) and extensions.get("timing") is True
    return Request(query, variables, name or None, hold_to_limits(variables), digest, timed)


def _digest(extensions: dict[str, Any]) -> str:
    """The digest in `extensions.persistedQuery` (schema.trusted); empty without. INVALID if it is no such thing."""
    given = extensions.get("persistedQuery")
    if given is None:
        return ""
    told = given if isinstance(given, dict) else {}
    digest = told.get("sha256Hash")
    if told.get("version", 1) != 1 or not isinstance(digest, str) or not DIGEST.fullmatch(digest.lower()):
        hint = 'Send {"version": 1, "sha256Hash": "…"}: 64 hexadecimal digits.'
        raise malformed("`extensions.persistedQuery` is not understood.", hint)
    return digest.lower()


def hold_to_limits(variables: Any) -> int:
    """How many values variables hold. Those too deep or too many are refused: they would hold up everybody else."""
    level, depth, count = [variables], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > MAX_NESTING:
            raise malformed("`variables` are nested too deeply.", f"At most {MAX_NESTING} levels are read.")
        if count > MAX_VALUES:
            raise malformed("`variables` hold too many values.", f"At most {MAX_VALUES} are read.")
        if any(isinstance(each, str) and len(each) > MAX_TEXT for each in level):
            raise malformed("A text in `variables` is too long.", f"At most {MAX_TEXT} characters are read.")
        inside = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [value for values in inside for value in values]
    return count
