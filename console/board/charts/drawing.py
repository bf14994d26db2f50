"""What charts are made of. Coordinates have one decimal at most; every text that comes from people is escaped."""

import math
from dataclasses import dataclass

from markupsafe import Markup

STEPS = (1, 2, 4, 6, 8, 10)
TEN = 10


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart: its size, what it is of, what it comes to in words, and its shapes."""

    key: str
    kind: str
    """The class of its size: `chart`, `chart-mid`, `chart-wide`."""
    width: int
    height: float
    title: str
    finding: str
    body: Markup


def at(value: float) -> str:
    """A coordinate: one decimal at most."""
    rounded = round(value, 1)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def path(kind: str, *parts: str | float) -> Markup:
    """A path of a class; numbers in its parts are coordinates."""
    drawn = "".join(part if isinstance(part, str) else at(part) for part in _spaced(parts))
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn)


def _spaced(parts: tuple[str | float, ...]) -> list[str | float]:
    """With a space between two numbers that follow each other."""
    found: list[str | float] = []
    for part in parts:
        if found and not isinstance(part, str) and not isinstance(found[-1], str):
            found.append(" ")
        found.append(part)
    return found


def box(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    """A rectangle."""
    return path(kind, "M", x, y, "h", width, "v", height, "h", -width, "z")


def text(words: object, x: float, y: float, *, anchor: str = "", kind: str = "") -> Markup:
    """Words at a place: by default their beginning, else their `middle` or `end`."""
    more = Markup(' class="{}"').format(kind) if kind else Markup("")
    held = Markup(' text-anchor="{}"').format(anchor) if anchor else Markup("")
    return Markup('<text{} x="{}" y="{}"{}>{}</text>').format(more, at(x), at(y), held, words)


def joined(parts: list[Markup]) -> Markup:
    """All of them."""
    return Markup("").join(parts)


def top_of(most: float, least: float = 2) -> float:
    """The end of an axis: the next number above that people would choose, so that its half is one, too."""
    wanted = max(most, least)
    power = float(TEN ** math.floor(math.log10(wanted)))
    return next(step * power for step in STEPS if step * power >= wanted - 1e-9)


def number(value: float) -> str:
    """A number beside an axis: one decimal at most."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def cut(words: str, most: int) -> str:
    """Words that fit."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
