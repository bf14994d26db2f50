"""Figures, remembered: the same question about the same place in the feed has the same answer (ADR 0022).

Whatever changes what a metric reads, or who may see it, is recorded as an event in the same transaction; so what was
found when the feed stood where it stands now still holds. Messages are the exception: jobs write them afterwards.
"""

from collections.abc import Awaitable, Callable, Hashable
from weakref import WeakKeyDictionary

from actions.metrics.figures import Found
from actions.metrics.question import Question
from core.db import Reader
from core.recent import Recent
from models.metrics.definition import Matter

MOST = 100_000
"""Figures that are remembered, of all answers together: about 35 MB in a process."""
LARGEST = 20_000
LEAST = 1_000
"""Figures that an answer counts as, at least: what was asked takes room, too."""

_of_database: WeakKeyDictionary[object, Recent[Hashable, tuple[Found, ...]]] = WeakKeyDictionary()


async def remembered(
    reader: Reader, question: Question, part: str, read: Callable[[], Awaitable[tuple[Found, ...]]]
) -> tuple[Found, ...]:
    """A part of an answer, read only if it was not read since the last event. Nobody may change what is given."""
    if reader.source is None or question.tables.past or question.definition.matter is Matter.PAGE:
        return await read()
    known = _of_database.setdefault(reader.source, Recent(MOST, _weight))
    key = part, question.key
    found = known.get(key)
    if found is None:
        found = await read()
        if _weight(found) <= LARGEST:
            known.keep(key, found)
    return found


def _weight(found: tuple[Found, ...]) -> int:
    return max(LEAST, sum(map(len, found)))


def forget() -> None:
    """Forget all of it."""
    _of_database.clear()
