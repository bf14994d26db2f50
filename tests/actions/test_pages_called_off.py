"""Pages of alerts alone that are under way when the alerts are silenced, snoozed, at work, or called noise.

What is not sent yet is not sent, and the ledger says why; what is sent stays so.
"""

from datetime import timedelta

import pytest

import jobs.page
from actions.alerts.intake import receive_group
from actions.alerts.noise import mark_noise, unmark_noise
from actions.alerts.questions import sweep_questions
from actions.alerts.release import sweep_silences
from actions.alerts.silences import save_silence
from actions.alerts.snoozes import snooze_alert
from actions.maintenance.steps import start_maintenance
from models.paging.run import PageAttempt
from models.words import AlertState
from tests.actions.alerting import Monitor, alerts, firing, group, id_of, incidents, rule
from tests.actions.maintaining import planned
from tests.actions.paging.calls import later, pages, policy, rows, runs, step
from tests.jobs.inline import box, run_jobs

__all__ = ["box"]

HOUR = timedelta(hours=1)
SILENCED = "Silenced until 04:00 UTC on 24 Nov 2026: Disks move."
WHY = {
    "silenced": SILENCED,
    "snoozed": "Snoozed until 04:00 UTC on 24 Nov 2026.",
    "noise": "Marked as noise: It always says so.",
}


@pytest.fixture
async def monitor(world):
    await policy(world, step(world, "ben"), step(world, "chi"), service=None)
    await rule(world, create_incident="NEVER", page="Payments")
    return await Monitor.create(world)


async def silence(world, **matchers):
    until = world.clock.now() + HOUR
    given = {"matchers": matchers or {"job": "disk"}, "reason": "Disks move.", "ends_at": until}
    return await world.do(save_silence, world.ben, **given)


async def quieten(world, how):
    alert = id_of((await alerts(world))[0])
    if how == "silenced":
        await silence(world)
    elif how == "snoozed":
        await world.do(snooze_alert, world.ben, alert=alert, until=world.clock.now() + HOUR)
    else:
        await world.do(mark_noise, world.ben, alert=alert, reason="It always says so.")


async def ledger(world):
    return [(each.state.value, each.error) for each in await rows(world, PageAttempt)]


@pytest.mark.parametrize("how", WHY)
async def test_what_was_not_sent_yet_is_not_and_the_ledger_says_why(world, monitor, box, how):
    await monitor.sends(firing("a", job="disk"))
    await quieten(world, how)
    await run_jobs(world.database)
    await later(world, minutes=6)
    assert box.arrived == []
    assert await ledger(world) == [("SUPPRESSED", WHY[how])]
    assert (await runs(world), await pages(world)) == (["STOPPED"], [("ben", 1, "STOPPED")])


@pytest.mark.parametrize("how", WHY)
async def test_what_is_quietened_while_the_page_is_written_is_called_off_too(world, monitor, box, how, monkeypatch):
    await monitor.sends(firing("a", job="disk"))
    written = jobs.page.read_page_scene

    async def meanwhile(*given):
        told = await written(*given)
        await quieten(world, how)
        return told

    monkeypatch.setattr(jobs.page, "read_page_scene", meanwhile)
    await run_jobs(world.database)
    assert (box.arrived, await ledger(world)) == ([], [("SUPPRESSED", WHY[how])])
    assert await pages(world) == [("ben", 1, "STOPPED")]


@pytest.mark.parametrize("how", WHY)
async def test_what_was_sent_stays_so_and_nobody_else_is_paged(world, monitor, box, how):
    await monitor.sends(firing("a", job="disk"))
    await run_jobs(world.database)
    await quieten(world, how)
    await later(world, minutes=6)
    assert len(box.arrived) == 1
    assert await ledger(world) == [("SENT", None)]
    assert (await runs(world), await pages(world)) == (["STOPPED"], [("ben", 1, "STOPPED")])


async def test_a_silence_and_an_intake_that_do_not_see_each_other_page_nobody(world, monitor, box):
    async with world.database.unit_of_work() as session:
        await receive_group(session, monitor.source, group(firing("a", job="disk")))
        await silence(world)
    (alert,) = await alerts(world)
    assert (alert.state, await runs(world)) == (AlertState.FIRING, ["RUNNING"]), "neither saw the other"
    await run_jobs(world.database)
    assert (box.arrived, await ledger(world), await runs(world)) == ([], [("SUPPRESSED", SILENCED)], ["STOPPED"])
    while await sweep_silences(world.database):
        pass
    assert (await alerts(world))[0].state is AlertState.FIRING, "others may be under way still"
    world.clock.advance(seconds=7)
    while await sweep_silences(world.database):
        pass
    (alert,) = await alerts(world)
    assert (alert.state, alert.suppressed_because) == (AlertState.SUPPRESSED, SILENCED)
    assert await sweep_silences(world.database) == 0, "it looks twice, and no more"
    world.clock.advance(hours=1)
    while await sweep_silences(world.database):
        pass
    await run_jobs(world.database)
    assert (len(box.arrived), await runs(world)) == (1, ["STOPPED", "RUNNING"]), "it fires still: now it pages"


async def test_planned_work_that_an_intake_does_not_see_pages_nobody(world, box):
    await policy(world, step(world, "ben"), service=None)
    await rule(world, create_incident="NEVER", page="Payments", service="checkout-api")
    monitor = await Monitor.create(world)
    async with world.database.unit_of_work() as session:
        await receive_group(session, monitor.source, group(firing("a")))
        work = await planned(world)
        await world.do(start_maintenance, world.dov, maintenance=work.reference)
    await run_jobs(world.database, "page.send")
    assert box.arrived == []
    assert await ledger(world) == [("SUPPRESSED", f"While planned work lasts: {work.reference} New disks")]


async def test_an_alert_that_is_still_loud_is_paged_for(world, monitor, box):
    await monitor.sends(firing("a", job="disk"), firing("b", job="web"))
    await silence(world)
    (first, second) = await alerts(world)
    assert (first.state, second.state) == (AlertState.SUPPRESSED, AlertState.FIRING)
    await run_jobs(world.database)
    assert (len(box.arrived), await runs(world)) == (1, ["RUNNING"])
    await world.do(mark_noise, world.ben, alert=id_of(second), reason="Odd.")
    assert await runs(world) == ["STOPPED"]
    await world.do(unmark_noise, world.ben, alert=id_of(second))
    await later(world, minutes=6)
    assert (len(box.arrived), await runs(world)) == (1, ["STOPPED"]), "taking it back pages nobody anew"


async def test_what_is_asked_about_and_called_noise_becomes_no_incident(world, box):
    await policy(world, step(world, "ben"))
    await rule(world, create_incident="ASK", ask_minutes=15, service="checkout-api")
    monitor = await Monitor.create(world)
    await monitor.sends(firing("a"))
    await quieten(world, "noise")
    await later(world, minutes=16)
    await sweep_questions(world.database)
    assert (box.arrived, await incidents(world)) == ([], [])
