"""Pairs of changes that meet on several rows at once: they wait for each other, in one order, and both happen."""

import asyncio

from sqlalchemy import func, select, text

from actions.alerts.changes import link_alert
from actions.alerts.group import Receipt
from actions.merges import merge_incident
from models.alert import Alert
from models.incident import Incident
from tests.actions.alerting import Monitor, alerts, firing, id_of, rule
from tests.actions.lifecycle import declared

BLOCKED = (
    select(func.count())
    .select_from(text("pg_stat_activity"))
    .where(text("datname = current_database() and wait_event_type = 'Lock'"))
)


async def blocked(database, count):
    """Wait until so many transactions wait for a lock."""
    async with asyncio.timeout(3):
        reader = database.lookup()
        try:
            while await reader.scalar(BLOCKED) < count:
                pass
        finally:
            await reader.close()


async def test_a_merge_and_a_repeat_of_its_alerts(world, database):
    await rule(world)
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a"), firing("b"))
    first, second = await alerts(world)
    for incident in (None, f"INC-{first.incident_id}"):  # in the table, the older one now lies behind the newer one
        await world.do(link_alert, world.ben, alert=id_of(first), incident=incident)
    target = await declared(world)
    merge = world.do(merge_incident, world.ben, incident=f"INC-{first.incident_id}", into=target.reference)
    repeat = monitor.sends(firing("a"), firing("b"))
    doing = []
    async with database.engine.connect() as other:
        await other.execute(select(Alert.id).where(Alert.id == second.id).with_for_update())
        for deed in (merge, repeat):
            doing.append(asyncio.create_task(deed))
            await blocked(database, len(doing))
        await other.rollback()
        done = await asyncio.gather(*doing, return_exceptions=True)
    assert [type(each) for each in done] == [Incident, Receipt]
    assert {alert.incident_id for alert in await alerts(world)} == {target.id}
