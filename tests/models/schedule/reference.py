"""Who is on call, worked out minute by minute by looking at clocks: what the quick way is held against."""

from calendar import monthrange
from datetime import datetime, timedelta
from functools import lru_cache

from models.schedule.words import HolidayRule, RotationKind

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AROUND = timedelta(days=9)
LONGEST_AGO = timedelta(days=24)
"""How long before the stretch layers may have begun."""


def minutes(since, until):
    """Every minute of a stretch."""
    while since < until:
        yield since
        since += MINUTE


@lru_cache(maxsize=32)
def clock(zone, since, until):
    """When the clocks first show each minute between two moments, found by looking at them each minute.

    Times that they skip come as much later as they skip.
    """
    first, before = {}, None
    for moment in minutes(since, until):
        shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        first.setdefault(shown, moment)
        if before is not None and shown > before + MINUTE:
            skipped = shown - before - MINUTE
            missing = before + MINUTE
            while missing < shown:
                first[missing] = moment + (missing - (before + MINUTE))
                assert (missing + skipped) == shown + (missing - (before + MINUTE))
                missing += MINUTE
        before = shown
    return first


def hand_overs(layer, shown):
    """(time on the clocks, number) of each hand-over up to the last that clocks show, by going through the calendar."""
    start = datetime.combine(layer.start, layer.hand_over)
    number, found = 0, [(start, 0)]
    last = max(shown)
    if layer.kind in (RotationKind.HOURLY, RotationKind.DAILY):
        step = timedelta(hours=1) if layer.kind is RotationKind.HOURLY else DAY
        while found[-1][0] < last:
            number += 1
            found.append((start + number * layer.length * step, number))
        return found
    day, passed = layer.start, 0
    fitting = False
    while datetime.combine(day, layer.hand_over) < last:
        day += DAY
        if layer.kind is RotationKind.WEEKLY:
            weekday = layer.start.weekday() if layer.weekday is None else layer.weekday
            fitting = day.weekday() == weekday
        else:
            fitting = day.day == min(layer.day or layer.start.day, monthrange(day.year, day.month)[1])
        if fitting:
            passed += 1
            if passed % layer.length == 0:
                number += 1
                found.append((datetime.combine(day, layer.hand_over), number))
    return found


def window_ends(window, day):
    """When, on the clocks, a window ends that begins on a day."""
    ends = datetime.combine(day, window.end)
    while ends <= datetime.combine(day, window.start) or window.until_day not in (None, ends.weekday()):
        ends += DAY
    return ends


def layer_by_minute(layer, zone, free_days, since, until):
    """Who of a layer is on call in each minute; missing: nobody."""
    first = clock(zone, since - LONGEST_AGO, until + AROUND)
    days = sorted({wall.date() for wall in first})[1:-1]
    come = sorted((first[wall], number) for wall, number in hand_overs(layer, first) if wall in first)
    ended = first.get(datetime.combine(layer.end, layer.hand_over)) if layer.end else None
    open_at, free = _open(layer, first, days, since, until), _free(free_days, first, days)
    found, index, turn = {}, 0, -1
    for moment in minutes(come[0][0], until):
        while index < len(come) and come[index][0] <= moment:
            turn = max(turn, come[index][1])
            index += 1
        counts = moment in open_at and (ended is None or moment < ended) and moment >= since
        if layer.holidays is not HolidayRule.ALSO:
            counts = counts and (moment in free) is (layer.holidays is HolidayRule.ONLY)
        if layer.participants and counts:
            found[moment] = layer.participants[turn % len(layer.participants)]
    return found


def _open(layer, first, days, since, until):
    found = set() if layer.windows else set(minutes(since, until))
    for window in layer.windows:
        for day in days:
            if not window.days or day.weekday() in window.days:
                starts, ends = first.get(datetime.combine(day, window.start)), first.get(window_ends(window, day))
                if starts and ends:
                    found.update(minutes(max(starts, since), min(ends, until)))
    return found


def _free(free_days, first, days):
    found = set()
    for day in days:
        if free_days.name(day):
            starts = first[datetime.combine(day, datetime.min.time())]
            found.update(minutes(starts, first[datetime.combine(day + DAY, datetime.min.time())]))
    return found


def by_minute(plans, overrides, since, until, gone):
    """Who is on call in each minute, (person, layer, override); missing: nobody."""
    tables = {
        (id(plan), layer.name): layer_by_minute(layer, plan.zone, plan.free_days, since, until)
        for plan in plans
        for layer in plan.layers
    }
    found = {}
    for moment in minutes(since, until):
        held = [plan for plan in plans if plan.valid_from <= moment]
        if not held:
            continue
        plan = max(held, key=lambda each: each.valid_from)
        answer = _override(overrides, moment, gone)
        if answer is None:
            for layer in plan.layers:
                person = tables[id(plan), layer.name].get(moment)
                if person is not None and moment < gone.get(person, until):
                    answer = (person, layer.name, None)
                    break
        if answer is not None and answer[0] is not None:
            found[moment] = answer
    return found


def _override(overrides, moment, gone):
    for each in sorted(overrides, key=lambda each: each.id, reverse=True):
        there = each.person is None or each.person not in gone or moment < gone[each.person]
        if each.starts_at <= moment < each.ends_at and there:
            return each.person, None, each.id
    return None
