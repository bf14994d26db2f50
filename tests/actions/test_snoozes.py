"""Snoozing alerts and groups, planned work that keeps alerts quiet, and marking alerts as noise."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.alerts.changes import acknowledge_alert, resolve_alert
from actions.alerts.noise import mark_noise, unmark_noise
from actions.alerts.release import sweep_silences
from actions.alerts.snoozes import snooze_alert, unsnooze_alert
from actions.declarations import declare_incident
from actions.endings import cancel_incident
from actions.maintenance.edits import edit_maintenance
from actions.maintenance.steps import complete_maintenance, start_maintenance
from core.errors import ErrorCode
from models.paging.run import PagingRun
from models.paging.words import PagingState
from models.words import AlertState
from tests.actions.alerting import Monitor, alerts, firing, id_of, incidents, resolved, rule
from tests.actions.maintaining import planned
from tests.actions.paging.calls import policy, step
from tests.actions.test_alert_settings import refusal

HOUR = timedelta(hours=1)
F, A, S, R = AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.SUPPRESSED, AlertState.RESOLVED


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def sweep(world):
    done = 0
    while found := await sweep_silences(world.database):
        done += found
    return done


async def states(world):
    return [(a.fingerprint, a.state, a.incident_id) for a in await alerts(world)]


async def snooze(world, fingerprint, hours=1, **more):
    row = next(a for a in reversed(await alerts(world)) if a.fingerprint == fingerprint)
    until = world.clock.now().replace(microsecond=0) + hours * HOUR
    return await world.do(snooze_alert, world.ben, alert=id_of(row), until=until, **more)


async def kinds(world, incident=None):
    return [e.kind for e in await world.events(incident) if e.kind.startswith("alert.")]


async def test_a_snoozed_alert_sleeps_until_its_time_and_is_routed_then_if_it_still_fires(world, monitor):
    await monitor.sends(firing("a"), firing("b"), firing("c"))
    await rule(world, service="checkout-api")
    for each in "abc":
        await snooze(world, each)
    row = (await alerts(world))[0]
    assert (row.state, row.suppressed_because) == (S, "Snoozed until 04:00 UTC on 24 Nov 2026.")
    before = len(await kinds(world))
    await snooze(world, "a")
    assert len(await kinds(world)) == before, "the same moment is no change"
    await snooze(world, "a", 2)
    await monitor.sends(resolved("b"), firing("c"))
    assert await sweep(world) == 0
    world.clock.advance(hours=1)
    assert await sweep(world) == 1
    (incident,) = await incidents(world)
    assert await states(world) == [("a", S, None), ("b", R, None), ("c", F, incident.id)]
    await world.do(unsnooze_alert, world.ben, alert=id_of(row))
    await world.do(unsnooze_alert, world.ben, alert=id_of(row))
    assert await sweep(world) == 1
    assert (await states(world))[0] == ("a", F, incident.id)
    assert (await alerts(world))[0].suppressed_because is None
    said = await kinds(world)
    assert (said.count("alert.snoozed"), said.count("alert.unsnoozed")) == (4, 1)
    assert await kinds(world, incident.id) == ["alert.released"] * 2


async def test_a_group_sleeps_with_what_comes_in_it(world, monitor):
    await rule(world)
    await monitor.sends(firing("a"), firing("b"))
    await monitor.sends(firing("x"), key="other")
    first, _ = await incidents(world)
    await snooze(world, "a", group=True)
    await monitor.sends(firing("c"))
    await monitor.sends(firing("y"), key="other")
    found = {fingerprint: (state, home) for fingerprint, state, home in await states(world)}
    assert [found[each] for each in "abc"] == [(S, first.id), (S, first.id), (S, None)]
    assert found["y"][0] is F
    world.clock.advance(hours=1)
    assert await sweep(world) == 3
    assert [(f, s, i) for f, s, i in await states(world) if f in "abc"] == [(each, F, first.id) for each in "abc"]
    await snooze(world, "a", group=True)
    await world.do(unsnooze_alert, world.ben, alert=id_of((await alerts(world))[0]), group=True)
    assert await sweep(world) == 3
    await monitor.sends(firing("d"))
    assert (await states(world))[-1] == ("d", F, first.id), "its group is awake"


async def test_in_an_incident_it_stops_what_pages_and_pages_again_when_it_wakes(world, monitor):
    await policy(world, step(world, "ben"))
    await rule(world, service="checkout-api")
    await monitor.sends(firing("a"))
    (incident,) = await incidents(world)
    await world.do(declare_incident, world.chi, incident=incident.reference, severity="SEV1")

    async def runs():
        async with world.database.reading() as reader:
            return [r.state for r in await reader.rows(PagingRun, select(PagingRun).order_by(PagingRun.id))]

    assert await runs() == [PagingState.RUNNING]
    await snooze(world, "a")
    assert await runs() == [PagingState.ACKNOWLEDGED]
    world.clock.advance(hours=1)
    assert await sweep(world) == 1
    assert await states(world) == [("a", F, incident.id)]
    assert await runs() == [PagingState.ACKNOWLEDGED, PagingState.RUNNING]
    await snooze(world, "a")
    await world.do(cancel_incident, world.ada, incident=incident.reference, reason="No.")
    world.clock.advance(hours=1)
    assert await sweep(world) == 1
    _, anew = await incidents(world)
    assert await states(world) == [("a", F, anew.id)], "its incident is over: it is news"


async def test_what_can_not_be_snoozed_says_why(world, monitor):
    await monitor.sends(firing("a"), firing("b"))
    a, b = map(id_of, await alerts(world))
    await world.do(acknowledge_alert, world.ben, alert=a)
    await snooze(world, "a")
    await world.do(resolve_alert, world.ben, alert=b)
    bad, at = ErrorCode.INVALID_INPUT, world.clock.now()
    for given, expected in (
        ({"alert": b, "until": at + HOUR}, (ErrorCode.CONFLICT, "alert")),
        ({"alert": b, "until": at + HOUR, "group": True}, (ErrorCode.CONFLICT, "alert")),
        ({"alert": a, "until": at}, (bad, "until")),
        ({"alert": a, "until": at + timedelta(days=31)}, (bad, "until")),
        ({"alert": "x", "until": at + HOUR}, (bad, "alert")),
        ({"alert": a[:-1] + "x", "until": at + HOUR, "group": True}, (bad, "alert")),
    ):
        assert await refusal(world, snooze_alert, world.ben, **given) == expected, given
    assert await refusal(world, snooze_alert, world.eve, alert=a, until=at + HOUR) == (ErrorCode.FORBIDDEN, None)
    await world.do(resolve_alert, world.ben, alert=a)
    world.clock.advance(hours=2)
    assert await sweep(world) == 0, "it is over"


async def test_planned_work_keeps_alerts_of_its_services_quiet(world, monitor):
    await rule(world, matchers={"job": "shop"}, service="checkout-api")
    await rule(world)
    await monitor.sends(firing("early", job="shop"), key="early")
    (before,) = await incidents(world)
    work = await planned(world)
    await world.do(start_maintenance, world.dov, maintenance=work.reference)
    assert await sweep(world) == 1, "it began, and nothing fired alone"
    receipt = await monitor.sends(firing("a", job="shop"), firing("b", job="shop"))
    assert receipt.incident is None
    await monitor.sends(firing("z", job="else"), key="z")
    loud = (await incidents(world))[-1]
    assert await states(world) == [("early", F, before.id), ("a", S, None), ("b", S, None), ("z", F, loud.id)]
    held = (await alerts(world))[1]
    assert held.suppressed_because == f"While planned work lasts: {work.reference} New disks"
    await monitor.sends(resolved("b", job="shop"))
    assert await sweep(world) == 0
    await world.do(complete_maintenance, world.dov, maintenance=work.reference)
    assert await sweep(world) == 1
    after = (await incidents(world))[-1]
    assert (await states(world))[1:3] == [("a", F, after.id), ("b", R, None)]
    (told,) = await world.events(after.id, "alert.released")
    assert told.data["maintenance_id"] == work.id


async def test_it_may_be_loud_and_holds_what_fires_already_when_it_is_to_be_quiet(world, monitor):
    await rule(world, service="checkout-api", create_incident="NEVER")
    work = await planned(world, quiet_alerts=False)
    await world.do(start_maintenance, world.dov, maintenance=work.reference)
    await monitor.sends(firing("a"))
    assert (await sweep(world), await states(world)) == (0, [("a", F, None)])
    await world.do(edit_maintenance, world.dov, maintenance=work.reference, quiet_alerts=True)
    assert (await sweep(world), await states(world)) == (1, [("a", S, None)])
    await world.do(edit_maintenance, world.dov, maintenance=work.reference, quiet_alerts=False)
    assert (await sweep(world), await states(world)) == (1, [("a", F, None)])


async def test_noise_is_marked_with_a_reason_and_taken_back(world, monitor):
    await monitor.sends(firing("a"))
    alert = id_of((await alerts(world))[0])
    for reason in ("It flaps.", "It flaps.", "Nobody acts on it."):
        await world.do(mark_noise, world.ben, alert=alert, reason=reason)
    row = (await alerts(world))[0]
    assert (row.noise_reason, row.noise_at is not None, row.state) == ("Nobody acts on it.", True, F)
    assert await refusal(world, mark_noise, world.ben, alert=alert, reason=" ") == (ErrorCode.INVALID_INPUT, "reason")
    assert await refusal(world, mark_noise, world.eve, alert=alert, reason="x") == (ErrorCode.FORBIDDEN, None)
    for _ in range(2):
        await world.do(unmark_noise, world.ben, alert=alert)
    row = (await alerts(world))[0]
    assert (row.noise_reason, row.noise_at) == (None, None)
    assert (await kinds(world))[-3:] == ["alert.marked_noise", "alert.marked_noise", "alert.unmarked_noise"]
