"""Answers that are made once for a page and sent many times: header fields and bytes, by coding."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.types import Send

from statuspage.asked import Asked
from statuspage.body import Body, Coding

Fields = list[tuple[bytes, bytes]]

STATUS = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


@dataclass(frozen=True, slots=True)
class Representation:
    """One coding of a page: what is sent for it, and what instead of it to a client that has it."""

    etag: str
    content: bytes
    fields: Fields
    not_modified: Fields
    head: bytes
    head_not_modified: bytes


class Ready:
    """A page in all codings. `changed_at`: since when its bytes are what they are."""

    __slots__ = ("_by_coding", "body", "changed_at")

    def __init__(
        self, body: Body, media_type: str, fields: Mapping[str, str], changed_at: datetime | None = None
    ) -> None:
        self.body, self.changed_at = body, changed_at
        common = {name.lower(): value for name, value in fields.items()}
        if changed_at is not None:
            common["last-modified"] = format_datetime(changed_at.astimezone(UTC).replace(microsecond=0), usegmt=True)
        codings: tuple[Coding, ...] = ("br", "gzip", "identity")
        self._by_coding = {coding: _representation(body, coding, media_type, common) for coding in codings}

    def answer(self, asked: Asked) -> tuple[int, Fields, bytes]:
        """Status, header fields and content for a request."""
        chosen = self._by_coding[asked.coding]
        if asked.has(chosen.etag, self.changed_at):
            return 304, chosen.not_modified, b""
        return 200, chosen.fields, chosen.content

    def whole(self, asked: Asked) -> tuple[bytes, bytes]:
        """Head and content for a server that writes them as they are (server.connections)."""
        chosen = self._by_coding[asked.coding]
        if asked.has(chosen.etag, self.changed_at):
            return chosen.head_not_modified, b""
        return chosen.head, chosen.content

    async def send(self, asked: Asked, send: Send, *, head: bool = False) -> None:
        """Answer through ASGI; without the content for HEAD."""
        status, fields, content = self.answer(asked)
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if head else content})


def _representation(body: Body, coding: Coding, media_type: str, common: Mapping[str, str]) -> Representation:
    """An ETag tells codings apart: they are different bytes (RFC 9110 §8.8.3.3)."""
    content = body.coded(coding)
    suffix = "" if coding == "identity" else f"-{coding}"
    etag = f'"{body.digest}{suffix}"'
    fields = _raw({**common, "etag": etag})
    sent = _raw({"content-type": media_type, "content-length": str(len(content))})
    if coding != "identity":
        sent += _raw({"content-encoding": coding})
    whole = [*fields, *sent]
    return Representation(etag, content, whole, fields, _head(200, whole), _head(304, fields))


def _head(status: int, fields: Fields) -> bytes:
    """Status line and fields as they go over the wire, without what the server adds and the empty line."""
    for name, value in fields:
        if any(end in name + value for end in (b"\r", b"\n", b"\0")):
            raise ValueError(f"a header field can't have a line break: {name!r}")
    return STATUS[status] + b"".join(b"%b: %b\r\n" % field for field in fields)


def _raw(fields: Mapping[str, str]) -> Fields:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()]
