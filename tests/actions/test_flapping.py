"""Alerts that flap: one page, one entry, until they are calm."""

from datetime import timedelta

import pytest

from actions.alerts.calming import sweep_flapping
from actions.alerts.changes import resolve_alert
from models.words import AlertState, Stage
from tests.actions.alerting import START, Monitor, alerts, firing, id_of, incidents, resolved, rule
from tests.actions.paging.calls import policy, runs, step
from tests.schema.alerts_there import loose

MINUTE = timedelta(minutes=1)
F, R = AlertState.FIRING, AlertState.RESOLVED


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def turns(world, monitor, times, name="a", after=MINUTE):
    """It fires and ends so often, a minute in each state; the start of the last."""
    for _ in range(times):
        start = world.clock.now().replace(microsecond=0)
        await monitor.sends(firing(name, starts_at=start))
        world.clock.advance(seconds=after.total_seconds())
        await monitor.sends(resolved(name, starts_at=start, ends_at=world.clock.now()))
        world.clock.advance(seconds=after.total_seconds())
    return start


async def states(world):
    return [(a.state, a.flapping_since is not None, a.count) for a in await alerts(world)]


async def test_one_that_changes_too_often_pages_once_and_is_one_entry_until_it_is_calm(world, monitor):
    await rule(world, end_incident="ALL")
    await turns(world, monitor, 3)
    assert len(await incidents(world)) == 3, "each ended before the next came: six changes by now"
    assert await states(world) == [(R, False, 1)] * 3
    last = await turns(world, monitor, 4)
    assert len(await incidents(world)) == 4
    incident = (await incidents(world))[-1]
    assert (await states(world))[3:] == [(F, True, 8)], "it fires on, and counts what comes and goes"
    assert incident.stage is Stage.DETECTION
    (told,) = await world.events(incident.id, "alert.flapped")
    assert (told.data["changes"], told.data["minutes"]) == (7, 60)
    assert await sweep_flapping(world.database) == 0
    await monitor.sends(resolved("a", starts_at=last, ends_at=last + MINUTE))
    world.clock.advance(minutes=55)
    assert await sweep_flapping(world.database) == 0, "four changes are within the hour"
    world.clock.advance(minutes=3)
    assert await sweep_flapping(world.database) == 1
    assert (await states(world))[3] == (R, False, 9)
    assert (await incidents(world))[-1].stage is Stage.DECLINED, "its rule ends it with its alerts"
    assert [e.data["changes"] for e in await world.events(incident.id, "alert.calmed")] == [14]
    await monitor.sends(resolved("a", starts_at=last, ends_at=last + MINUTE))
    assert len(await alerts(world)) == 4, "its last start is its own now"


async def test_one_that_pages_without_an_incident_stops_paging_when_it_flaps(world, monitor):
    made = await policy(world, step(world, "ben"))
    await rule(world, create_incident="NEVER", page=made.name, flap_changes=2, flap_minutes=10)
    await turns(world, monitor, 5)
    assert await states(world) == [(R, False, 1), (F, True, 8)]
    assert len(await runs(world)) == 2, "the second goes on: nobody is paged for what comes and goes"


async def test_what_fires_when_it_is_calm_fires_on_as_the_same_alert(world, monitor):
    await rule(world, flap_changes=2, flap_minutes=10)
    await turns(world, monitor, 2)
    start = world.clock.now().replace(microsecond=0)
    await monitor.sends(firing("a", starts_at=start), firing("b", starts_at=start))
    world.clock.advance(minutes=11)
    assert await sweep_flapping(world.database) == 1
    await monitor.sends(firing("a", starts_at=start))
    (incident,) = await incidents(world)
    assert await states(world) == [(R, False, 1), (F, False, 4), (F, False, 1)]
    assert (await alerts(world))[1].starts_at == start
    await monitor.sends(resolved("a", starts_at=start, ends_at=world.clock.now()))
    assert (await states(world))[1] == (R, False, 4)
    assert len(await world.events(incident.id, "alert.flapped")) == 1


async def test_a_rule_may_let_alerts_flap_and_people_may_end_them(world, monitor):
    quiet = await rule(world, matchers={"instance": "q"}, flap_changes=0)
    await turns(world, monitor, 8, "q")
    assert not any(flapping for _, flapping, _ in await states(world)), quiet.name
    await rule(world, flap_changes=1)
    await turns(world, monitor, 2, "z")
    row = (await alerts(world))[-1]
    assert row.flapping_since is not None
    await world.do(resolve_alert, world.ben, alert=id_of(row))
    world.clock.advance(hours=2)
    assert await sweep_flapping(world.database) == 0
    await turns(world, monitor, 1, "z")
    assert (await states(world))[-1] == (R, False, 1), "after two hours it is news"


async def test_monitors_that_say_no_starts_flap_too(world, monitor):
    await rule(world, flap_changes=2)
    for turn in range(4):
        for fires in (True, False):
            await monitor.sends(loose("l", fires, START + (2 * turn + (not fires)) * MINUTE))
            world.clock.advance(minutes=1)
    assert await states(world) == [(R, False, 1), (F, True, 6)]
    world.clock.advance(hours=1)
    assert await sweep_flapping(world.database) == 1
    assert (await states(world))[1][:2] == (R, False)
