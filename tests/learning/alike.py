"""Incidents as companies describe them in public: some are the same problem told in other words, some only look so.

Written for these tests, one a line: `problem | service | title | summary`. The problem says what it really was; those
with `-` are alone. The service is what a responder would have set: often the one that hurts, not the one at fault.
The numbers of models.likeness were chosen on `chosen.txt`; `held_out.txt` was written before it was measured, and is
never to be tuned for.
"""

from pathlib import Path
from typing import NamedTuple


class Told(NamedTuple):
    """One incident, as it was told."""

    problem: str | None
    service: str
    title: str
    summary: str


def told(name: str) -> list[Told]:
    """The incidents of a file, in the order in which they were told."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [[part.strip() for part in line.split("|")] for line in lines if line]
    return [Told(problem if problem != "-" else None, *rest) for problem, *rest in rows]
