"""Statements as spans: their text, and never what they are sent with."""

import time
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from core import tracing
from core.tracing import Attributes, Kind, Span

LONGEST = 2_000
"""Characters of a statement's text that are kept."""
BEGAN = "muster began"


def attributes_of(text: str) -> Attributes:
    """What a span tells of a statement (https://opentelemetry.io/docs/specs/semconv/database/)."""
    return {"db.system.name": "postgresql", "db.query.text": text[:LONGEST]}


def named(text: str) -> str:
    """What a statement's span is called: its verb, which can't be endless."""
    return text.lstrip()[:12].split(None, 1)[0].upper() if text.strip() else "SQL"


def sent(text: str) -> AbstractContextManager[Span]:
    """A span for a statement that is sent without SQLAlchemy."""
    if not tracing.recording():
        return tracing.NOTHING
    return tracing.span(named(text), Kind.CLIENT, attributes_of(text))


def watch(engine: AsyncEngine) -> None:
    """Have a span made of every statement that SQLAlchemy sends.

    Not by the events of cursors: with those, statements that are kept would no longer go their short way (core.direct).
    """
    event.listen(engine.sync_engine, "before_execute", _begin)
    event.listen(engine.sync_engine, "after_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


def _begin(connection: Any, *_: object) -> None:
    connection.info[BEGAN] = time.time_ns()


def _end(connection: Any, _clause: object, _many: object, _given: object, _options: object, result: Any) -> None:
    if not tracing.recording():
        return
    text = str(getattr(result.context, "statement", "") or "")
    tracing.past(named(text), Kind.CLIENT, attributes_of(text), connection.info.get(BEGAN) or time.time_ns())


def _fail(failure: Any) -> None:
    if failure.connection is None or failure.statement is None:
        return
    began = failure.connection.info.get(BEGAN) or time.time_ns()
    text = str(failure.statement)
    tracing.past(named(text), Kind.CLIENT, attributes_of(text), began, type(failure.original_exception).__name__)
