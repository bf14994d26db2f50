"""Schedules: who is on call by them, when nobody is, and how that is shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from actions.schedules.reading import Rota, rotas
from actions.schedules.remembering import BEFORE, on_call, timelines
from core.errors import invalid
from models.schedule.findings import double_bookings, gaps
from models.schedule.free_days import YEARS
from models.schedule.load import load
from models.schedule.plan import Shift
from models.schedule.shifts import joined
from models.schedule.table import Schedule, ScheduleOverride, ScheduleVersion
from resolvers.context import Context
from resolvers.rows import children, named

LONGEST = timedelta(days=400)
"""How long a stretch may be asked for at once."""
AHEAD = timedelta(days=28)
"""How far ahead it is looked for faults, unless that is said."""


@dataclass(frozen=True, slots=True)
class OnCallShift:
    """Who is on call from when until when."""

    schedule_id: int
    user_id: int
    starts_at: datetime
    ends_at: datetime
    layer: str | None
    override_id: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """When nobody is."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SharedLoad:
    """How long somebody is on call, in hours."""

    user_id: int
    hours: float
    night_hours: float
    weekend_hours: float
    holiday_hours: float
    shifts: int
    share: float


@dataclass(frozen=True, slots=True)
class Twice:
    """One person on call by two schedules at once."""

    user_id: int
    starts_at: datetime
    ends_at: datetime
    schedule_id: int
    other_schedule_id: int


async def schedules(ctx: Context) -> list[Schedule]:
    """All schedules by name, archived ones last."""
    order = (Schedule.archived_at.is_not(None), func.lower(Schedule.name), Schedule.id)
    return await ctx.reader.rows(Schedule, select(Schedule).order_by(*order))


async def schedule(ctx: Context, *, ref: str) -> Schedule | None:
    """The one with this name, in any case, or id; None if there is none."""
    return await named(ctx, Schedule, ref)


async def on_call_now(ctx: Context, *, at: datetime | None = None) -> list[OnCallShift]:
    """Who is on call by each schedule at a moment, by its name."""
    moment = at or ctx.reader.clock.now()
    return [_shift(turn.schedule_id, turn.shift) for turn in await on_call(ctx.reader, bounded(moment))]


async def on_call_of(ctx: Context, rows: Sequence[Schedule], *, at: datetime | None = None) -> list[OnCallShift | None]:
    """Who is on call by each at a moment; None: nobody."""
    moment = bounded(at or ctx.reader.clock.now())
    if all(not row.archived for row in rows):
        found = {turn.schedule_id: turn.shift for turn in await on_call(ctx.reader, moment, [row.id for row in rows])}
        return [_shift(row.id, found[row.id]) if row.id in found else None for row in rows]
    by_key = await _rotas(ctx, rows, moment, moment + timedelta(microseconds=1))
    then = [by_key[row.id].shifts(moment - BEFORE, moment + BEFORE) for row in rows]
    at_moment = [next((each for each in found if each.starts_at <= moment < each.ends_at), None) for found in then]
    return [_shift(row.id, each) if each else None for row, each in zip(rows, at_moment, strict=True)]


async def next_of(ctx: Context, rows: Sequence[Schedule]) -> list[OnCallShift | None]:
    """Who follows in each, within about two weeks; None: nobody does by then."""
    moment = ctx.reader.clock.now()
    found = {
        key: line.after(moment) for key, _, _, line in await timelines(ctx.reader, moment, [row.id for row in rows])
    }
    return [_shift(row.id, each) if (each := found.get(row.id)) else None for row in rows]


async def shifts_of(
    ctx: Context, rows: Sequence[Schedule], *, since: datetime, until: datetime
) -> list[list[OnCallShift]]:
    """Each turn between two moments: one shift for each hand-over."""
    by_key = await _rotas(ctx, rows, since, until)
    return [[_shift(row.id, each) for each in by_key[row.id].shifts(since, until)] for row in rows]


async def final_of(
    ctx: Context, rows: Sequence[Schedule], *, since: datetime, until: datetime
) -> list[list[OnCallShift]]:
    """The same, where shifts of one person that follow each other are one."""
    by_key = await _rotas(ctx, rows, since, until)
    return [[_shift(row.id, each) for each in joined(by_key[row.id].shifts(since, until))] for row in rows]


async def gaps_of(
    ctx: Context, rows: Sequence[Schedule], *, since: datetime | None = None, until: datetime | None = None
) -> list[list[Gap]]:
    """When nobody is on call by each."""
    begins = since or ctx.reader.clock.now()
    ends = until or begins + AHEAD
    by_key = await _rotas(ctx, rows, begins, ends)
    return [[Gap(*span) for span in gaps_in(by_key[row.id], begins, ends)] for row in rows]


