"""Bars: standing ones over time, in layers, and lying ones of things that have names."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.board.charts.drawing import Drawing, box, cut, joined, number, path, text, top_of

WIDTH, HEIGHT = 480, 190
LEFT, TOP, BOTTOM = 22, 8, 168
GAP = 2
"""Between two layers, so that they are told apart without their colours."""
NAME_EVERY = 60
"""Room that the name of a column takes."""
ROW, LONGEST, LONG_NAME = 40, 394, 60


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of a bar: the class of its fill, and how much it is."""

    fill: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `says`: what stands beside a lying one."""

    name: str
    layers: Sequence[Layer]
    says: str = ""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(each.count for each in self.layers)


def columns(key: str, title: str, finding: str, bars: Sequence[Bar]) -> Drawing:
    """Standing bars, a column for each bucket, the worst at the bottom."""
    top = top_of(max((each.total for each in bars), default=0))
    room = (WIDTH - LEFT - 2) / max(len(bars), 1)
    width = max(min(room * 0.68, 40), 0.6)
    every = max(1, -(-NAME_EVERY // max(int(room), 1)))
    body = _axis(top)
    for n, each in enumerate(bars):
        x = LEFT + n * room + (room - width) / 2
        body += _stack(each, x, width, top)
        if n % every == 0 and x + NAME_EVERY / 2 < WIDTH:
            body.append(text(each.name, x + width / 2, HEIGHT - 5, anchor="middle"))
    return Drawing(key, "chart chart-mid", WIDTH, HEIGHT, title, finding, joined(body))


def _axis(top: float) -> list[Markup]:
    found = []
    for value in (0, top / 2, top):
        y = BOTTOM - value / top * (BOTTOM - TOP)
        found += [path("c-axis", "M", LEFT, y, "H", WIDTH), text(number(value), LEFT - 6, y + 4, anchor="end")]
    return found


def _stack(bar: Bar, x: float, width: float, top: float) -> list[Markup]:
    unit, y, found = (BOTTOM - TOP) / top, float(BOTTOM), []
    for layer in bar.layers:
        if layer.count:
            height = layer.count * unit
            y -= height
            found.append(box(layer.fill, x, y + 1, width, max(height - GAP, 0.8)))
    return found


def rows(key: str, title: str, finding: str, bars: Sequence[Bar]) -> Drawing:
    """Lying bars, each under its name, with what it says at its end."""
    most, body = max((each.total for each in bars), default=0) or 1, []
    for n, each in enumerate(bars):
        x, y = 0.0, ROW * n
        body.append(text(cut(each.name, LONG_NAME), 0, y + 15, kind="strong"))
        for layer in each.layers:
            if layer.count:
                length = max(layer.count / most * LONGEST, 1.5)
                body.append(box(layer.fill, x, y + 21.5, length, 14))
                x += length + GAP
        body.append(text(each.says, x + 6, y + 34))
    return Drawing(key, "chart chart-mid", WIDTH, ROW * len(bars) + 4, title, finding, joined(body))
