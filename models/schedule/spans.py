"""Stretches of time: sorted lists of (from, to) that do not touch, the end not included."""

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]


def united(spans: Iterable[Span]) -> list[Span]:
    """All that any of some stretches covers; empty and turned-round ones cover nothing."""
    found: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def common(these: Sequence[Span], those: Sequence[Span]) -> list[Span]:
    """What both of two sorted lists cover."""
    found: list[Span] = []
    i = j = 0
    while i < len(these) and j < len(those):
        since, until = max(these[i][0], those[j][0]), min(these[i][1], those[j][1])
        if since < until:
            found.append((since, until))
        if these[i][1] <= those[j][1]:
            i += 1
        else:
            j += 1
    return found


def without(these: Sequence[Span], those: Sequence[Span]) -> list[Span]:
    """What `these` cover and `those` don't; both sorted."""
    found: list[Span] = []
    j = 0
    for span in these:
        since, until = span
        while j < len(those) and those[j][1] <= since:
            j += 1
        i = j
        while i < len(those) and those[i][0] < until:
            if since < those[i][0]:
                found.append((since, those[i][0]))
            since = max(since, those[i][1])
            i += 1
        if since < until:
            found.append((since, until))
    return found


def seconds(spans: Iterable[Span]) -> int:
    """How long they last together, in seconds."""
    return int(sum((until - since).total_seconds() for since, until in spans))
