"""Bodies of vendors' webhooks as JSON, and what is said of those that are not what they should be."""

import codecs
from collections.abc import Mapping
from typing import Any

import orjson

from actions.alerts.loose import no_nul
from integrations.refusal import Reason, Refusal

GZIP = b"\x1f\x8b"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def json_of(body: bytes) -> Any:
    """What a body says. Refusal for what is no JSON in UTF-8, with or without a mark of byte order."""
    try:
        return orjson.loads(body.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise Refusal(Reason.MALFORMED, f"The body is not JSON: {error.msg}.", hint=how_to_send(body)) from error


def how_to_send(body: bytes) -> str:
    """What to do about a body that is no JSON, by what it looks like."""
    if body.startswith(GZIP):
        return "It is compressed with gzip: send JSON in UTF-8 as it is, without Content-Encoding."
    if body.startswith(UTF_16) or b"\x00" in body[:2]:
        return "It looks like UTF-16: send JSON in UTF-8."
    return "Send JSON in UTF-8."


def object_of(body: bytes, hint: str) -> Mapping[str, Any]:
    """A body that must be an object. Refusal."""
    found = json_of(body)
    if not isinstance(found, Mapping):
        raise Refusal(Reason.INVALID, "The body is no JSON object.", hint=hint)
    return found


def part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside of one; empty for anything else."""
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def named(value: Any, field: str, hint: str) -> str:
    """A name, without which an alert can't be told from others: a text, or a number. Refusal."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip():
        return no_nul(value.strip())
    raise Refusal(Reason.INVALID, f"Nothing here says which alert it is: {field} is no name.", field=field, hint=hint)
