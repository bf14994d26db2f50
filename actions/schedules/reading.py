"""Schedules as they are worked out: their versions and overrides, read for some time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from core.db import Reader
from models.person import User
from models.schedule.plan import Override, Plan, Shift
from models.schedule.shifts import NEVER, shifts
from models.schedule.table import Schedule, ScheduleOverride, ScheduleVersion
from models.schedule.written import plan_of


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
