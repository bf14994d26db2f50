"""Promises: above the line what was kept, below it what was missed, with its number."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.board.charts.drawing import Drawing, box, joined, path, text, top_of

WIDTH, HEIGHT = 480, 138
LINE, TOP, LOW = 76, 8, 34
NAMES = 4
NAME_EVERY = 60


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promises fell due in a bucket and were kept, or missed."""

    name: str
    kept: int
    missed: int


def promises(key: str, title: str, finding: str, buckets: Sequence[Kept], *, aim: float | None = None) -> Drawing:
    """The chart, a column for each bucket. `aim`: the share that is to be kept, which is dashed across each."""
    wanted = [(aim or 0) * (each.kept + each.missed) for each in buckets]
    up = top_of(max((max(each.kept, least) for each, least in zip(buckets, wanted, strict=True)), default=0))
    down = top_of(max((each.missed for each in buckets), default=0), 1)
    room = (WIDTH - 10) / max(len(buckets), 1)
    width = max(min(room * 0.62, 34), 0.6)
    every = max(1, -(-NAME_EVERY // max(int(room), 1)))
    body = [path("c-axis", "M", 0, LINE, "H", WIDTH - 10)]
    for n, each in enumerate(buckets):
        x = n * room + (room - width) / 2
        middle = x + width / 2
        if each.kept:
            height = each.kept / up * (LINE - TOP - 2)
            body.append(box("c-kept", x, LINE - 2 - height, width, height))
        if wanted[n]:
            body.append(path("c-aim", "M", x - 3, LINE - 2 - wanted[n] / up * (LINE - TOP - 2), "h", width + 6))
        if each.missed:
            foot = LINE + 2 + max(each.missed / down * LOW * 0.6, 5)
            body.append(path("c-missed", "M", middle, LINE + 2, "V", foot, "M", middle - 3, foot, "h", 6))
            body.append(text(each.missed, middle, foot + 13, anchor="middle"))
        if n % every == 0 and middle + NAME_EVERY / 2 < WIDTH:
            body.append(text(each.name, middle, HEIGHT - NAMES, anchor="middle"))
    return Drawing(key, "chart chart-mid", WIDTH, HEIGHT, title, finding, joined(body))
