"""The figures of what was kept: promises of updates, action items done in time, and how many incidents came back."""

from collections.abc import Sequence

from actions.metrics.answer import Column
from actions.metrics.singly import tallies
from console.board import words
from console.board.aims import told
from console.board.board import Board
from console.board.charts.drawing import Drawing
from console.board.charts.line import Point, line
from console.board.charts.promises import Kept, promises
from console.board.figure import Entry, Figure, Row, Table
from console.board.times import counted
from models.words import MetricUnit

ALL = 100
HINTS = {
    "promises_kept": "Updates, internal and public, that were written by the time we gave",
    "action_items_in_time": "Items done by the end of the day on which they were due",
    "reopen_rate": "Incidents that came back after they had been resolved",
}
NAMED = {"action_items_in_time": "In time", "reopen_rate": "Reopened"}
"""What the counted part is called."""


async def share(board: Board, key: str, size: str = "fig-3") -> Figure:
    """The figure of a metric that is a share, with its line."""
    answer = board.answer(key)
    columns = await answer.series()
    points = [Point(board.name_of(each), _percent(each.placed.figures.mean)) for each in columns]
    title = f"{answer.question.definition.name} by {board.each}, percent"
    known = [each.value for each in points if each.value is not None]
    aim = await board.aim(key)
    drawn = None
    if known:
        finding = f"{words.plain(round(known[0], 1))} to {words.plain(round(known[-1], 1))} % {board.over(points)}."
        said = f"{finding} {told(board, key, aim, columns)}".rstrip()
        drawn = line(key, title, said, points, most=ALL, aim=_percent(aim))
    return await _figure(board, key, size, drawn, _table(board, key, columns))


async def promises_kept(board: Board) -> Figure:
    """The figure of promises: how many were kept and missed in each bucket."""
    key = "promises_kept"
    answer = board.answer(key)
    columns, parts = await answer.series(), await tallies(board.ctx.reader, answer.question)
    buckets = [Kept(board.name_of(each), *parts.get(n, (0, 0))) for n, each in enumerate(columns, start=1)]
    kept, missed = sum(each.kept for each in buckets), sum(each.missed for each in buckets)
    finding = f"{kept:,} of {kept + missed:,} kept, {missed:,} missed."
    worst = max(buckets, key=lambda each: each.missed)
    if worst.missed:
        finding += f" Most were missed in the {board.each} of {worst.name}: {worst.missed:,}."
    title = f"Update promises by {board.each}"
    aim = await board.aim(key)
    said = f"{finding} Above the line: kept. Below: missed. {told(board, key, aim, columns)}".rstrip()
    drawn = promises(key, title, said, buckets, aim=aim)
    rows = [
        Row(
            Entry(each.name, column.days.first_day),
            [Entry(f"{each.kept:,}", each.kept), Entry(f"{each.missed:,}", each.missed), counted(board, key, column)],
        )
        for each, column in zip(buckets, columns, strict=True)
    ]
    table = Table(title, (words.HEAD[board.period], "Kept", "Missed", "Promises"), rows)
    return await _figure(board, key, "", drawn, table)


async def _figure(board: Board, key: str, size: str, drawn: Drawing | None, table: Table) -> Figure:
    answer = board.answer(key)
    definition = answer.question.definition
    total, before = (await answer.total()).figures, (await answer.before()).figures
    empty = not total.count
    few = f"{total.count:,} in all, and fewer than five in each {board.each}: too few for a line."
    return Figure(
        key,
        definition.name,
        size,
        words.headline(definition, total),
        None if empty else board.behind(key),
        HINTS[key],
        words.against(definition, total, before, board.earlier),
        None if empty else drawn,
        None if empty else table,
        empty="" if drawn or total.too_few else few,
        aim=told(board, key, await board.aim(key), await answer.series()),
    )


def _percent(mean: float | None) -> float | None:
    return None if mean is None else mean * ALL


def _table(board: Board, key: str, columns: Sequence[Column]) -> Table:
    noun = words.NOUNS.get(key, "incident")
    head = (words.HEAD[board.period], "Share", NAMED[key], f"{noun}s".capitalize())
    rows = [
        Row(Entry(board.name_of(each), each.days.first_day), [*_shares(each), counted(board, key, each)])
        for each in columns
    ]
    return Table(f"{board.question(key).definition.name} by {board.each}", head, rows)


def _shares(column: Column) -> list[Entry]:
    figures = column.placed.figures
    if figures.mean is None:
        return [Entry(words.NOTHING)] * 2
    return [
        Entry(words.spoken(MetricUnit.SHARE, figures.mean), figures.mean),
        Entry(f"{words.kept_of(figures):,}", words.kept_of(figures)),
    ]
