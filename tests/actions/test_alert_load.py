"""Deliveries at the same time, and a thousand alerts at once."""

import asyncio
from time import perf_counter

import pytest
from sqlalchemy.event import listen

from actions.alerts.changes import link_alert
from actions.merges import merge_incident
from models.words import AlertState
from tests.actions.alerting import Monitor, alerts, firing, id_of, incidents, resolved, rule

STALL = 10.0
"""Seconds that no delivery may take, however busy the machine is."""


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def test_ten_equal_deliveries_at_once_are_one_alert_and_one_incident(world, monitor):
    await rule(world)
    receipts = await asyncio.gather(*(monitor.sends(firing("a"), firing("b")) for _ in range(10)))
    assert sorted(r.created for r in receipts) == [0] * 9 + [2]
    (incident,) = await incidents(world)
    assert {r.incident for r in receipts} == {incident.reference}
    assert [a.count for a in await alerts(world)] == [10, 10]
    assert len(await world.events(incident.id)) == 3


async def test_the_same_alert_in_two_groups_at_once_is_one_alert(world, monitor):
    await rule(world)
    pairs = (monitor.sends(firing("a"), firing("b"), key=f"g{i % 2}") for i in range(10))
    await asyncio.gather(*pairs)
    assert [a.count for a in await alerts(world)] == [10, 10]
    assert len(await incidents(world)) == 1


async def test_links_ends_and_deliveries_at_once_neither_deadlock_nor_lose_anything(world, monitor):
    await rule(world)
    names = [f"a{i}" for i in range(8)]
    await monitor.sends(*(firing(name) for name in names))
    await monitor.sends(firing("z"), key="other")
    first, second = await incidents(world)
    rows = (await alerts(world))[:8]

    async def move(row, target):
        await world.do(link_alert, world.ben, alert=id_of(row), incident=target.reference)

    await asyncio.gather(
        *(move(row, second) for row in rows),
        *(monitor.sends(resolved(name), firing("new")) for name in names),
        *(move(row, first) for row in rows),
    )
    final = await alerts(world)
    assert all(a.state is AlertState.RESOLVED for a in final[:8])
    assert len(await world.events(None, "alert.resolved")) == 8
    for incident in (first, second):
        numbers = [e.number for e in await world.events(incident.id)]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_merges_and_deliveries_at_once_leave_no_alert_behind(world, monitor):
    await rule(world)
    keys = [f"g{i}" for i in range(6)]
    for key in keys:
        await monitor.sends(firing(key), key=key)
    target, *others = await incidents(world)

    async def merge(incident):
        await world.do(merge_incident, world.ben, incident=incident.reference, into=target.reference)

    await asyncio.gather(
        *(monitor.sends(resolved(key), firing(f"{key}-more"), key=key) for key in keys),
        *(merge(incident) for incident in others),
        *(monitor.sends(firing(key), firing(f"{key}-again"), key=key) for key in keys),
    )
    assert len(await incidents(world)) == 6
    final = await alerts(world)
    assert len(final) == 18
    assert {a.incident_id for a in final} == {target.id}
    assert len(await world.events(None, "alert.resolved")) == 6


async def test_the_number_of_statements_does_not_grow_with_the_alerts(world, monitor):
    await rule(world)
    counted = []
    listen(world.database.engine.sync_engine, "before_cursor_execute", lambda *_: counted.append(1))

    async def statements(*sent, key):
        counted.clear()
        await monitor.sends(*sent, key=key)
        return len(counted)

    few, many = ([firing(f"{n}-{i}") for i in range(n)] for n in (3, 300))
    assert await statements(*few, key="few") == await statements(*many, key="many") < 20
    assert await statements(*few, key="few") == await statements(*many, key="many") < 10


async def test_a_storm_of_a_thousand_alerts_is_one_incident_and_no_stall(world, monitor):
    await rule(world, matchers={"severity": "=~crit.*"}, service="checkout-api")
    storm = [firing(f"host-{i:04}", severity="critical") for i in range(1000)]
    started = perf_counter()
    receipt = await monitor.sends(*storm)
    assert perf_counter() - started < STALL
    assert receipt.created == 1000
    (incident,) = await incidents(world)
    events = await world.events(incident.id)
    assert [e.number for e in events] == list(range(1, 1002))
    assert events[-1].id - events[0].id == 1000
    started = perf_counter()
    assert (await monitor.sends(*storm)).repeated == 1000
    assert perf_counter() - started < STALL
