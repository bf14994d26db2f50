"""Schedules as they are worked out: versions and overrides read, and who is on call remembered by their stamps."""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core.db import Reader
from models.person import User
from models.schedule.plan import Override, Plan, Shift
from models.schedule.shifts import NEVER, joined, shifts
from models.schedule.table import Schedule, ScheduleOverride, ScheduleVersion
from models.schedule.written import plan_of

WEEK = 7
BEFORE, AHEAD = timedelta(days=1), timedelta(days=WEEK + 14)
"""What is worked out at once, around the beginning of a week: who is on call, and who is next."""
MOST = 2000
"""Schedules of which it is remembered; the one that was asked for longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule as it is worked out from."""

    schedule: Schedule
    plans: list[Plan]
    overrides: list[Override]
    gone: dict[int, datetime]
    """Since when people who stand in it are archived."""

    def shifts(self, since: datetime, until: datetime) -> list[Shift]:
        """Who is on call between two moments, by hand-overs; nobody once it is archived."""
        until = min(until, self.schedule.archived_at or NEVER)
        return shifts(self.plans, self.overrides, since, until, self.gone) if since < until else []


class Turn(NamedTuple):
    """Who is on call for a schedule, or next; `ends_at` is cut at what was worked out."""

    schedule_id: int
    name: str
    team_id: int | None
    shift: Shift


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who is on call by a schedule for some days around a moment."""

    since: datetime
    until: datetime
    starts: list[datetime]
    found: list[Shift]

    def at(self, moment: datetime) -> Shift | None:
        """Who is on call at a moment within it; None: nobody."""
        index = bisect_right(self.starts, moment) - 1
        return self.found[index] if index >= 0 and moment < self.found[index].ends_at else None

    def after(self, moment: datetime) -> Shift | None:
        """The first shift that begins after a moment, as far as it was worked out."""
        index = bisect_right(self.starts, moment)
        return self.found[index] if index < len(self.found) else None


class Stamps(NamedTuple):
    """Which schedules are in use, by id, and what tells whether anything of them changed."""

    ids: Sequence[int]
    stamps: Sequence[UUID]
    names: Sequence[str]
    teams: Sequence[int | None]
    left: tuple[int, datetime | None]
    """How many people are archived, and when the last one was."""


Kept = tuple[UUID, tuple[int, datetime | None], int]
_timelines: OrderedDict[Kept, Timeline] = OrderedDict()


async def on_call(reader: Reader, moment: datetime, ids: Collection[int] | None = None) -> list[Turn]:
    """Who is on call at a moment by each schedule in use, or by some of them, by name of the schedule.

    Costs one statement while nothing changed: what was worked out is remembered by the stamps of the schedules.
    """
    return [
        Turn(key, name, team, shift)
        for key, name, team, timeline in await timelines(reader, moment, ids)
        if (shift := timeline.at(moment)) is not None
    ]


async def timelines(
    reader: Reader, moment: datetime, ids: Collection[int] | None = None
) -> list[tuple[int, str, int | None, Timeline]]:
    """What is worked out around a moment of each schedule in use: key, name, key of the team, timeline."""
    stamps = await _stamps(reader, ids)
    week = moment.astimezone(UTC).toordinal() // WEEK
    places = [(stamp, stamps.left, week) for stamp in stamps.stamps]
    missing = {key: place for key, place in zip(stamps.ids, places, strict=True) if place not in _timelines}
    fresh = await _work_out(reader, missing, week) if missing else {}
    rows = zip(stamps.ids, stamps.names, stamps.teams, places, strict=True)
    return [(key, name, team, fresh.get(key) or _timelines[place]) for key, name, team, place in rows]


async def _work_out(reader: Reader, missing: Mapping[int, Kept], week: int) -> dict[int, Timeline]:
    """Work out what is not remembered, and remember it."""
    begins = datetime.combine(date.fromordinal(week * WEEK), time(), UTC)
    since, until = begins - BEFORE, begins + AHEAD
    fresh = {}
    for rota in await rotas(reader, missing, since, until):
        found = joined(rota.shifts(since, until))
        fresh[rota.schedule.id] = timeline = Timeline(since, until, [each.starts_at for each in found], found)
        _remember(missing[rota.schedule.id], timeline)
    return fresh


def _remember(key: Kept, timeline: Timeline) -> None:
    _timelines[key] = timeline
    _timelines.move_to_end(key)
    while len(_timelines) > MOST:
        _timelines.popitem(last=False)


async def _stamps(reader: Reader, ids: Collection[int] | None) -> Stamps:
    order = (func.lower(Schedule.name), Schedule.id)
    columns = (Schedule.id, Schedule.stamp, Schedule.name, Schedule.team_id)
    left = select(func.count(User.archived_at)).where(User.archived_at.is_not(None)).scalar_subquery()
    last = select(func.max(User.archived_at)).where(User.archived_at.is_not(None)).scalar_subquery()
    listed = [func.coalesce(func.array_agg(aggregate_order_by(each, *order)), []) for each in columns]
    statement = select(*listed, left, last).where(Schedule.archived_at.is_(None))
    if ids is not None:
        statement = statement.where(Schedule.id.in_(ids))
    keys, stamps, names, teams, count, latest = (await reader.execute(statement))[0]
    return Stamps(keys, stamps, names, teams, (count, latest))


async def rotas(reader: Reader, ids: Collection[int], since: datetime, until: datetime) -> list[Rota]:
    """Schedules by key, as far as they matter between two moments; missing ones are left out."""
    known = await reader.rows(Schedule, select(Schedule).where(Schedule.id.in_(ids)).order_by(Schedule.id))
    mine = [row.id for row in known]
    if not mine:
        return []
    plans, people = await _plans(reader, mine, since, until)
    overrides = await _overrides(reader, mine, since, until)
    people.update(each.person for many in overrides.values() for each in many if each.person is not None)
    gone = await _gone(reader, people)
    return [Rota(row, plans[row.id], overrides[row.id], gone) for row in known]


async def _plans(
    reader: Reader, ids: Sequence[int], since: datetime, until: datetime
) -> tuple[Mapping[int, list[Plan]], set[int]]:
    """The versions that hold at some time between two moments, and who stands in them."""
    ends = func.lead(ScheduleVersion.valid_from).over(
        partition_by=ScheduleVersion.schedule_id, order_by=(ScheduleVersion.valid_from, ScheduleVersion.version)
    )
    standing = (
        select(ScheduleVersion.schedule_id, ScheduleVersion.valid_from, ScheduleVersion.definition, ends.label("ends"))
        .where(ScheduleVersion.schedule_id.in_(ids), ScheduleVersion.superseded_at.is_(None))
        .subquery()
    )
    held = select(standing).where(
        standing.c.valid_from < until, or_(standing.c.ends.is_(None), standing.c.ends > since)
    )
    found: dict[int, list[Plan]] = defaultdict(list)
    people: set[int] = set()
    for row in await reader.execute(held.order_by(standing.c.valid_from)):
        plan = plan_of(row.definition, row.valid_from)
        found[row.schedule_id].append(plan)
        people.update(person for layer in plan.layers for person in layer.participants)
    return found, people


async def _overrides(
    reader: Reader, ids: Sequence[int], since: datetime, until: datetime
) -> Mapping[int, list[Override]]:
    rows = await reader.execute(
        select(
            ScheduleOverride.schedule_id,
            ScheduleOverride.id,
            ScheduleOverride.starts_at,
            ScheduleOverride.ends_at,
            ScheduleOverride.user_id,
        )
        .where(
            ScheduleOverride.schedule_id.in_(ids),
            ScheduleOverride.removed_at.is_(None),
            ScheduleOverride.ends_at > since,
            ScheduleOverride.starts_at < until,
        )
        .order_by(ScheduleOverride.id)
    )
    found: dict[int, list[Override]] = defaultdict(list)
    for schedule, *given in rows:
        found[schedule].append(Override(*given))
    return found


async def _gone(reader: Reader, people: Collection[int]) -> dict[int, datetime]:
    archived = select(User.id, User.archived_at).where(User.id.in_(people), User.archived_at.is_not(None))
    rows: Sequence[Any] = await reader.execute(archived) if people else ()
    return {row.id: row.archived_at for row in rows}
