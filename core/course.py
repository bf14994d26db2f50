"""How the execution of an operation went: its levels, for traces, the log of slow ones, and admins who ask."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from core import tracing

MOST_FIELDS = 50
"""Of a level that are named in a span."""


@dataclass(frozen=True, slots=True)
class Level:
    """What was asked for all parents at once."""

    fields: Callable[[], Sequence[str]]
    """Their names as the schema has them (`Incident.roles`), made only when somebody wants to know."""
    parents: int
    seconds: float


@dataclass(slots=True)
class Course:
    """The levels of one execution, in their order. Level 0 are the fields of the root, one after the other."""

    levels: list[Level] = field(default_factory=list)

    @contextmanager
    def level(self, fields: Callable[[], Sequence[str]], parents: int) -> Iterator[None]:
        """Note the level that the block asks for."""
        began = time.perf_counter()
        try:
            if tracing.recording():
                told: tracing.Attributes = {"muster.fields": list(fields())[:MOST_FIELDS], "muster.parents": parents}
                with tracing.span("level", attributes=told):
                    yield
            else:
                yield
        finally:
            self.levels.append(Level(fields, parents, time.perf_counter() - began))
