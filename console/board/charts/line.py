"""A line over time, with a second one above it for the slowest tenth. Where there is no value, there is no line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.board.charts.drawing import Drawing, at, joined, number, path, text, top_of

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, FIRST, LAST = 30, 290, 38, 284
TOP, BOTTOM = 10, 128
APART = 12
"""How far two labels stand apart, so that they can be read."""


@dataclass(frozen=True, slots=True)
class Point:
    """What stands in one bucket; None where there is nothing to say."""

    name: str
    value: float | None
    high: float | None = None


def line(
    key: str, title: str, finding: str, points: Sequence[Point], *, most: float | None = None, aim: float | None = None
) -> Drawing:
    """The chart. `most`: where the axis ends, if not above the highest value. `aim`: where another line is drawn."""
    highest = max((each for p in points for each in (p.value, p.high, aim) if each is not None), default=0)
    top = most or top_of(highest)
    places = [FIRST + n * (LAST - FIRST) / max(len(points) - 1, 1) for n in range(len(points))]
    high = [(x, p.high) for x, p in zip(places, points, strict=True)]
    middle = [(x, p.value) for x, p in zip(places, points, strict=True)]
    body = [
        *_axis(top),
        *_aim(aim, top),
        *_strokes("c-p90", high, top),
        *_strokes("c-line", middle, top),
        *_ends(middle, high, top),
        *_names(points),
    ]
    return Drawing(key, "chart", WIDTH, HEIGHT, title, finding, joined(body))


def _y(value: float, top: float) -> float:
    return BOTTOM - value / top * (BOTTOM - TOP)


def _axis(top: float) -> Iterator[Markup]:
    for value in (0, top / 2, top):
        y = _y(value, top)
        yield path("c-axis", "M", LEFT, y, "H", RIGHT)
        yield text(number(value), LEFT - 5, y + 4, anchor="end")


def _aim(aim: float | None, top: float) -> Iterator[Markup]:
    if aim is not None:
        y = _y(aim, top)
        yield path("c-aim", "M", LEFT, y, "H", RIGHT)
        yield text("aim", LEFT + 4, y + APART if y < TOP + APART else y - 4)


def _strokes(kind: str, points: Sequence[tuple[float, float | None]], top: float) -> Iterator[Markup]:
    """Lines through neighbours; one that stands alone is a short dash."""
    run: list[tuple[float, float]] = []
    for x, value in [*points, (0, None)]:
        if value is not None:
            run.append((x, _y(value, top)))
        elif run:
            if len(run) == 1:
                (alone, y), run = run[0], []
                yield path(kind, "M", alone - 3, y, "h", 6)
                continue
            parts = [part for n, (px, py) in enumerate(run) for part in ("L" if n else "M", px, py)]
            yield path(kind, *parts)
            run = []


def _ends(
    middle: Sequence[tuple[float, float | None]], high: Sequence[tuple[float, float | None]], top: float
) -> Iterator[Markup]:
    """The newest value with a dot and in figures, and what the other line is."""
    ended = [(x, value) for x, value in middle if value is not None]
    if not ended:
        return
    x, value = ended[-1]
    y = _y(value, top)
    yield Markup('<circle class="c-dot" cx="{}" cy="{}" r="4"/>').format(at(x), at(y))
    last = x > LAST - 1
    yield (
        text(number(round(value, 1)), x + 8, y + 4, kind="strong")
        if last
        else text(number(round(value, 1)), x, y - 8, kind="strong", anchor="middle")
    )
    above = [(x, value) for x, value in high if value is not None]
    if above and last:
        yield text("p90", above[-1][0] + 8, min(_y(above[-1][1], top), y - APART) + 4)


def _names(points: Sequence[Point]) -> Iterator[Markup]:
    if points:
        yield text(points[0].name, LEFT + 4, HEIGHT - 4)
    if len(points) > 1:
        yield text(points[-1].name, RIGHT, HEIGHT - 4, anchor="end")
