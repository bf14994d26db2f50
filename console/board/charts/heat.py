"""A week by its hours: the larger a square, the more began in that hour."""

from collections.abc import Mapping
from math import sqrt

from console.board.charts.drawing import Drawing, box, joined, path, text

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = 24
WIDTH, HEIGHT = 640, 210
LEFT, TOP, STEP, LINE, LARGEST = 62, 24, 24.5, 26, 22
NAMED = 3
"""Every third hour has its name below."""


def heat(key: str, title: str, finding: str, counts: Mapping[tuple[int, int], int]) -> Drawing:
    """The chart of counts by weekday (0 is Monday) and hour. An hour of nothing is a short line."""
    most = max(counts.values(), default=0) or 1
    body = []
    for day, name in enumerate(DAYS):
        y = TOP + day * LINE
        body.append(text(name, 0, y + 4))
        for hour in range(HOURS):
            x, count = LEFT + hour * STEP, counts.get((day, hour), 0)
            if count:
                side = LARGEST * sqrt(count / most)
                body.append(box("c-heat", x - side / 2, y - side / 2, side, side))
            else:
                body.append(path("c-axis", "M", x - 1.5, y, "h", 3))
    named = range(0, HOURS, NAMED)
    body += [text(f"{hour:02}", LEFT + hour * STEP, HEIGHT - 4, anchor="middle") for hour in named]
    return Drawing(key, "chart chart-wide", WIDTH, HEIGHT, title, finding, joined(body))
