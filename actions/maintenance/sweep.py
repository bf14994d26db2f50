"""What of planned work becomes due: beginnings, ends, reminders, and more of what recurs.

Late timers, because Muster was down: the plan is what happened. Work that was to begin, or to be over, begins and ends
at its planned moment, in the record and in the past of its components; of a step that is told more than 15 minutes late
nobody is notified, since the page says it already and an old message only confuses. A reminder whose maintenance has
begun meanwhile is dropped.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.components import lock_components
from actions.maintenance.past import note_past_work
from actions.maintenance.plan import components_of
from actions.maintenance.series import make_occurrences, take_due
from actions.maintenance.steps import begin, end, show
from actions.maintenance.telling import announce
from actions.record import now
from auth.actor import SYSTEM
from core.db import Database
from models.facts.base import Fact
from models.facts.maintenance import MaintenanceCompleted, MaintenanceReminded, MaintenanceStarted
from models.maintenance import Maintenance, MaintenanceSeries

LATE = timedelta(minutes=15)
"""From so much on a step is told too late to notify anybody of it."""


async def sweep_maintenance(database: Database, limit: int = 50) -> int:
    """Do what is due, of at most `limit` maintenances in one transaction; how many steps.

    Safe to run anywhere at any time: a maintenance that somebody else holds is left to the next sweep.
    """
    async with database.unit_of_work() as session:
        due = await _due(session, limit)
        if not due:
            return 0
        components = await components_of(session, [each.id for each in due])
        await lock_components(session, {key for keys in components.values() for key in keys})
        return sum([await _catch_up(session, each, components[each.id]) for each in due])


async def _due(session: AsyncSession, limit: int) -> Sequence[Maintenance]:
    """Maintenances of which something is due, locked, in the order of their ids."""
    moment = now(session)
    columns = (Maintenance.begin_due_at, Maintenance.end_due_at, Maintenance.remind_due_at)
    found = await session.scalars(
        select(Maintenance)
        .where(or_(*(column <= moment for column in columns)))
        .order_by(Maintenance.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return found.all()


async def _catch_up(session: AsyncSession, maintenance: Maintenance, component_ids: Sequence[int]) -> int:
    """Do what is due of one maintenance, in its order; how many steps."""
    moment, steps = now(session), 0
    if _is_due(maintenance.remind_due_at, moment):
        maintenance.remind_due_at = None
        if moment < maintenance.starts_at:
            reminder = MaintenanceReminded(
                maintenance_id=maintenance.id, starts_at=maintenance.starts_at.isoformat(), notify=maintenance.notify
            )
            announce(session, SYSTEM, reminder)
        steps += 1
    missed = _is_due(maintenance.begin_due_at, moment) and maintenance.auto_end and maintenance.ends_at <= moment
    if _is_due(maintenance.begin_due_at, moment):
        begin(maintenance, maintenance.starts_at)
        _tell(session, maintenance, MaintenanceStarted, maintenance.starts_at)
        if not missed:
            await show(session, SYSTEM, [maintenance], {maintenance.id: maintenance.starts_at})
        steps += 1
    if _is_due(maintenance.end_due_at, moment):
        end(maintenance, maintenance.ends_at)
        _tell(session, maintenance, MaintenanceCompleted, maintenance.ends_at)
        if missed:
            await note_past_work(session, component_ids, maintenance.starts_at, maintenance.ends_at)
        else:
            await show(session, SYSTEM, [maintenance], {maintenance.id: maintenance.ends_at})
        steps += 1
    maintenance.changed_at = moment
    return steps


def _is_due(column: datetime | None, moment: datetime) -> bool:
    return column is not None and column <= moment


def _tell(
    session: AsyncSession,
    maintenance: Maintenance,
    fact: type[MaintenanceStarted] | type[MaintenanceCompleted],
    planned: datetime,
) -> None:
    """Record a step at the moment for which it was planned; nobody is notified of one that is long past."""
    in_time = now(session) - planned <= LATE
    told: Fact = fact(maintenance_id=maintenance.id, automatic=True, notify=maintenance.notify and in_time)
    announce(session, SYSTEM, told, occurred_at=planned)


async def extend_series(database: Database) -> int:
    """Make what recurring work is to come within 60 days, one series in a transaction; 0 when none was due.

    Nobody can be asked any more: what overlaps is made. Archived components are left out; without any left, nothing is
    made.
    """
    async with database.unit_of_work() as session:
        moment = now(session)
        series = await session.scalar(
            select(MaintenanceSeries)
            .where(MaintenanceSeries.extend_due_at <= moment)
            .order_by(MaintenanceSeries.extend_due_at, MaintenanceSeries.id)
            .limit(1)
            .with_for_update(key_share=True, skip_locked=True)
        )
        if series is None:
            return 0
        starts = take_due(series, moment)
        await session.flush()
        locked = await lock_components(session, series.component_ids)
        usable = [component.id for component in locked if not component.archived]
        await make_occurrences(session, SYSTEM, series, usable, starts)
        return 1
