"""What rules do with alerts besides: conditions, grouping, waiting for enough, joining, dropping, ending."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from actions.alerts.release import sweep_silences
from actions.alerts.silences import save_silence
from actions.declarations import declare_incident
from core.errors import DomainError
from models.words import AlertState, Stage
from tests.actions.alerting import Monitor, alerts, firing, incidents, resolved, rule

CLUSTERS = {"group_by": ["cluster", "alertname"]}


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def homes(world):
    return [alert.incident_id for alert in await alerts(world)]


async def test_a_condition_routes_and_what_can_not_be_told_goes_on_to_the_next_rule(world, monitor):
    await rule(world, name="Web", condition='labels.team == "web" && title.contains("down")', service="checkout-api")
    await rule(world, name="Rest", create_incident="NEVER", service="search-api")
    await monitor.sends(firing("a", team="web"), firing("b"), firing("c", team="db"))
    web, checkout, search = await alerts(world), world.services["checkout-api"].id, world.services["search-api"].id
    assert [each.service_id for each in web] == [checkout, search, search]
    assert [each.incident_id is not None for each in web] == [True, False, False]


async def test_a_wrong_condition_is_refused_at_its_column(world):
    with pytest.raises(DomainError) as refused:
        await rule(world, condition='labels.team = "web"')
    assert (refused.value.field, refused.value.message[:9]) == ("condition", "Column 13")


async def test_alerts_come_together_by_labels_across_groups_and_monitors_within_the_window(world, monitor, clock):
    await rule(world, **CLUSTERS, group_minutes=10)
    other = await Monitor.create(world, "Grafana")
    await monitor.sends(firing("a", cluster="eu"), firing("b", cluster="us"))
    assert len(await incidents(world)) == 2
    clock.advance(minutes=9)
    receipt = await other.sends(firing("c", cluster="eu"), key="other")
    first, second, third = await homes(world)
    assert (first == third, first == second) == (True, False)
    assert receipt.incident == f"INC-{first}"
    clock.advance(minutes=11)
    await monitor.sends(firing("d", cluster="eu"), key="later")
    assert len(await incidents(world)) == 3


async def test_an_incident_waits_for_enough_alerts_and_takes_the_first_ones_with_it(world, monitor, clock):
    waits = {"create_incident": "AFTER_ALERTS", "threshold": 3, "threshold_minutes": 5}
    await rule(world, **CLUSTERS, **waits)
    await monitor.sends(firing("old", cluster="eu"))
    clock.advance(minutes=6)
    await monitor.sends(firing("a", cluster="eu"), firing("x", cluster="us"))
    await monitor.sends(firing("b", cluster="eu"), key="other")
    assert await homes(world) == [None] * 4
    await monitor.sends(firing("c", cluster="eu"), key="third")
    (incident,) = await incidents(world)
    assert await homes(world) == [None, incident.id, None, incident.id, incident.id]
    linked = await world.events(incident.id, "alert.linked")
    assert [each.data["title"] for each in linked] == ["a is down", "b is down"]
    await monitor.sends(firing("d", cluster="eu"), key="fourth")
    assert (await homes(world))[-1] == incident.id


async def test_an_incident_waits_for_several_monitors(world, monitor):
    await rule(world, create_incident="AFTER_SOURCES", threshold=2, threshold_minutes=5)
    other = await Monitor.create(world, "Grafana")
    await monitor.sends(firing("a"), firing("b"))
    assert await incidents(world) == []
    await other.sends(firing("c"))
    (incident,) = await incidents(world)
    assert await homes(world) == [incident.id] * 3


async def test_alerts_join_the_open_incident_of_their_service(world, monitor):
    await rule(world, service="search-api", join_open=True)
    await world.do(declare_incident, world.ada, title="Checkout", severity="SEV2", services=["checkout-api"])
    open_one = await world.do(declare_incident, world.ada, title="Search", severity="SEV2", services=["search-api"])
    await monitor.sends(firing("a"))
    await monitor.sends(firing("b"))
    assert await homes(world) == [open_one.id] * 2
    assert len(await incidents(world)) == 2


async def test_what_is_dropped_is_kept_with_the_reason_and_makes_no_incident(world, monitor):
    await rule(world, name="Flaps", matchers={"flaps": "yes"}, drop_reason="It flaps on purpose.")
    await rule(world)
    await monitor.sends(firing("a", flaps="yes"), firing("b"))
    dropped, kept = await alerts(world)
    assert (dropped.state, dropped.incident_id) == (AlertState.SUPPRESSED, None)
    assert dropped.suppressed_because == "Dropped by the rule “Flaps”: It flaps on purpose."
    assert kept.incident_id is not None
    (noted,) = await world.events(None, "alert.dropped")
    assert (noted.data["alert_id"], noted.data["because"]) == (dropped.id, dropped.suppressed_because)


async def test_after_a_silence_rules_group_and_drop_as_of_new_alerts(world, monitor, clock):
    await rule(world, matchers={"flaps": "yes"}, drop_reason="It flaps.")
    await rule(world, **CLUSTERS)
    quiet = {"matchers": {"alertname": "InstanceDown"}, "reason": "Work"}
    await world.do(save_silence, world.ada, **quiet, ends_at=clock.now() + timedelta(minutes=5))
    await monitor.sends(firing("a", cluster="eu"), firing("b", cluster="us"), firing("c", flaps="yes"))
    assert await incidents(world) == []
    clock.advance(minutes=6)
    assert await sweep_silences(world.database) == 3
    first, second, third = await alerts(world)
    assert len({first.incident_id, second.incident_id}) == len(await incidents(world)) == 2
    assert (third.state, third.incident_id, third.silence_id) == (AlertState.SUPPRESSED, None, None)


@pytest.mark.parametrize(
    ("how", "stages"),
    [
        ("NEVER", [Stage.DETECTION] * 3),
        ("FIRST", [Stage.DECLINED] * 3),
        ("LAST", [Stage.DETECTION, Stage.DECLINED, Stage.DECLINED]),
        ("ALL", [Stage.DETECTION, Stage.DETECTION, Stage.DECLINED]),
    ],
)
async def test_an_incident_ends_with_the_alerts_that_its_rule_names(world, monitor, how, stages):
    await rule(world, end_incident=how)
    await monitor.sends(firing("a"), firing("b"), firing("c"))
    found = []
    for name in ("a", "c", "b"):
        await monitor.sends(resolved(name))
        found.append((await incidents(world))[0].stage)
    assert found == stages


async def test_an_incident_under_response_goes_to_resolution(world, monitor):
    await rule(world, end_incident="ALL")
    await monitor.sends(firing("a"))
    (incident,) = await incidents(world)
    await world.do(declare_incident, world.ada, incident=incident.reference, severity="SEV2", title="It is down")
    await monitor.sends(resolved("a"))
    (incident,) = await incidents(world)
    assert incident.stage is Stage.RESOLUTION
    (moved,) = await world.events(incident.id, "incident.stage_changed")
    assert await world.text_of(moved.id) == "All its alerts ended, says Prometheus."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"create_incident": "AFTER_ALERTS"}, "threshold"),
        ({"create_incident": "AFTER_ALERTS", "threshold": 1}, "threshold"),
        ({"create_incident": "SOMETIMES"}, "create_incident"),
        ({"end_incident": "SOON"}, "end_incident"),
        ({"join_open": True}, "join_open"),
        ({"group_by": ["a", ""]}, "group_by.1"),
        ({"group_minutes": None}, "group_minutes"),
        ({"group_minutes": 0}, "group_minutes"),
    ],
)
async def test_what_makes_no_sense_is_refused_at_its_field(world, fields, field):
    with pytest.raises(DomainError) as refused:
        await rule(world, **fields)
    assert refused.value.field == field
    assert refused.value.hint


async def test_a_delivery_costs_no_statements_for_each_of_its_alerts(world, monitor):
    await rule(world, **CLUSTERS, condition='labels.cluster != "none"', end_incident="LAST")
    sent = []
    event.listen(Engine, "before_cursor_execute", note := lambda *given: sent.append(given[2]))
    try:
        await monitor.sends(firing("warm", cluster="eu"))
        counts = []
        for count in (2, 200):
            sent.clear()
            await monitor.sends(*(firing(f"{count}-{n}", cluster="eu") for n in range(count)), key=f"{count}")
            await monitor.sends(*(resolved(f"{count}-{n}", cluster="eu") for n in range(count)), key=f"{count}")
            counts.append(len(sent))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert counts[1] <= counts[0]
    assert None not in await homes(world)


async def test_deliveries_to_one_bundle_at_once_make_one_incident(world):
    await rule(world, **CLUSTERS)
    others = [await Monitor.create(world, f"Monitor {number}") for number in range(6)]
    await asyncio.gather(*(other.sends(firing("a", cluster="eu"), key=f"g{n}") for n, other in enumerate(others)))
    (incident,) = await incidents(world)
    assert await homes(world) == [incident.id] * 6
