"""Which alerts become incidents: rules, and the incident of a group."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.merges import merge_incident
from models.incident import Incident, IncidentService
from models.severity import SeverityVersion
from models.words import ActorKind, AlertState, Stage, Visibility
from tests.actions.alerting import START, Monitor, alerts, firing, incidents, rule


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


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
