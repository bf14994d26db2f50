"""The figures of a metric: in how many cases, how long in the middle, and at the worst."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from actions.metrics.cells import cells
from actions.metrics.question import Question
from core.db import Reader
from models.metrics.definition import Definition
from models.words import LeftOut, MetricUnit

FEW = 5
"""Below this many, a figure says more of chance than of anything else."""
SHARES = [0.5, 0.9, 0.95]
DIGITS = 6
SUMMED = frozenset({MetricUnit.HOURS, MetricUnit.PAGES})

Group = tuple[int | None, ...]
"""The keys of a group, one for each dimension that is asked for."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a metric comes to. All but `count` and `sum` are None where there are too few, or where they say nothing."""

    count: int = 0
    sum: float | None = None
    mean: float | None = None
    median: float | None = None
    p90: float | None = None
    p95: float | None = None
    too_few: bool = True

    @property
    def headline(self) -> float | None:
        """The one that stands for all: the median, else the share, else the count."""
        if self.median is not None:
            return self.median
        return self.mean if self.mean is not None or self.too_few else float(self.count)

    def since(self, before: "Figures") -> float | None:
        """By which part of what it was before the headline has changed: 0.5 is half as much more."""
        new, old = self.headline, before.headline
        return round((new - old) / old, DIGITS) if new is not None and old else None


def none_of(definition: Definition) -> Figures:
    """The figures of nothing."""
    return _figures(definition, 0, 0.0, None, None)


def _figures(
    definition: Definition, count: int, total: float | None, mean: float | None, spread: list[float] | None
) -> Figures:
    few = count < FEW and definition.unit is not MetricUnit.INCIDENTS
    summed = round(total or 0.0, DIGITS) if definition.unit in SUMMED else None
    if few or definition.unit is MetricUnit.INCIDENTS:
        return Figures(count, summed, too_few=few)
    median, p90, p95 = (round(each, DIGITS) for each in spread) if spread else (None, None, None)
    return Figures(count, summed, round(mean or 0.0, DIGITS), median, p90, p95, too_few=False)


Found = dict[tuple[int, Group], Figures]
"""By bucket (0: the time before; of totals, 1: the whole span) and group."""


async def read_figures(reader: Reader, question: Question, *, series: bool) -> Found:
    """The figures of each group: in each bucket of the series, or in the whole span and in the time before it.

    What has nothing in it is not there.
    """
    definition, width = question.definition, len(question.by)
    found: Found = {}
    for bucket, *rest in await reader.execute(_statement(question, series=series)):
        count, total, mean, spread = rest[width:]
        found[bucket, tuple(rest[:width])] = _figures(definition, count, total, mean, spread)
    return found


async def read_course(reader: Reader, question: Question) -> tuple[Found, Found]:
    """The figures of the whole span and the time before it, and those of each bucket, by one look at what there is."""
    cell = cells(question, grouped=False, before=True)
    part = case((cell.c.bucket > 0, 1), else_=0).label("part")
    placed: Any = select(cell.c.value, cell.c.subject, cell.c.bucket, part).subquery("placed")
    keys, once = [placed.c.part, placed.c.bucket], func.grouping_sets(placed.c.part, placed.c.bucket)
    statement = _aggregate(question.definition, keys, placed.c.value, once)
    if question.definition.per_person:
        sets = func.grouping_sets(tuple_(placed.c.part, placed.c.subject), tuple_(placed.c.bucket, placed.c.subject))
        each = select(*keys, func.sum(placed.c.value).label("value")).group_by(sets).subquery("each")
        statement = _aggregate(question.definition, [each.c.part, each.c.bucket], each.c.value)
    totals: Found = {}
    series: Found = {}
    for number, bucket, count, total, mean, spread in await reader.execute(statement):
        found, place = (totals, number) if bucket is None else (series, bucket)
        found[place, ()] = _figures(question.definition, count, total, mean, spread)
    return totals, series


def _statement(question: Question, *, series: bool) -> Select[*tuple[Any, ...]]:
    cell = cells(question, grouped=True, before=not series)
    part = cell.c.bucket if series else case((cell.c.bucket > 0, 1), else_=0)
    keys: list[ColumnElement[Any]] = [part.label("part"), *(cell.c[each.value] for each in question.by)]
    value: Any = cell.c.value
    if question.definition.per_person:
        people = select(*keys, func.sum(cell.c.value).label("value"))
        each = people.group_by(*keys, cell.c.subject).subquery("each")
        keys, value = [each.c[key.name] for key in keys], each.c.value
        return _aggregate(question.definition, keys, value)
    return _aggregate(question.definition, keys, value)


def _aggregate(
    definition: Definition, keys: list[ColumnElement[Any]], value: Any, by: Any = None
) -> Select[*tuple[Any, ...]]:
    """`by`: what to group by, if not by the keys."""
    nothing = literal(None, Float)
    counts_alone = definition.unit is MetricUnit.INCIDENTS
    spread = func.percentile_cont(literal(SHARES, ARRAY(Float))).within_group(value)
    aggregated = select(
        *keys,
        func.count(),
        func.sum(value) if definition.unit in SUMMED else nothing,
        nothing if counts_alone else func.avg(value),
        spread if definition.spread else nothing,
    )
    return aggregated.group_by(*(key.name for key in keys)) if by is None else aggregated.group_by(by)


async def read_left_out(reader: Reader, question: Question) -> Counter[LeftOut]:
    """How many in the span had no value, and why."""
    cell = cells(question, grouped=False, valued=False)
    reasons = select(cell.c.left_out, func.count()).where(cell.c.left_out.is_not(None)).group_by(cell.c.left_out)
    return Counter({LeftOut(reason): count for reason, count in await reader.execute(reasons)})
