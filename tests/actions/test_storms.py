"""Alert storms: one incident that holds what came, no alert lost, and an end when it is calm."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actions.alerts.release import sweep_silences
from actions.alerts.silences import save_silence
from actions.alerts.storms import sweep_storms
from actions.branding.organisation import save_organisation
from actions.endings import decline_incident
from actions.merges import merge_incident
from core.errors import ErrorCode
from models.alert import Alert
from models.storm import AlertOpening, AlertStorm
from models.words import AlertState, Stage
from tests.actions.alerting import Monitor, alerts, firing, incidents, resolved, rule
from tests.actions.test_alert_settings import refusal


@pytest.fixture
async def monitor(world):
    await world.do(save_organisation, world.ada, storm_incidents=3)
    await rule(world, service="checkout-api", severity="SEV2")
    return await Monitor.create(world)


async def storm(monitor, names):
    for each in names:
        await monitor.sends(firing(each), key=each)


async def homes(world):
    return {alert.fingerprint: alert.incident_id for alert in await alerts(world)}


async def storms(world):
    async with world.database.reading() as reader:
        return await reader.rows(AlertStorm, select(AlertStorm).order_by(AlertStorm.id))


async def sweep(world):
    while await sweep_storms(world.database):
        pass


async def test_too_many_incidents_in_a_minute_are_one_until_it_is_calm(world, monitor):
    await storm(monitor, "abc")
    assert len(await incidents(world)) == 3
    await storm(monitor, "defgh")
    *_, held = await incidents(world)
    assert (len(await incidents(world)), held.title, held.stage) == (4, "Alert storm", Stage.DETECTION)
    assert {name for name, home in (await homes(world)).items() if home == held.id} == set("defgh")
    said = await world.events(held.id)
    assert [e.kind for e in said] == ["incident.reported", "alert_storm.began", *["alert_storm.grew"] * 5]
    assert {e.incident_id for e in await world.events(None, "alert.received")} >= {None}
    await monitor.sends(firing("a2"), key="a")
    assert (await homes(world))["a2"] != held.id, "what has an incident joins that"
    await monitor.sends(resolved("d"), key="d")

    world.clock.advance(minutes=4)
    await storm(monitor, "ijkl")
    world.clock.advance(minutes=2)
    await sweep(world)
    assert (await storms(world))[0].ended_at is None, "four more in the last five minutes"
    world.clock.advance(minutes=4)
    await sweep(world)
    assert (await storms(world))[0].ended_at is not None
    (told,) = await world.events(held.id, "alert_storm.ended")
    assert told.data["alerts"] == 9
    await storm(monitor, "mno")
    assert len(await incidents(world)) == 7, "what comes now is routed as ever"
    world.clock.advance(minutes=11)
    await sweep(world)
    async with world.database.reading() as reader:
        assert await reader.scalar(select(func.count(AlertOpening.id))) == 0
        assert await reader.scalar(select(func.count(Alert.id))) == 16


async def test_when_people_end_its_incident_a_storm_that_goes_on_is_another(world, monitor):
    await storm(monitor, "abcd")
    *others, held = await incidents(world)
    await world.do(decline_incident, world.ada, incident=held.reference, reason="A switch.")
    await storm(monitor, "ef")
    *_, again = await incidents(world)
    assert (again.title, again.id != held.id) == ("Alert storm", True)
    assert {(await homes(world))[name] for name in "ef"} == {again.id}
    assert [each.ended_at is None for each in await storms(world)] == [False, True]
    await world.do(merge_incident, world.ada, incident=again.reference, into=others[0].reference)
    await storm(monitor, "g")
    assert (await homes(world))["g"] == (await incidents(world))[-1].id


@pytest.mark.usefixtures("monitor")
async def test_many_monitors_at_once_lose_nothing_and_begin_one_storm(world):
    others = [await Monitor.create(world, f"Monitor {n}") for n in range(8)]

    async def posts(each):
        for name in ("a", "b", "c"):
            await each.sends(firing(f"{each.source.id}-{name}"), key=name)

    await asyncio.gather(*map(posts, others))
    found = await homes(world)
    assert (len(found), None in found.values()) == (24, False)
    assert len(await storms(world)) == 1
    assert len(await incidents(world)) <= 3 + 2 * len(others) + 1, "and those that were on their way"


async def test_what_is_let_go_at_once_is_a_storm_too_and_none_where_it_is_off(world, monitor):
    end = world.clock.now() + timedelta(minutes=1)
    await world.do(save_silence, world.ben, matchers={"alertname": "InstanceDown"}, reason="Moved.", ends_at=end)
    await storm(monitor, "abcdef")
    world.clock.advance(minutes=1)
    while await sweep_silences(world.database):
        pass
    assert [each.title for each in await incidents(world)][3:] == ["Alert storm"]
    assert {alert.state for alert in await alerts(world)} == {AlertState.FIRING}
    for wrong in (-1, 10_001, None):
        told = await refusal(world, save_organisation, world.ada, storm_incidents=wrong)
        assert told == (ErrorCode.INVALID_INPUT, "storm_incidents")
    await world.do(save_organisation, world.ada, storm_incidents=0)
    world.clock.advance(minutes=6)
    await sweep(world)
    await storm(monitor, "mnopqr")
    assert len(await incidents(world)) == 10
