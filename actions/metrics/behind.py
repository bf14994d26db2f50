"""The incidents behind figures: which of them had a value in the cell."""

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, literal, or_, select

from actions.metrics.cells import cells
from actions.metrics.figures import Group
from actions.metrics.question import Question
from core.db import Reader


class Cell(NamedTuple):
    """What figures are of. `bucket`: from 1 on; `part`: instead, 1 for the whole span and 0 for the time before it."""

    group: Group | None
    """None: all groups."""
    bucket: int | None = None
    part: int | None = None


class Piece(NamedTuple):
    """A piece of a list of incidents by their numbers, the highest first."""

    size: int
    backward: bool = False
    """The lowest instead."""
    below: int | None = None
    above: int | None = None


async def incidents_behind(
    reader: Reader, question: Question, wanted: Collection[Cell], piece: Piece
) -> dict[Cell, list[int]]:
    """The keys of the incidents behind each cell, as many as the piece has, in its order. None have an empty list."""
    found: dict[Cell, list[int]] = {cell: [] for cell in wanted}
    for series in (True, False):
        for grouped in (True, False):
            some = [c for c in wanted if (c.bucket is not None) is series and (c.group is not None) is grouped]
            if some:
                await _find(reader, question, found, some, piece, series=series, grouped=grouped)
    return found


async def _find(
    reader: Reader,
    question: Question,
    found: dict[Cell, list[int]],
    wanted: list[Cell],
    piece: Piece,
    *,
    series: bool,
    grouped: bool,
) -> None:
    cell = cells(question, grouped=grouped, before=any(each.part == 0 for each in wanted))
    part: Any = cell.c.bucket if series else case((cell.c.bucket > 0, 1), else_=0)
    groups = [cell.c[each.value] for each in question.by] if grouped else []
    meant = [cell.c.incident_id.is_not(None), part.in_({_part(each) for each in wanted})]
    if grouped:
        meant.append(or_(*(and_(*_same(groups, group)) for group in {each.group for each in wanted})))
    if piece.below is not None:
        meant.append(cell.c.incident_id < piece.below)
    if piece.above is not None:
        meant.append(cell.c.incident_id > piece.above)
    distinct = select(cell.c.incident_id, part.label("part"), *groups).where(*meant).distinct().subquery("behind")
    key = distinct.c.incident_id
    order = key.asc() if piece.backward else key.desc()
    keys = [distinct.c.part, *(distinct.c[each.name] for each in groups)]
    nth = func.row_number().over(partition_by=keys, order_by=order).label("nth")
    ranked = select(key, *keys, nth).subquery("ranked")
    statement = select(*ranked.c).where(ranked.c.nth <= literal(piece.size)).order_by(ranked.c.nth)
    for incident_id, number, *rest in await reader.execute(statement):
        group = tuple(rest[:-1]) if grouped else None
        place = Cell(group, bucket=number) if series else Cell(group, part=number)
        if place in found:
            found[place].append(incident_id)


def _part(cell: Cell) -> int:
    part = cell.part if cell.bucket is None else cell.bucket
    assert part is not None  # noqa: S101 (a cell has one of them)
    return part


def _same(columns: list[Any], group: Group | None) -> list[Any]:
    keys = group or ()
    return [column.is_(None) if key is None else column == key for column, key in zip(columns, keys, strict=True)]