def gaps_in(rota: Rota, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When nobody is on call between two moments; nothing of a schedule that is archived."""
    if rota.schedule.archived:
        return []
    return gaps(rota.plans, rota.shifts(since, until), since, until)


async def load_of(
    ctx: Context, rows: Sequence[Schedule], *, since: datetime, until: datetime
) -> list[list[SharedLoad]]:
    """How the time on call is shared."""
    by_key = await _rotas(ctx, rows, since, until)
    return [shared(by_key[row.id], since, until) for row in rows]


def shared(rota: Rota, since: datetime, until: datetime) -> list[SharedLoad]:
    """How the time on call between two moments is shared, most first."""
    found = load(rota.plans, joined(rota.shifts(since, until)), since, until)
    total = sum(each.total for each in found) or 1
    lines = [
        SharedLoad(
            each.person,
            _hours(each.total),
            _hours(each.night),
            _hours(each.weekend),
            _hours(each.holiday),
            each.shifts,
            round(each.total / total, 4),
        )
        for each in found
    ]
    return sorted(lines, key=lambda each: (-each.hours, each.user_id))


def _hours(seconds: int) -> float:
    return round(seconds / 3600, 2)


async def twice(ctx: Context, *, since: datetime | None = None, until: datetime | None = None) -> list[Twice]:
    """Who is on call by two schedules at once."""
    begins = since or ctx.reader.clock.now()
    ends = until or begins + AHEAD
    rows = [row for row in await schedules(ctx) if not row.archived]
    by_key = await _rotas(ctx, rows, begins, ends)
    found = double_bookings({key: rota.shifts(begins, ends) for key, rota in by_key.items()})
    return [Twice(each.person, each.starts_at, each.ends_at, *each.schedules) for each in found]


async def current_versions(ctx: Context, rows: Sequence[Schedule]) -> list[ScheduleVersion | None]:
    """The version of each that holds now, or, before the first one does, that one."""
    return [_at(versions, ctx.reader.clock.now()) for versions in await _standing(ctx, rows)]


async def coming_versions(ctx: Context, rows: Sequence[Schedule]) -> list[list[ScheduleVersion]]:
    """Versions of each that are to come."""
    moment = ctx.reader.clock.now()
    return [[each for each in versions if each.valid_from > moment] for versions in await _standing(ctx, rows)]


async def overrides_of(ctx: Context, rows: Sequence[Schedule]) -> list[list[ScheduleOverride]]:
    """Overrides of each that are not over, the next one first, at most 100."""
    standing = select(ScheduleOverride, ScheduleOverride.schedule_id).where(
        ScheduleOverride.schedule_id.in_([row.id for row in rows]),
        ScheduleOverride.removed_at.is_(None),
        ScheduleOverride.ends_at > ctx.reader.clock.now(),
    )
    found = await children(ctx, ScheduleOverride, standing.order_by(ScheduleOverride.starts_at, ScheduleOverride.id))
    return [found.get(row.id, [])[:100] for row in rows]


def bounded(moment: datetime) -> datetime:
    """A moment that calendars can be worked out around. INVALID_INPUT for one that is centuries away."""
    if moment.year not in YEARS:
        hint = f"Give a moment between {YEARS[0]} and {YEARS[-1]}."
        raise invalid("at", f"{moment.isoformat()} is too far away.", hint)
    return moment


def stretch(since: datetime, until: datetime) -> None:
    """INVALID_INPUT for a stretch that ends before it begins, or that is too long."""
    bounded(since)
    bounded(until)
    if not since < until:
        raise invalid("until", "The stretch ends before it begins.", "Give a later end.")
    if until - since > LONGEST:
        raise invalid("until", f"The stretch is longer than {LONGEST.days} days.", "Ask for less at once.")


async def _rotas(ctx: Context, rows: Sequence[Schedule], since: datetime, until: datetime) -> dict[int, Rota]:
    stretch(since, until)
    found = await rotas(ctx.reader, {row.id for row in rows}, since, until)
    return {rota.schedule.id: rota for rota in found}


async def standing(ctx: Context, row: Schedule) -> list[ScheduleVersion]:
    """The versions of a schedule that hold, held, or will, in order."""
    return (await _standing(ctx, [row]))[0]


async def _standing(ctx: Context, rows: Sequence[Schedule]) -> list[list[ScheduleVersion]]:
    mine = select(ScheduleVersion, ScheduleVersion.schedule_id).where(
        ScheduleVersion.schedule_id.in_([row.id for row in rows]), ScheduleVersion.superseded_at.is_(None)
    )
    found = await children(ctx, ScheduleVersion, mine.order_by(ScheduleVersion.valid_from, ScheduleVersion.version))
    return [found.get(row.id, []) for row in rows]


def _at(versions: Sequence[ScheduleVersion], moment: datetime) -> ScheduleVersion | None:
    held = [each for each in versions if each.valid_from <= moment]
    return held[-1] if held else next(iter(versions), None)


def _shift(key: int, each: Shift) -> OnCallShift:
    return OnCallShift(key, each.person, each.starts_at, each.ends_at, each.layer, each.override)


def parts(name: str) -> Any:
    """A batch resolver for a part of the definition of each version."""

    async def resolve(_: Context, rows: Sequence[ScheduleVersion]) -> list[Any]:
        return [row.definition[name] for row in rows]

    return resolve
