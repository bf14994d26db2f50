"""Deliveries of groups that a process knows are stored without a look first, and looked at where anything changed."""

from datetime import timedelta

import pytest
from sqlalchemy import text

import actions.alerts.at_once
from actions.alerts.acquainted import ALERTS, Acquainted
from actions.alerts.at_once import take_at_once
from actions.alerts.intake import receive_group
from actions.alerts.silences import save_silence
from actions.alerts.snoozes import snooze_alert
from actions.alerts.sources import save_alert_source
from actions.alerts.taking import ArchivedError, Reading, take
from actions.endings import decline_incident
from actions.visibility_changes import change_visibility
from core import ids
from models.flapping import AlertFlapping
from models.words import AlertState, Visibility
from tests.actions.alerting import Monitor, alerts, firing, group, id_of, incidents, rule


@pytest.fixture
def looked(monkeypatch):
    """Of how many deliveries each look was."""
    looked, look = [], actions.alerts.at_once.look

    async def looking(driver, database, book, deliveries, moment):
        looked.append(len(deliveries))
        return await look(driver, database, book, deliveries, moment)

    monkeypatch.setattr(actions.alerts.at_once, "look", looking)
    return looked


@pytest.fixture
async def monitor(world, looked):
    """A monitor of whose group this process stored alerts: the next delivery is not looked at."""
    await rule(world)
    monitor = await Monitor.create(world)
    for name in ("a", "b", "c"):
        await take(world.database, monitor.source, Reading((group(firing(name)),)))
    assert looked == [1, 1], "the first opened an incident, the second was remembered"
    looked.clear()
    return monitor


async def row(world, fingerprint):
    return {each.fingerprint: each for each in await alerts(world)}[fingerprint]


async def test_a_known_group_is_written_to_in_one_statement(world, monitor, looked):
    receipt = await take_at_once(world.database, monitor.source, group(firing("b"), firing("c"), firing("d")))
    assert (receipt.created, receipt.repeated, looked) == (1, 2, [])
    (incident,) = await incidents(world)
    assert {each.fingerprint: (each.count, each.incident_id) for each in await alerts(world)} == {
        "a": (1, incident.id),
        "b": (2, incident.id),
        "c": (2, incident.id),
        "d": (1, incident.id),
    }
    assert [each.number for each in await world.events(incident.id)][-4:] == list(
        range(incident.last_event_number - 3, incident.last_event_number + 1)
    )


async def moved(world, monitor):
    await world.do(receive_group, monitor.source, group(firing("z"), key="other"))
    async with world.database.unit_of_work() as session:
        await session.execute(
            text("update alert_group set incident_id = (select max(id) from incident) where group_key = 'g'")
        )


async def made_private(world, _):
    (incident,) = await incidents(world)
    await world.do(
        change_visibility, world.ben, incident=incident.reference, visibility=Visibility.PRIVATE, reason="Names"
    )


async def stored_by_another(world, monitor):
    await world.do(receive_group, monitor.source, group(firing("d")))


async def snoozed(world, _):
    until = world.clock.now() + timedelta(hours=1)
    await world.do(snooze_alert, world.ben, alert=id_of(await row(world, "a")), until=until, group=True)


async def flapping(world, monitor):
    now = world.clock.now()
    async with world.database.unit_of_work() as session:
        session.add(
            AlertFlapping(
                alert_id=(await row(world, "a")).id, source_id=monitor.source.id, fingerprint="a", began_at=now,
                changes=[], changed=5, minutes=60, starts_at=now, calm_at=now + timedelta(hours=1),
            )
        )  # fmt: skip


async def silenced(world, _):
    watchers, world.database.watchers = world.database.watchers, []  # as if another process did it
    try:
        ends_at = world.clock.now() + timedelta(hours=1)
        await world.do(save_silence, world.ben, matchers={"instance": "d"}, reason="Disks move", ends_at=ends_at)
    finally:
        world.database.watchers = watchers


async def declined(world, _):
    (incident,) = await incidents(world)
    await world.do(decline_incident, world.ben, incident=incident.reference, reason="It is nothing.")


@pytest.mark.parametrize(
    "change",
    [moved, made_private, stored_by_another, snoozed, flapping, silenced, declined],
    ids=lambda each: each.__name__,
)
async def test_what_changed_meanwhile_is_looked_at(world, monitor, looked, change):
    await change(world, monitor)
    before = await row(world, "d") if change is stored_by_another else None
    answer = await take(world.database, monitor.source, Reading((group(firing("d"), firing("e")),)))
    assert looked == [1]
    stored = await row(world, "d")
    newest = max(await incidents(world), key=lambda each: each.id)
    assert (await row(world, "a")).count == 1, "nothing was written by the statement that found a change"
    if change in (snoozed, silenced):
        assert (stored.state, stored.incident_id) == (AlertState.SUPPRESSED, None)
    else:
        assert stored.incident_id == newest.id
    assert stored.count == (2 if before is not None else 1)
    assert answer["incident"] == (None if change is made_private else newest.reference)
    assert answer["created"] == (1 if before is not None else 2)


async def test_an_archived_source_takes_nothing_though_its_group_is_known(world, monitor):
    await world.do(save_alert_source, world.ada, id=ids.encode("AlertSource", monitor.source.id), archived=True)
    with pytest.raises(ArchivedError):
        await take(world.database, monitor.source, Reading((group(firing("d")),)))
    assert [each.fingerprint for each in await alerts(world)] == ["a", "b", "c"]


async def test_what_is_known_is_bounded():
    known = Acquainted()
    for number in range(ALERTS + 10):
        known._keys.keep((1, str(number), "now"), number)  # noqa: SLF001 (to look is all that a test can do)
    assert len(known._keys) == ALERTS  # noqa: SLF001
