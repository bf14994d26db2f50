"""Who is on call, remembered: worked out once, and asked for again only when a stamp says that something changed."""

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from actions.schedules.reading import rotas
from core.db import Reader
from core.recent import Recent
from models.person import User
from models.schedule.plan import Shift
from models.schedule.shifts import joined
from models.schedule.table import Schedule

WEEK = 7
BEFORE, AHEAD = timedelta(days=1), timedelta(days=WEEK + 14)
"""What is worked out at once, around the beginning of a week: who is on call, and who is next."""
MOST = 2000
"""Schedules of which it is remembered; the one that was asked for longest ago is forgotten first."""
ANSWERS = 200
"""Answers for all schedules, or for some of them, that are remembered until the next shift begins or ends."""


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

    def changes(self, moment: datetime) -> datetime:
        """When the answer for a moment may be another one."""
        shift = self.at(moment)
        if shift is not None:
            return shift.ends_at
        coming = self.after(moment)
        return coming.starts_at if coming is not None else self.until

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


class Answer(NamedTuple):
    """Who is on call by some schedules from a moment until before another."""

    since: datetime
    until: datetime
    turns: list[Turn]


Kept = tuple[UUID, tuple[int, datetime | None], int]
Seen = tuple[str, int, datetime | None]
_timelines: Recent[Kept, Timeline] = Recent(MOST)
_answers: Recent[Seen, Answer] = Recent(ANSWERS)


async def on_call(reader: Reader, moment: datetime, ids: Collection[int] | None = None) -> list[Turn]:
    """Who is on call at a moment by each schedule in use, or by some of them, by name of the schedule.

    Costs one statement that gives one row, while nothing changed and nobody handed over.
    """
    seen = await _seen(reader, ids)
    known = _answers.get(seen)
    if known is None or not known.since <= moment < known.until:
        lines = await timelines(reader, moment, ids)
        found = [(key, name, team, line.at(moment)) for key, name, team, line in lines]
        turns = [Turn(key, name, team, shift) for key, name, team, shift in found if shift is not None]
        until = min((line.changes(moment) for *_, line in lines), default=moment + timedelta(days=1))
        known = _answers.keep(seen, Answer(moment, until, turns))
    return list(known.turns)


async def timelines(
    reader: Reader, moment: datetime, ids: Collection[int] | None = None
) -> list[tuple[int, str, int | None, Timeline]]:
    """What is worked out around a moment of each schedule in use: key, name, key of the team, timeline."""
    stamps = await _stamps(reader, ids)
    week = moment.astimezone(UTC).toordinal() // WEEK
    places = [(stamp, stamps.left, week) for stamp in stamps.stamps]
    known = [_timelines.get(place) for place in places]
    rows = list(zip(stamps.ids, places, known, strict=True))
    missing = {key: place for key, place, line in rows if line is None}
    fresh = await _work_out(reader, missing, week) if missing else {}
    lines = [line or fresh[key] for key, _, line in rows]
    return list(zip(stamps.ids, stamps.names, stamps.teams, lines, strict=True))


async def _work_out(reader: Reader, missing: Mapping[int, Kept], week: int) -> dict[int, Timeline]:
    """Work out what is not remembered, and remember it."""
    begins = datetime.combine(date.fromordinal(week * WEEK), time(), UTC)
    since, until = begins - BEFORE, begins + AHEAD
    fresh = {}
    for rota in await rotas(reader, missing, since, until):
        await asyncio.sleep(0)  # others have their turn: hundreds of schedules take a while
        found = joined(rota.shifts(since, until))
        timeline = Timeline(since, until, [each.starts_at for each in found], found)
        fresh[rota.schedule.id] = _timelines.keep(missing[rota.schedule.id], timeline)
    return fresh


LEFT = (
    select(func.count(User.archived_at)).where(User.archived_at.is_not(None)).scalar_subquery(),
    select(func.max(User.archived_at)).where(User.archived_at.is_not(None)).scalar_subquery(),
)
"""How many people are archived, and when the last one was."""


def _statements(*, some: bool) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """For one value of all stamps of the schedules in use, empty for no schedule; and for each with what it is of."""
    used = [Schedule.archived_at.is_(None)]
    if some:
        used.append(Schedule.id.in_(bindparam("keys", expanding=True)))
    told = func.string_agg(cast(Schedule.stamp, Text), aggregate_order_by(literal(""), Schedule.id))
    order = (func.lower(Schedule.name), Schedule.id)
    columns = (Schedule.id, Schedule.stamp, Schedule.name, Schedule.team_id)
    listed = [func.coalesce(func.array_agg(aggregate_order_by(each, *order)), []) for each in columns]
    return (
        select(func.coalesce(func.md5(told), ""), *LEFT).where(*used),
        select(*listed, *LEFT).where(*used),
    )


ALL, SOME = _statements(some=False), _statements(some=True)
"""Made once: this is asked on every alert."""


async def _row(reader: Reader, which: int, ids: Collection[int] | None) -> Any:
    if ids is None:
        return (await reader.execute(ALL[which]))[0]
    return (await reader.execute(SOME[which], {"keys": list(ids)}))[0]


async def _seen(reader: Reader, ids: Collection[int] | None) -> Seen:
    row = await _row(reader, 0, ids)
    return row[0], row[1], row[2]


async def _stamps(reader: Reader, ids: Collection[int] | None) -> Stamps:
    keys, stamps, names, teams, count, latest = await _row(reader, 1, ids)
    return Stamps(keys, stamps, names, teams, (count, latest))
