"""What changed between two texts, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MOST = 4000
"""Lines of either text up to which they are compared; beyond, one is shown in place of the other."""
NEAR = 2
"""Lines that stay and are shown before and after a change."""


class LineChange(StrEnum):
    """What became of a line."""

    SAME = "SAME"
    REMOVED = "REMOVED"
    ADDED = "ADDED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a diff; of SKIPPED ones, how many, in words."""

    change: LineChange
    text: str


def diff(before: str, after: str) -> list[DiffLine]:
    """What changed; empty if nothing did. Of what stays, two lines around each change."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    if len(old) > MOST or len(new) > MOST:
        return [*(DiffLine(LineChange.REMOVED, t) for t in old), *(DiffLine(LineChange.ADDED, t) for t in new)]
    return list(_lines(old, new))


def _lines(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for index, (tag, old_from, old_to, new_from, new_to) in enumerate(steps):
        if tag == "equal":
            yield from _same(old[old_from:old_to], first=index == 0, last=index == len(steps) - 1)
            continue
        yield from (DiffLine(LineChange.REMOVED, line) for line in old[old_from:old_to])
        yield from (DiffLine(LineChange.ADDED, line) for line in new[new_from:new_to])


def _same(lines: list[str], *, first: bool, last: bool) -> Iterator[DiffLine]:
    """What stays: the ends that are next to a change, and how much is between them."""
    head, tail = (0 if first else NEAR), (0 if last else NEAR)
    skipped = len(lines) - head - tail
    if skipped <= 1:
        yield from (DiffLine(LineChange.SAME, line) for line in lines)
        return
    yield from (DiffLine(LineChange.SAME, line) for line in lines[:head])
    yield DiffLine(LineChange.SKIPPED, f"{skipped} lines")
    yield from (DiffLine(LineChange.SAME, line) for line in lines[len(lines) - tail :])
