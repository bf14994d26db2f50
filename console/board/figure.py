"""A figure of the dashboard: a number with a way to what is behind it, a chart, and the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from console.board.charts.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of a table: what people read, what a spreadsheet is given, and where it leads."""

    text: str
    value: object = None
    href: str | None = None
    says: str = ""
    """Of what it is, for those who hear a link without its row."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, by what it is of."""

    name: Entry
    cells: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Table:
    """What a figure shows, as a table. `head`: what the rows are of, and what their cells are."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Key:
    """What a fill in a chart means."""

    name: str
    fill: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One of them. `size`: the class of its width, by default the half of the page."""

    key: str
    name: str
    size: str
    big: str
    href: str | None
    hint: str
    compared: str = ""
    chart: Drawing | None = None
    table: Table | None = None
    keys: Sequence[Key] = field(default=())
    unfolded: bool = False
    """The table stands by itself: there is no chart."""
    empty: str = ""
    """Said where there is no chart."""
    aim: str = ""
    """What is aimed at, and how often that was kept."""
