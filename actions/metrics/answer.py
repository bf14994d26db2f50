"""The answer to a question, put together as far as it is asked for: each part is one statement, sent once."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from actions.metrics.behind import Cell
from actions.metrics.dimensions import DIMENSIONS, names_of
from actions.metrics.figures import Figures, Found, Group, none_of, read_course, read_figures, read_left_out
from actions.metrics.question import Question
from actions.metrics.remembering import remembered
from core.db import Reader
from models.metrics.calendar import Bucket
from models.words import LeftOut, MetricDimension

MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """Figures with the cell that they are of."""

    answer: "Answer"
    cell: Cell
    figures: Figures


@dataclass(frozen=True, slots=True)
class Column:
    """One bucket of a series."""

    days: Bucket
    placed: Placed


@dataclass(frozen=True, slots=True)
class Part:
    """What a group is of one dimension. `key` None: what has nothing there, such as no severity."""

    dimension: MetricDimension
    key: int | None
    name: str | None

    @property
    def noun(self) -> str:
        """Of what the key is."""
        return DIMENSIONS[self.dimension].noun


@dataclass(frozen=True, slots=True)
class Grouped:
    """One group, with what it comes to in the span and in the time before it."""

    key: Group
    parts: list[Part]
    total: Placed
    before: Placed


@dataclass(eq=False)
class Answer:
    """The answer to a question, read part by part from one snapshot."""

    reader: Reader
    question: Question
    _known: dict[tuple[bool, bool], Found] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def _read(self, *, series: bool, grouped: bool) -> Found:
        """Figures by place and group; the total, the time before and the series of all are read together.

        Who asks for one of the three mostly asks for the others, and to look costs more than to sum up.
        """
        async with self._lock:
            key = series, grouped
            if key not in self._known and not grouped:
                self._known[False, False], self._known[True, False] = await self._course()
            elif key not in self._known:
                self._known[key] = await self._figures(series=series)
            return self._known[key]

    async def _course(self) -> tuple[Found, ...]:
        return await remembered(self.reader, self.question, "course", lambda: read_course(self.reader, self.question))

    async def _figures(self, *, series: bool) -> Found:
        async def read() -> tuple[Found]:
            return (await read_figures(self.reader, self.question, series=series),)

        (found,) = await remembered(self.reader, self.question, f"groups, series: {series}", read)
        return found

    def _placed(self, found: Found, place: int, group: Group | None, *, series: bool) -> Placed:
        cell = Cell(group, bucket=place) if series else Cell(group, part=place)
        return Placed(self, cell, found.get((place, group or ()), none_of(self.question.definition)))

    async def total(self) -> Placed:
        """What it comes to in the whole span."""
        return self._placed(await self._read(series=False, grouped=False), 1, None, series=False)

    async def before(self) -> Placed:
        """What it came to in the time before."""
        return self._placed(await self._read(series=False, grouped=False), 0, None, series=False)

    async def series(self, group: Group | None = None) -> list[Column]:
        """Every bucket of the span, of a group or of all."""
        found = await self._read(series=True, grouped=group is not None)
        buckets = enumerate(self.question.span.buckets, start=1)
        return [Column(days, self._placed(found, place, group, series=True)) for place, days in buckets]

    async def groups(self) -> list[Grouped]:
        """The groups that there are in the span, the largest first, and of those that are as large, by their keys."""
        if not self.question.by:
            return []
        found = await self._read(series=False, grouped=True)
        sizes = {group: figures.count for (place, group), figures in found.items() if place == 1}
        names = await names_of(self.reader, self.question.by)
        ordered = sorted(sizes, key=lambda group: (-sizes[group], [(key is None, key or 0) for key in group]))
        return [
            Grouped(
                group,
                [Part(each, key, names[each].get(key or 0)) for each, key in zip(self.question.by, group, strict=True)],
                self._placed(found, 1, group, series=False),
                self._placed(found, 0, group, series=False),
            )
            for group in ordered[:MOST_GROUPS]
        ]

    async def more_groups(self) -> int:
        """How many groups there are beyond those that are listed."""
        if not self.question.by:
            return 0
        found = await self._read(series=False, grouped=True)
        return max(0, sum(place == 1 for place, _ in found) - MOST_GROUPS)

    async def left_out(self) -> Counter[LeftOut]:
        """How many in the span had no value, and why."""
        return await read_left_out(self.reader, self.question)
