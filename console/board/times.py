"""The figures of how soon: the median and the slowest tenth of each week or month, against the time before."""

from collections.abc import Sequence

from actions.metrics.answer import Column
from console.board import words
from console.board.aims import told
from console.board.board import Board
from console.board.charts.line import Point, line
from console.board.figure import Entry, Figure, Row, Table
from models.words import MetricUnit

SCALES = ((300 * 60, 60, "minutes"), (5 * 86_400, 3_600, "hours"), (float("inf"), 86_400, "days"))
"""Up to how many seconds an axis counts in which unit."""
SHORT = {"minutes": "min", "hours": "h", "days": "d"}


async def response_time(board: Board, key: str, size: str = "fig-3") -> Figure:
    """The figure of a metric that is a length of time."""
    answer = board.answer(key)
    definition, columns = answer.question.definition, await answer.series()
    total, before = (await answer.total()).figures, (await answer.before()).figures
    aim = await board.aim(key)
    unit, per = _scale(columns, aim)
    title = f"{definition.name} by {board.each}, {unit}"
    points = [
        Point(board.name_of(each), _in(each.placed.figures.median, per), _in(each.placed.figures.p90, per))
        for each in columns
    ]
    finding = _finding(board, points, total.count, SHORT[unit])
    wanted = told(board, key, aim, columns)
    drawn = any(each.value is not None for each in points)
    return Figure(
        key,
        definition.name,
        size,
        words.headline(definition, total),
        board.behind(key) if total.count else None,
        f"{key.upper()}, median: {definition.value[0].lower()}{definition.value[1:].rstrip('.')}",
        words.against(definition, total, before, board.earlier),
        line(key, title, _and(finding, wanted), points, aim=_in(aim, per)) if drawn else None,
        _table(board, key, columns) if total.count else None,
        empty="" if drawn or total.too_few else finding,
        aim=wanted,
    )


def _and(finding: str, wanted: str) -> str:
    return f"{finding} {wanted}".rstrip()


def _scale(columns: Sequence[Column], aim: float | None) -> tuple[str, int]:
    figures = [each.placed.figures for each in columns]
    most = max((value for each in figures for value in (each.median, each.p90, aim) if value is not None), default=0)
    return next((name, per) for limit, per, name in SCALES if most <= limit)


def _in(seconds: float | None, per: int) -> float | None:
    return None if seconds is None else seconds / per


def _finding(board: Board, points: Sequence[Point], count: int, unit: str) -> str:
    """What the chart comes to, in words."""
    known = [(each.value, each.high) for each in points if each.value is not None and each.high is not None]
    if not known:
        return f"{count:,} in all, and fewer than five in each {board.each}: too few for a line."
    (first, high), (last, higher) = known[0], known[-1]
    if len(known) == 1:
        return f"Median {_short(first)} {unit}, slowest tenth {_short(high)}; of one {board.each} only."
    return f"Median {_from_to(first, last)} {unit} {board.over(points)}, slowest tenth {_from_to(high, higher)}."


def _from_to(first: float, last: float) -> str:
    begun, ended = _short(first), _short(last)
    return begun if begun == ended else f"{begun} to {ended}"


def _short(value: float) -> str:
    return words.plain(round(value, 1))


def _table(board: Board, key: str, columns: Sequence[Column]) -> Table:
    head = (words.HEAD[board.period], "Median", "Slowest tenth", "Incidents")
    rows = [
        Row(
            Entry(board.name_of(each), each.days.first_day),
            [
                *(_length(value) for value in (each.placed.figures.median, each.placed.figures.p90)),
                counted(board, key, each),
            ],
        )
        for each in columns
    ]
    return Table(f"{board.question(key).definition.name} by {board.each}", head, rows)


def _length(seconds: float | None) -> Entry:
    return Entry(words.NOTHING if seconds is None else words.spoken(MetricUnit.SECONDS, seconds), seconds)


def counted(board: Board, key: str, column: Column, **more: object) -> Entry:
    """How many are in a bucket, and the way to them."""
    count, bucket = column.placed.figures.count, column.placed.cell.bucket
    href = board.behind(key, bucket=bucket, **more) if count else None
    return Entry(f"{count:,}", count, href, f"{board.each} of {board.name_of(column)}")
