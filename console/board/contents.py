"""What stands on the dashboard, in its order, by the keys of the figures."""

from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import exists, func, select

from console.board.board import Board
from console.board.counts import by_hour, by_service, by_severity
from console.board.figure import Figure
from console.board.gaps import Gaps, read_gaps
from console.board.load import on_call_load
from console.board.noise import alert_noise
from console.board.shares import promises_kept, share
from console.board.times import response_time

Build = Callable[[Board], Awaitable[Figure]]

FIGURES: dict[str, Build] = {
    "mtta": partial(response_time, key="mtta"),
    "mttm": partial(response_time, key="mttm"),
    "mttr": partial(response_time, key="mttr"),
    "severity": by_severity,
    "service": by_service,
    "hours": by_hour,
    "promises_kept": promises_kept,
    "noise": alert_noise,
    "mttd": partial(response_time, key="mttd"),
    "action_items_in_time": partial(share, key="action_items_in_time"),
    "reopen_rate": partial(share, key="reopen_rate"),
    "load": on_call_load,
}
WHOLE: dict[str, Build] = {**FIGURES, "load": partial(on_call_load, most=None)}
"""The same with every row of their tables, for spreadsheets."""
FEW = 200
"""Incidents, those of the time before included, whose audit is made at once: it looks at the whole course of each."""


async def read_all(board: Board) -> dict[str, Figure]:
    """Every figure, read one after another from the page's snapshot."""
    return {key: await build(board) for key, build in FIGURES.items()}


async def anything(board: Board) -> bool:
    """Whether there is any incident at all that counts for the viewer."""
    counted = board.asked.question.tables.incident
    return bool(await board.ctx.reader.scalar(select(exists(select(1).select_from(counted)))))


async def gaps_at_once(board: Board) -> Gaps | None:
    """The gaps in practice, if they are found soon; None if the page has to ask for them."""
    edges, seen = board.asked.question.span.edges, board.asked.question.tables.seen.c
    inside = select(1).where(seen.detected_at >= edges[0], seen.detected_at < edges[-1]).limit(FEW + 1).subquery()
    count = await board.ctx.reader.scalar(select(func.count()).select_from(inside))
    return await read_gaps(board.ctx, board.asked) if count <= FEW else None
