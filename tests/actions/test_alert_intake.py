"""Deliveries of a monitor: new, repeated, ended, out of order."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.intake import receive_group
from models.alert import AlertSource
from models.words import AlertState, Stage
from tests.actions.alerting import START, Monitor, alerts, firing, group, id_of, incidents, resolved, rule


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def test_repeats_only_count(world, monitor, clock):
    await rule(world)
    await monitor.sends(firing("a"))
    before = await world.events()
    clock.advance(minutes=5)
    receipt = await monitor.sends(firing("a"))
    assert (receipt.created, receipt.repeated) == (0, 1)
    (incident,) = await incidents(world)
    assert receipt.incident == incident.reference
    (alert,) = await alerts(world)
    assert alert.count == 2
    assert alert.last_seen_at - alert.first_seen_at > timedelta(minutes=5)
    assert await world.events() == before


async def test_each_alert_is_read_for_its_own_status(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"), firing("b"))
    await monitor.sends(resolved("a"), firing("b"))
    first, second = await alerts(world)
    assert (first.state, first.resolved_at, first.count) == (AlertState.RESOLVED, START + timedelta(minutes=5), 1)
    assert (second.state, second.count) == (AlertState.FIRING, 2)
    (event,) = await world.events(None, "alert.resolved")
    assert (event.data["alert_id"], event.incident_id) == (first.id, first.incident_id)
    assert event.occurred_at == START + timedelta(minutes=5)
    (incident,) = await incidents(world)
    assert event.number == incident.last_event_number == 4


async def test_the_end_is_noted_once_and_an_old_firing_does_not_reopen(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"))
    await monitor.sends(resolved("a"))
    await monitor.sends(resolved("a"))
    receipt = await monitor.sends(firing("a"))
    assert receipt.created == 0
    (alert,) = await alerts(world)
    assert (alert.state, alert.count) == (AlertState.RESOLVED, 2)
    assert len(await world.events(None, "alert.resolved")) == 1
    (incident,) = await incidents(world)
    assert incident.stage is Stage.DETECTION  # nothing advances by itself


async def test_an_alert_that_ended_unseen_is_stored_so_and_makes_no_incident(world, monitor):
    await rule(world)
    receipt = await monitor.sends(resolved("a"))
    assert (receipt.created, receipt.incident) == (1, None)
    (alert,) = await alerts(world)
    assert (alert.state, alert.resolved_at) == (AlertState.RESOLVED, START + timedelta(minutes=5))
    assert [e.kind for e in await world.events()][-2:] == ["alert.received", "alert.resolved"]
    assert await incidents(world) == []


async def test_the_same_alert_twice_in_one_delivery_is_one(world, monitor):
    await rule(world)
    receipt = await monitor.sends(firing("a"), resolved("a"), firing("a"))
    assert (receipt.received, receipt.created, receipt.repeated) == (3, 1, 2)
    (alert,) = await alerts(world)
    assert (alert.state, alert.count) == (AlertState.RESOLVED, 2)


async def test_what_people_did_to_an_alert_stands_when_it_is_repeated(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"), firing("b"), firing("c"))
    a, b, c = await alerts(world)
    await world.do(acknowledge_alert, world.ben, alert=id_of(a))
    await world.do(resolve_alert, world.ben, alert=id_of(b))
    await world.do(link_alert, world.ben, alert=id_of(c), incident=None)
    await monitor.sends(firing("a"), firing("b"), firing("c"))
    a, b, c = await alerts(world)
    assert (a.state, b.state, c.incident_id) == (AlertState.ACKNOWLEDGED, AlertState.RESOLVED, None)
    assert len(await incidents(world)) == 1
    await monitor.sends(resolved("a"), resolved("b"))
    assert len(await world.events(None, "alert.resolved")) == 2


async def test_a_start_in_the_future_is_detected_now(world, monitor, clock):
    await rule(world)
    await monitor.sends(firing("a", starts_at=START + timedelta(hours=1)))
    (incident,) = await incidents(world)
    assert incident.detected_at <= clock.now()
    (event,) = await world.events(incident.id, "alert.received")
    assert event.occurred_at <= clock.now()
    assert event.data["starts_at"] == "2026-11-24T03:50:00+00:00"


async def test_the_source_is_seen_at_most_every_half_minute(world, monitor, clock):
    async def seen():
        async with world.database.reading() as reader:
            return await reader.scalar(select(AlertSource.last_seen_at))

    await monitor.sends(firing("a"))
    first = await seen()
    await monitor.sends(firing("a"))
    assert await seen() == first
    clock.advance(seconds=31)
    await monitor.sends(firing("a"))
    assert await seen() > first


async def test_nothing_is_half_stored_when_the_end_fails(world, monitor):
    await rule(world)
    with pytest.raises(RuntimeError):
        async with world.database.unit_of_work() as session:
            await receive_group(session, monitor.source, group(firing("a")))
            raise RuntimeError
    assert await alerts(world) == []
    assert await incidents(world) == []
