"""What a piece of work belongs to: the request that began it, and so the jobs and calls to vendors that follow from it.

An id is made for each request (server.correlated), stands in every line of the log (core.logging) and in the answer,
and goes with the jobs that the request causes (core.journal), whose lines and calls have it again.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

from core import tracing

HEADER = "X-Request-Id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What an id of somebody else may look like: it stands in logs and in rows."""
TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header, version 00."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of work comes from."""

    request_id: str
    traceparent: str = ""
    """The span that it goes on from (W3C), if anybody traces."""
    job: str = ""
    """The job that does it, as `job-7 mail.send`; empty for a request's own work."""

    def as_text(self) -> str:
        """How a row of a job carries it."""
        return f"{self.request_id} {self.traceparent}".rstrip()

    @classmethod
    def of_text(cls, text: object, job: str = "") -> Self:
        """What `as_text` wrote. Whatever else stands there counts as nothing, and a new id is made."""
        request_id, _, traceparent = text.partition(" ") if isinstance(text, str) else ("", "", "")
        if not WELL_FORMED.fullmatch(request_id):
            request_id = new_id()
        return cls(request_id, traceparent if TRACEPARENT.fullmatch(traceparent) else "", job)


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def new_id() -> str:
    """An id that nobody has used: 32 hexadecimal digits, as those of traces."""
    return secrets.token_hex(16)


def current() -> Origin | None:
    """Where what is done now comes from; None outside of requests, jobs and timers."""
    return _current.get()


def enter(origin: Origin | None) -> None:
    """Let what is done from here on, in this task or thread, belong to a request. `coming_from` for a block."""
    _current.set(origin)


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """Let what the block does belong to a request."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def carried() -> str:
    """What a job is to carry of this; empty where there is nothing to carry."""
    origin = _current.get()
    if origin is None:
        return ""
    return Origin(origin.request_id, tracing.traceparent() or origin.traceparent).as_text()


def outgoing() -> dict[str, str]:
    """The header by which a request to somebody else is found again, in their logs and in ours."""
    origin = _current.get()
    return {HEADER.lower(): origin.request_id} if origin is not None else {}
