"""The figure of who was called how often, at night and at weekends."""

from actions.metrics.singly import sums_of_people
from console.board import words
from console.board.board import Board
from console.board.figure import Entry, Figure, Row, Table
from models.person import User
from resolvers.rows import by_key

CALLS = ("pages_per_person", "pages_at_night", "pages_at_weekends")
HEAD = ("Person", "Pages", "At night", "At weekends")
SHOWN = 10
"""People that the page names; the CSV has them all."""


async def on_call_load(board: Board, most: int | None = SHOWN) -> Figure:
    """Pages of each person, those who were called most first."""
    reader = board.ctx.reader
    answer = board.answer(CALLS[0])
    total, before = (await answer.total()).figures, (await answer.before()).figures
    sums = {key: await sums_of_people(reader, board.question(key)) for key in CALLS}
    people = list(sums[CALLS[0]])[:most]
    names = await by_key(board.ctx, User, people)
    rows = [
        Row(
            Entry(names[person].name, names[person].name),
            [_calls(board, key, person, names[person].name, sums[key].get(person, 0)) for key in CALLS],
        )
        for person in people
        if person in names
    ]
    zone = answer.question.organisation_zone.key
    more = len(sums[CALLS[0]]) - len(people)
    called = round(total.sum or 0)
    return Figure(
        "load",
        "On-call load",
        "fig-6",
        f"{called:,} page{'s' if called != 1 else ''}" if called else words.NONE,
        board.behind(CALLS[0]) if called else None,
        f"Each message that a severity calls a person by; nights (22:00 to 07:00) and weekends are those of {zone}"
        + (f"; {more:,} more people are in the CSV" if more else ""),
        _compared(called, round(before.sum or 0), board.earlier),
        None,
        Table("Pages per person", HEAD, rows) if rows else None,
        unfolded=True,
    )


def _compared(now: int, before: int, earlier: str) -> str:
    more = now - before
    if not now and not before:
        return "Nobody was called in these days."
    return (
        f"{abs(more):,} {'more' if more > 0 else 'fewer'} than in {earlier}." if more else f"As many as in {earlier}."
    )


def _calls(board: Board, key: str, person: int, name: str, count: int) -> Entry:
    href = board.behind(key, person=person) if count else None
    return Entry(f"{count:,}", count, href, f"{board.question(key).definition.name.lower()}: {name}")
