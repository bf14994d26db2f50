"""Who is on call: layers, holidays, overrides and versions laid over each other."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from models.schedule.plan import Layer, Override, Plan, Shift
from models.schedule.rotation import turns
from models.schedule.spans import Span, united, without
from models.schedule.windows import opened

NEVER = datetime.max.replace(tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
Gone = Mapping[int, datetime]
"""Since when people are not there any more: from then on their shifts are nobody's, and lower layers show."""


def shifts(
    plans: Sequence[Plan], overrides: Iterable[Override], since: datetime, until: datetime, gone: Gone | None = None
) -> list[Shift]:
    """Who is on call between two moments (UTC), in order; stretches without anybody are left out.

    `plans`: the versions of a schedule, of which each holds from its `valid_from` until the next one's. Shifts are cut
    at the two moments.
    """
    there = gone or {}
    begins = min((plan.valid_from for plan in plans), default=NEVER)
    free: list[Span] = [(max(since, begins), until)] if max(since, begins) < until else []
    found: list[Shift] = []
    for each in sorted(overrides, key=lambda each: -each.id):
        ends = each.ends_at if each.person is None else min(each.ends_at, there.get(each.person, NEVER))
        span = (max(since, each.starts_at), min(until, ends))
        if span[0] >= span[1]:
            continue
        if each.person is not None:
            found += _placed(free, [Shift(each.person, *span, override=each.id)])
        free = without(free, [span])
    for plan, holds, ended in in_force(plans, since, until):
        left = _cut(free, holds, ended)
        for layer in plan.layers:
            offered = layer_shifts(plan, layer, holds, ended, there) if left else []
            found += _placed(left, offered)
            left = without(left, united((each.starts_at, each.ends_at) for each in offered))
    return sorted(found, key=lambda each: each.starts_at)


def on_call_at(
    plans: Sequence[Plan], overrides: Iterable[Override], moment: datetime, gone: Gone | None = None
) -> Shift | None:
    """Who is on call at a moment, cut to that moment; None: nobody."""
    return next(iter(shifts(plans, overrides, moment, moment + INSTANT, gone)), None)


def in_force(plans: Sequence[Plan], since: datetime, until: datetime) -> Iterator[tuple[Plan, datetime, datetime]]:
    """Which version holds when, between two moments."""
    ordered = sorted(plans, key=lambda plan: plan.valid_from)
    ends = [plan.valid_from for plan in ordered[1:]] + [until]
    for plan, end in zip(ordered, ends, strict=bool(ordered)):
        holds, ended = max(since, plan.valid_from), min(until, end)
        if holds < ended:
            yield plan, holds, ended


def layer_shifts(plan: Plan, layer: Layer, since: datetime, until: datetime, gone: Gone | None = None) -> list[Shift]:
    """Whose turn it is in one layer, when it counts, of those who are there."""
    there = gone or {}
    turn: list[Shift] = []
    for person, (starts, ends) in turns(layer, plan.zone, since, until):
        last = min(ends, there.get(person, NEVER))
        if starts < last:
            turn.append(Shift(person, starts, last, layer=layer.name))
    return _placed(opened(layer, plan.zone, plan.free_days, since, until), turn)


def joined(these: Iterable[Shift]) -> list[Shift]:
    """The same, where shifts of one person by one layer or override that follow each other are one."""
    found: list[Shift] = []
    for each in these:
        last = found[-1] if found else None
        if last is not None and last.ends_at == each.starts_at and _who(last) == _who(each):
            found[-1] = replace(last, ends_at=each.ends_at)
        else:
            found.append(each)
    return found


def _who(each: Shift) -> tuple[int, str | None, int | None]:
    return each.person, each.layer, each.override


def _cut(spans: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    cut = ((max(since, begins), min(until, ends)) for begins, ends in spans)
    return [(begins, ends) for begins, ends in cut if begins < ends]


def _placed(free: Sequence[Span], offered: Sequence[Shift]) -> list[Shift]:
    """What of some shifts lies where it is free; both sorted."""
    found: list[Shift] = []
    i = j = 0
    while i < len(free) and j < len(offered):
        each = offered[j]
        since, until = max(free[i][0], each.starts_at), min(free[i][1], each.ends_at)
        if since < until:
            same = since == each.starts_at and until == each.ends_at
            found.append(each if same else replace(each, starts_at=since, ends_at=until))
        if free[i][1] <= each.ends_at:
            i += 1
        else:
            j += 1
    return found
