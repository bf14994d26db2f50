"""Deliveries of a monitor: new, repeated, ended, out of order, at the same time, and a thousand at once."""

import asyncio
from datetime import timedelta
from time import perf_counter

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.intake import receive_group
from actions.merges import merge_incident
from models.alert import AlertSource
from models.incident import Incident, IncidentService
from models.severity import SeverityVersion
from models.words import ActorKind, AlertState, Stage, Visibility
from tests.actions.alerting import START, Monitor, alerts, firing, group, id_of, resolved, rule


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def incidents(world):
    async with world.database.reading() as reader:
        return await reader.rows(Incident, select(Incident).order_by(Incident.id))


async def set_incident(world, key, **columns):
    async with world.database.unit_of_work() as session:
        row = await session.get_one(Incident, key)
        for name, value in columns.items():
            setattr(row, name, value)


async def test_an_alert_that_no_rule_matches_is_stored_and_that_is_all(world, monitor):
    await rule(world, matchers={"severity": "critical"})
    receipt = await monitor.sends(firing("a", severity="warning"))
    assert (receipt.received, receipt.created, receipt.repeated, receipt.incident) == (1, 1, 0, None)
    (alert,) = await alerts(world)
    assert (alert.state, alert.count, alert.incident_id) == (AlertState.FIRING, 1, None)
    (event,) = await world.events(None, "alert.received")
    assert (event.incident_id, event.number, event.occurred_at) == (None, None, START)
    assert event.visibility is Visibility.ORGANISATION
    assert await incidents(world) == []


async def test_a_firing_group_becomes_one_incident_in_detection(world, monitor):
    await rule(world, matchers={"job": "=~check.*"}, service="checkout-api", severity="SEV2")
    receipt = await monitor.sends(
        firing("a", job="checkout"),
        firing("b", job="checkout", starts_at=START - timedelta(minutes=5)),
        labels={"job": "checkout"},
        annotations={"summary": "Instances are down", "description": "More than half of them."},
    )
    (incident,) = await incidents(world)
    assert receipt.incident == incident.reference
    assert (incident.stage, incident.title) == (Stage.DETECTION, "InstanceDown on Checkout API")
    assert incident.detected_at == START - timedelta(minutes=5)
    assert (incident.reported_by_kind, incident.reported_by_id) == (ActorKind.INTEGRATION, monitor.source.id)
    assert incident.labels == {"job": "checkout"}
    assert incident.summary == "Instances are down\n\nMore than half of them."
    assert incident.declared_at is None
    assert [a.incident_id for a in await alerts(world)] == [incident.id] * 2
    assert {a.service_id for a in await alerts(world)} == {world.services["checkout-api"].id}
    assert [e.kind for e in await world.events(incident.id)] == [
        "incident.reported",
        "alert.received",
        "alert.received",
    ]
    assert [e.number for e in await world.events(incident.id)] == [1, 2, 3]
    async with world.database.reading() as reader:
        severity = await reader.scalar(
            select(SeverityVersion.name).where(SeverityVersion.id == incident.severity_version_id)
        )
        services = await reader.execute(select(IncidentService.service_id))
    assert severity == "SEV2"
    assert services == [(world.services["checkout-api"].id,)]


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


async def test_the_first_rule_by_position_wins(world, monitor):
    await rule(world, name="Catch all", position=10, service="search-api")
    await rule(world, name="Noise", position=1, matchers={"severity": "!~critical|page"}, create_incident="NEVER")
    await monitor.sends(firing("a", severity="info"), firing("b", severity="page"))
    noise, real = await alerts(world)
    assert noise.incident_id is None
    assert real.incident_id is not None
    assert real.service_id == world.services["search-api"].id


async def test_of_several_severities_the_worst_is_suggested_and_all_services_are_touched(world, monitor):
    await rule(world, matchers={"job": "web"}, service="checkout-api", severity="SEV3")
    await rule(world, matchers={"job": "db"}, service="search-api", severity="SEV1")
    await monitor.sends(firing("a", job="web"), firing("b", job="db"))
    (incident,) = await incidents(world)
    assert incident.title == "InstanceDown on Checkout API, Search API"
    (reported,) = await world.events(incident.id, "incident.reported")
    async with world.database.reading() as reader:
        version = await reader.row(
            SeverityVersion, select(SeverityVersion).where(SeverityVersion.id == incident.severity_version_id)
        )
    assert version.name == "SEV1"
    assert reported.data["severity_id"] == version.severity_id
    assert sorted(reported.data["service_ids"]) == sorted(s.id for s in world.services.values())


