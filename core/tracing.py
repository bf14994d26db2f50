"""Spans of what a process does, for whoever traces it. Off, this is one look at an empty list and nothing is imported.

`server.telemetry` installs a tracer; nothing else knows of OpenTelemetry. Spans hold names of the schema, texts of
statements, ids and numbers: never a parameter, title, name of a person, or secret.
"""

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol

Value = str | int | float | bool | list[str]
Attributes = dict[str, Value]


class Kind(StrEnum):
    """Which side of a conversation a span is."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span(Protocol):
    """What is under way."""

    def note(self, name: str, value: Value) -> None:
        """Add an attribute that is known only now."""
        ...

    def rename(self, name: str) -> None:
        """Call it by a better name."""
        ...

    def fail(self, why: str) -> None:
        """Mark it as failed; `why` is the class of an error or a status, never its text."""
        ...


class Tracer(Protocol):
    """Who keeps spans."""

    def span(self, name: str, kind: Kind, attributes: Attributes, parent: str) -> AbstractContextManager[Span]:
        """A span for a block, below the current one, or below `parent` (a traceparent)."""
        ...

    def past(self, name: str, kind: Kind, attributes: Attributes, began: int, failed: str) -> None:
        """Note what began at `began` (ns since 1970) and has ended now; `failed` is the class of its error."""
        ...

    def recording(self) -> bool:
        """Whether the current span is kept."""
        ...

    def traceparent(self) -> str:
        """The current span, as W3C writes it; empty outside of any."""
        ...


class _Nothing:
    """The span that nobody keeps."""

    def note(self, name: str, value: Value) -> None: ...

    def rename(self, name: str) -> None: ...

    def fail(self, why: str) -> None: ...


NOTHING: AbstractContextManager[Span] = nullcontext(_Nothing())
NONE: Attributes = {}
_installed: list[Tracer] = []


def install(tracer: Tracer | None) -> None:
    """Have spans kept by a tracer from now on; None: by nobody."""
    _installed[:] = [] if tracer is None else [tracer]


def on() -> bool:
    """Whether somebody keeps spans."""
    return bool(_installed)


def recording() -> bool:
    """Whether what is done now belongs to a trace that is kept: only then is it worth to work out what to tell."""
    return bool(_installed) and _installed[0].recording()


def span(
    name: str, kind: Kind = Kind.INTERNAL, attributes: Attributes = NONE, *, parent: str = ""
) -> AbstractContextManager[Span]:
    """A span for a block."""
    return _installed[0].span(name, kind, attributes, parent) if _installed else NOTHING


def past(name: str, kind: Kind, attributes: Attributes, began: int, failed: str = "") -> None:
    """Note a span that has ended now."""
    if _installed:
        _installed[0].past(name, kind, attributes, began, failed)


def traceparent() -> str:
    """The current span, as W3C writes it; empty where nobody traces."""
    return _installed[0].traceparent() if _installed else ""


def trace_id() -> str:
    """The trace that this belongs to; empty where nobody traces."""
    return traceparent()[3:35]
