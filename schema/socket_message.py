"""Messages of the protocol graphql-transport-ws as clients send them, each checked for its shape.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from dataclasses import dataclass
from typing import Any

from schema.body import Refusal, decode, request_of
from schema.execution import Request

MAX_FRAME_BYTES = 65_536
MAX_ID = 200
"""Characters of an operation's id; clients send a UUID or a small number."""


class ProtocolError(Exception):
    """The socket is to be closed with this code; the reason is for whoever debugs the client."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:120].decode(errors="ignore")  # RFC 6455: 123 bytes at most


def malformed(what: str) -> ProtocolError:
    """The client does not speak the protocol (4400)."""
    return ProtocolError(4400, what)


@dataclass(frozen=True, slots=True)
class Init:
    """`connection_init`, with credentials or whatever else a client sends along."""

    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """`ping`, to be answered with the same payload."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    """`pong`: the client lives."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`subscribe`: carry out a query, mutation or subscription."""

    id: str
    request: Request


@dataclass(frozen=True, slots=True)
class Complete:
    """`complete`: the client wants no more of an operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read_message(frame: str | None) -> Message:
    """The message in a text frame; ProtocolError with 4400 for anything else, with 1009 for a frame over 64 kB."""
    if frame is None:
        raise malformed("Messages are JSON in text frames")
    data = frame.encode("utf-8", "surrogatepass")
    if len(data) > MAX_FRAME_BYTES:
        raise ProtocolError(1009, f"A message has at most {MAX_FRAME_BYTES} bytes")
    try:
        return _message(decode(data))
    except Refusal as refusal:
        raise malformed(str(refusal)) from refusal


def _message(content: object) -> Message:
    if not isinstance(content, dict):
        raise malformed("A message is a JSON object")
    match content.get("type"):
        case "connection_init":
            return Init(_object(content, "payload") or {})
        case "ping":
            return Ping(_object(content, "payload"))
        case "pong":
            _object(content, "payload")
            return Pong()
        case "subscribe":
            return Subscribe(_id(content), request_of(content.get("payload")))
        case "complete":
            return Complete(_id(content))
    raise malformed("The message has no type, or none that a client sends")


def _id(content: dict[str, Any]) -> str:
    key = content.get("id")
    if not isinstance(key, str) or not 0 < len(key) <= MAX_ID:
        raise malformed(f"id is a string of 1 to {MAX_ID} characters")
    return key


def _object(content: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = content.get(name)
    if value is not None and not isinstance(value, dict):
        raise malformed(f"{name} is an object")
    return value