async def test_what_was_archived_is_given_to_nothing_new(world, monitor, clock):
    await rule(world, service="checkout-api")
    async with world.database.unit_of_work() as session:
        (await session.merge(world.services["checkout-api"])).archived_at = clock.now()
    await monitor.sends(firing("a"))
    (incident,) = await incidents(world)
    assert incident.title == "InstanceDown"
    assert (await alerts(world))[0].service_id is None


async def test_later_alerts_of_a_group_join_its_open_incident(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"))
    receipt = await monitor.sends(firing("a"), firing("b"))
    (incident,) = await incidents(world)
    assert receipt.incident == incident.reference
    assert [a.incident_id for a in await alerts(world)] == [incident.id] * 2
    assert [e.number for e in await world.events(incident.id, "alert.received")] == [2, 3]


async def test_another_group_or_source_is_another_incident(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"))
    await monitor.sends(firing("b"), key="other")
    other = await Monitor.create(world, "Staging")
    await other.sends(firing("a"))
    assert len(await incidents(world)) == 3
    assert len(await alerts(world)) == 3


@pytest.mark.parametrize("stage", [Stage.RESOLUTION, Stage.DECLINED, Stage.CLOSED])
async def test_after_the_incident_has_ended_a_new_firing_makes_a_new_one_and_a_repeat_does_not(world, monitor, stage):
    await rule(world)
    await monitor.sends(firing("a"))
    (first,) = await incidents(world)
    await set_incident(world, first.id, stage=stage)
    assert (await monitor.sends(firing("a"))).incident is None
    assert len(await incidents(world)) == 1
    receipt = await monitor.sends(firing("a", starts_at=START + timedelta(minutes=9)))
    second = (await incidents(world))[-1]
    assert second.id != first.id
    assert receipt.incident == second.reference
    assert [a.incident_id for a in await alerts(world)] == [first.id, second.id]


async def test_a_group_follows_a_merge(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"))
    await monitor.sends(firing("b"), key="other")
    source, target = await incidents(world)
    await world.do(merge_incident, world.ben, incident=source.reference, into=target.reference)
    receipt = await monitor.sends(firing("c"))
    assert receipt.incident == target.reference
    assert {a.incident_id for a in await alerts(world)} == {target.id}


async def test_a_private_incident_takes_its_groups_alerts_and_is_not_named_to_the_monitor(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"))
    (incident,) = await incidents(world)
    await set_incident(world, incident.id, visibility=Visibility.PRIVATE)
    receipt = await monitor.sends(firing("b"))
    assert receipt.incident is None
    assert len(await incidents(world)) == 1
    assert (await alerts(world))[-1].incident_id == incident.id
    assert (await world.events(incident.id))[-1].visibility is Visibility.PRIVATE


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


async def test_a_storm_of_a_thousand_alerts_is_one_incident_in_under_two_seconds(world, monitor):
    await rule(world, matchers={"severity": "=~crit.*"}, service="checkout-api")
    storm = [firing(f"host-{i:04}", severity="critical") for i in range(1000)]
    started = perf_counter()
    receipt = await monitor.sends(*storm)
    assert perf_counter() - started < 2
    assert receipt.created == 1000
    (incident,) = await incidents(world)
    events = await world.events(incident.id)
    assert [e.number for e in events] == list(range(1, 1002))
    assert events[-1].id - events[0].id == 1000
    started = perf_counter()
    assert (await monitor.sends(*storm)).repeated == 1000
    assert perf_counter() - started < 2


async def test_nothing_is_half_stored_when_the_end_fails(world, monitor):
    await rule(world)
    with pytest.raises(RuntimeError):
        async with world.database.unit_of_work() as session:
            await receive_group(session, monitor.source, group(firing("a")))
            raise RuntimeError
    assert await alerts(world) == []
    assert await incidents(world) == []
