"""What was observed one by one: values, what has none and why, what each person comes to, each hour."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from actions.metrics.behind import Cell
from actions.metrics.cells import cells
from actions.metrics.question import Question
from core.db import Reader
from models.words import LeftOut

QUARTER = 900
"""Seconds. Every zone is a multiple of it away from UTC, so that moments in the same quarter are in the same hour."""


@dataclass(frozen=True, slots=True)
class LeftOnes:
    """Incidents without a value, the newest first and as many as were asked for, and how many there are in all."""

    found: list[tuple[int, LeftOut]]
    count: int


def _within(cell: Any, place: Cell) -> ColumnElement[bool]:
    """Whether an observation is in a bucket, in the whole span, or in the time before it."""
    bucket: ColumnElement[int] = cell.c.bucket
    if place.bucket is not None:
        return bucket == place.bucket
    return bucket > 0 if place.part else bucket == 0


async def values_of(
    reader: Reader, question: Question, place: Cell, incidents: Collection[int]
) -> dict[int, list[float]]:
    """The values that some incidents have in a cell of no group, by incident, the greatest first."""
    cell = cells(question, grouped=False, before=place.part == 0)
    keys = literal(sorted(incidents), ARRAY(BigInteger))
    statement = select(cell.c.incident_id, cell.c.value).where(_within(cell, place), cell.c.incident_id == any_(keys))
    found: dict[int, list[float]] = {}
    for key, value in await reader.execute(statement.order_by(cell.c.value.desc())):
        found.setdefault(key, []).append(value)
    return found


async def left_of(reader: Reader, question: Question, place: Cell, most: int) -> LeftOnes:
    """The incidents of a cell that have no value, each with the reason."""
    cell = cells(question, grouped=False, before=place.part == 0, valued=False)
    without = (
        select(cell.c.incident_id, func.min(cell.c.left_out).label("reason"))
        .where(_within(cell, place), cell.c.left_out.is_not(None), cell.c.incident_id.is_not(None))
        .group_by(cell.c.incident_id)
        .subquery("without")
    )
    rows = await reader.execute(
        select(*without.c, func.count().over()).order_by(without.c.incident_id.desc()).limit(most)
    )
    return LeftOnes([(key, LeftOut(reason)) for key, reason, _ in rows], rows[0][2] if rows else 0)


async def of_no_incident(reader: Reader, question: Question, place: Cell) -> int:
    """How many values of a cell belong to no incident, as action items may."""
    cell = cells(question, grouped=False, before=place.part == 0)
    counted = select(func.count()).select_from(cell).where(_within(cell, place), cell.c.incident_id.is_(None))
    return int(await reader.scalar(counted) or 0)


async def sums_of_people(reader: Reader, question: Question) -> dict[int, int]:
    """Of a metric of people, what each has in the whole span, the most first."""
    cell = cells(question, grouped=False)
    total = func.sum(cell.c.value)
    rows = await reader.execute(
        select(cell.c.subject, total).group_by(cell.c.subject).order_by(total.desc(), cell.c.subject)
    )
    return {key: round(count) for key, count in rows}


async def tallies(reader: Reader, question: Question) -> dict[int, tuple[int, int]]:
    """Of a metric that is a share: how many of each bucket are what is asked for, and how many are not."""
    cell = cells(question, grouped=False)
    kept = func.count().filter(cell.c.value > 0)
    rows = await reader.execute(select(cell.c.bucket, kept, func.count() - kept).group_by(cell.c.bucket))
    return {bucket: (yes, no) for bucket, yes, no in rows}


async def counts_by_hour(reader: Reader, question: Question) -> Counter[tuple[int, int]]:
    """How many there are by weekday (0 is Monday) and hour, by the clock on the wall of the question's zone."""
    cell = cells(question, grouped=False)
    quarter = cast(func.floor(func.date_part("epoch", cell.c.at) / QUARTER), BigInteger)
    found: Counter[tuple[int, int]] = Counter()
    for number, count in await reader.execute(select(quarter, func.count()).select_from(cell).group_by(quarter)):
        local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number * QUARTER)).astimezone(question.span.zone)
        found[local.weekday(), local.hour] += count
    return found
