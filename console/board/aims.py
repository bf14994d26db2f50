"""Aims on the dashboard: what is wanted of a metric, and in how many weeks or months it was so."""

from collections.abc import Sequence

from actions.metrics.answer import Column
from console.board import words
from console.board.board import Board
from models.metrics.aims import AT_MOST, keeps


def told(board: Board, key: str, aim: float | None, columns: Sequence[Column]) -> str:
    """`Aim: at most 5 min; kept in 3 of 8 weeks.` Weeks with too few for a figure count neither way."""
    if aim is None:
        return ""
    bound = "at most" if AT_MOST[key] else "at least"
    said = f"Aim: {bound} {words.spoken(board.question(key).definition.unit, aim)}"
    values = [value for each in columns if (value := each.placed.figures.headline) is not None]
    if not values:
        return f"{said}; no {board.each} has enough to tell."
    kept = sum(keeps(key, value, aim) for value in values)
    rest = len(columns) - len(values)
    few = f" (too few in {rest:,} more)" if rest else ""
    return f"{said}; kept in {kept:,} of {len(values):,} {board.each}{'s' if len(values) != 1 else ''}{few}."
