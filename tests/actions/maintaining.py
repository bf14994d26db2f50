"""Shorthand for tests of planned work."""

from datetime import timedelta

from sqlalchemy import select

from actions.components import refresh_components
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.series import schedule_maintenance_series
from models.maintenance import Maintenance, MaintenanceComponent, MaintenanceSeries
from models.service import Component, ComponentPeriod
from tests.telling import component_id


async def with_a_past(world):
    """Components that are operational since they were made, as those that admins add are."""
    async with world.database.unit_of_work() as session:
        await refresh_components(session, world.ada, [component.id for component in world.components.values()])


def window(world, *, days=0, hours=0, minutes=0, length=timedelta(hours=2)):
    """A start so far from now, on the full minute, and its end."""
    now = world.clock.now().replace(second=0, microsecond=0)
    start = now + timedelta(days=days, hours=hours, minutes=minutes)
    return {"starts_at": start, "ends_at": start + length}


def given(world, *names, **inputs):
    """The input of a maintenance on components by name (Checkout without any)."""
    return {
        "title": "New disks",
        "body": "We *replace* disks; orders pause for a minute.",
        "components": [component_id(world, name) for name in names or ("checkout",)],
        **(window(world, hours=1) if "starts_at" not in inputs else {}),
        **inputs,
    }


async def planned(world, *names, **inputs):
    return await world.do(schedule_maintenance, world.dov, **given(world, *names, **inputs))


async def recurring(world, *names, rule="FREQ=WEEKLY", time_zone="UTC", **inputs):
    return await world.do(
        schedule_maintenance_series, world.dov, **given(world, *names, **inputs), rule=rule, time_zone=time_zone
    )


async def row(world, key):
    async with world.database.reading() as reader:
        return await reader.row(Maintenance, select(Maintenance).where(Maintenance.id == key))


async def series_row(world, key):
    async with world.database.reading() as reader:
        return await reader.row(MaintenanceSeries, select(MaintenanceSeries).where(MaintenanceSeries.id == key))


async def occurrences_of(world, series_id):
    async with world.database.reading() as reader:
        statement = select(Maintenance).where(Maintenance.series_id == series_id).order_by(Maintenance.starts_at)
        return await reader.rows(Maintenance, statement)


async def components_taken(world, key):
    async with world.database.reading() as reader:
        found = await reader.execute(
            select(Component.name)
            .join(MaintenanceComponent, MaintenanceComponent.component_id == Component.id)
            .where(MaintenanceComponent.maintenance_id == key)
            .order_by(Component.name)
        )
    return [each.name for each in found]


async def status_of(world, name):
    async with world.database.reading() as reader:
        return await reader.scalar(select(Component.status).where(Component.id == world.components[name].id))


async def periods_of(world, name):
    """A component's past: (status, from, to), oldest first."""
    async with world.database.reading() as reader:
        statement = select(ComponentPeriod).where(ComponentPeriod.component_id == world.components[name].id)
        rows = await reader.rows(ComponentPeriod, statement.order_by(ComponentPeriod.started_at, ComponentPeriod.id))
    return [(each.status, each.started_at, each.ended_at) for each in rows]


async def told(world):
    """Events of planned work, without when things are: (kind after the dot, whether subscribers are told)."""
    events = await world.events()
    return [
        (e.kind.removeprefix("maintenance."), e.data["notify"]) for e in events if e.kind.startswith("maintenance.")
    ]
