"""Deliveries that are taken at once come to the same as those that go the long way."""

from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

import actions.alerts.taking
from actions.alerts.at_once import take_at_once
from actions.alerts.intake import receive_group
from actions.alerts.silences import save_silence
from actions.alerts.snoozes import snooze_alert
from actions.alerts.sources import save_alert_source
from actions.alerts.taking import ArchivedError, Reading, take
from actions.endings import decline_incident
from actions.maintenance.steps import start_maintenance
from actions.visibility_changes import change_visibility
from core import ids
from models.alert import Alert
from models.event import EventChange
from models.words import AlertState, Visibility
from tests.actions.alerting import Monitor, alerts, firing, group, id_of, incidents, resolved, rule
from tests.actions.maintaining import planned

ALIKE = ("fingerprint", "group_key", "title", "state", "count", "starts_at", "first_seen_at", "last_seen_at")
ALIKE += ("labels", "annotations", "url", "service_id", "suppressed_because", "silence_id", "rule_id", "bundle")


@pytest.fixture(autouse=True)
async def rules(world):
    await rule(
        world, name="Noise", position=10, matchers={"job": "backup"}, drop_reason="They are looked at in the morning"
    )
    await rule(world, name="Never", position=20, matchers={"job": "canary"}, create_incident="NEVER")
    await rule(
        world,
        name="Said",
        position=30,
        matchers={},
        condition='labels.job == "web" && title.contains("b is")',
        severity="SEV1",
    )
    await rule(world, name="Grouped", position=40, matchers={"job": "zone"}, group_by=["zone"])
    await rule(world, name="Checkout", position=50, matchers={"job": "pay"}, service="checkout-api", join_open=True)
    await rule(world, name="All else", position=60)
    ends_at = world.database.clock.now() + timedelta(hours=1)
    matchers = {"instance": "quiet"}
    await world.do(save_silence, world.ben, matchers=matchers, reason="Disks move.", ends_at=ends_at)


@pytest.fixture
async def sends(world, monkeypatch):
    """Two monitors that say the same: of one, deliveries are taken at once where they can be, of the other never."""
    ways = []

    async def noting(database, source, delivered):
        if source.name == "long":
            return None
        receipt = await take_at_once(database, source, delivered)
        ways.append(receipt is not None)
        return receipt

    monkeypatch.setattr(actions.alerts.taking, "take_at_once", noting)
    monitors = [await Monitor.create(world, name) for name in ("quick", "long")]

    async def sends(*alerts, at_once, alike=True, **more):
        said = [await take(world.database, each.source, Reading((group(*alerts, **more),))) for each in monitors]
        assert ways.pop() is at_once
        told = [{**each, "incident": each["incident"] is not None} for each in said]
        assert told[0] == told[1]
        if alike:
            assert await told_of(world, monitors[0].source.id) == await told_of(world, monitors[1].source.id)
        return said[0]

    return sends


def still(value):
    """A moment without the microseconds that the tests' clock takes for each look at it."""
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


async def told_of(world, source_id):
    """All that there is of a source's alerts, without the keys that tell one from another."""
    async with world.database.reading() as reader:
        rows = await reader.rows(Alert, select(Alert).where(Alert.source_id == source_id).order_by(Alert.id))
        changes = await reader.rows(EventChange, select(EventChange).order_by(EventChange.event_id))
    homes = {key: n for n, key in enumerate(dict.fromkeys(row.incident_id for row in rows if row.incident_id))}
    names = {row.id: f"{row.fingerprint} {row.starts_at}" for row in rows}
    found = [({name: still(getattr(row, name)) for name in ALIKE}, homes.get(row.incident_id)) for row in rows]
    happened = []
    for event in await world.events():
        if event.data.get("alert_id") in names or event.incident_id in homes:
            data = {k: v for k, v in event.data.items() if k not in ("alert_id", "source_id")}
            happened.append(
                (event.kind, event.number, homes.get(event.incident_id), names.get(event.data.get("alert_id")),
                 event.visibility, still(event.occurred_at), still(event.recorded_at), data)
            )  # fmt: skip
    kept = []
    for change in changes:
        if change.incident_id in homes and "alert" in change.rows:
            of_alerts = change.rows["alert"].items()
            kept.append(sorted((names[int(k)], {**row, "incident_id": 0}) for k, row in of_alerts if row is not None))
    return found, happened, kept


async def test_what_is_taken_at_once_is_what_the_long_way_makes_of_it(sends, clock):
    await sends(firing("a"), firing("b", job="web"), at_once=False)  # opens an incident
    clock.advance(minutes=1)
    await sends(firing("c"), at_once=True)
    await sends(
        firing("a"), firing("d", job="web"), firing("c"), firing("e", job="backup"), firing("quiet"), at_once=True
    )
    clock.advance(minutes=1)
    await sends(firing("a"), firing("a"), firing("d", job="web"), at_once=True)
    await sends(
        firing("f", job="backup"), firing("g", job="canary"), firing("quiet", zone="b"), key="none", at_once=True
    )
    await sends(resolved("c"), firing("a"), at_once=False)
    clock.advance(minutes=1)
    await sends(firing("c"), at_once=True)  # an old firing: it only counts
    later = clock.now()
    await sends(firing("c", starts_at=later), at_once=False)  # it may flap: that is looked at
    # These meet each other's in one incident: it is only seen which way they go.
    await sends(firing("h", job="zone", zone="a"), at_once=False, alike=False)
    await sends(firing("i", job="pay"), key="pays", at_once=False, alike=False)
    await sends(firing("j", job="pay"), key="pays", at_once=True, alike=False)


async def test_a_group_whose_incident_is_over_opens_another(sends, world):
    await sends(firing("a"), at_once=False)
    for incident in await incidents(world):
        await world.do(decline_incident, world.ben, incident=incident.reference, reason="It is nothing.")
    await sends(firing("b"), at_once=False)
    await sends(firing("c"), at_once=True)


async def test_planned_work_holds_back_and_a_snoozed_group_is_looked_at(sends, world):
    await sends(firing("a"), at_once=False)
    work = await planned(world)
    await world.do(start_maintenance, world.dov, maintenance=work.reference)
    await sends(firing("p", job="pay"), firing("q"), at_once=True)
    held = {each.fingerprint: each.maintenance_id for each in await alerts(world)}
    assert held == {"a": None, "p": work.id, "q": None}
    for each in [each for each in await alerts(world) if each.fingerprint == "q"]:
        until = world.clock.now() + timedelta(hours=1)
        await world.do(snooze_alert, world.ben, alert=id_of(each), until=until, group=True)
    await sends(firing("r"), at_once=False, alike=False)
    assert {each.state for each in await alerts(world) if each.fingerprint == "r"} == {AlertState.SUPPRESSED}


async def test_a_new_rule_counts_at_once_also_where_nobody_was_told(sends, world, database):
    await sends(firing("a"), at_once=False)
    await sends(firing("b"), at_once=True)
    watchers, database.watchers = database.watchers, []  # as if another process did it
    try:
        await rule(world, name="First", position=1, matchers={"job": "late"}, drop_reason="It is late")
    finally:
        database.watchers = watchers
    await sends(firing("c", job="late"), at_once=False)
    assert [each.suppressed_because for each in await alerts(world)][-1] == "Dropped by the rule “First”: It is late"
    await sends(firing("d", job="late"), at_once=True)


@pytest.mark.parametrize("moves", ["private", "moved on", "stored"])
async def test_what_moves_between_the_two_statements_is_looked_at_again(world, monkeypatch, moves):
    monitor = await Monitor.create(world)
    await take(world.database, monitor.source, Reading((group(firing("a")),)))
    (incident,) = await incidents(world)

    async def meanwhile():
        if moves == "private":
            await world.do(
                change_visibility, world.ben, incident=incident.reference, visibility=Visibility.PRIVATE, reason="Names"
            )
        elif moves == "moved on":
            await world.do(receive_group, monitor.source, group(firing("z"), key="other"))
            moved = "update alert_group set incident_id = (select max(id) from incident) where group_key = 'g'"
            async with world.database.unit_of_work() as session:
                await session.execute(text(moved))
        else:
            await world.do(receive_group, monitor.source, group(firing("b")))

    look, looks = actions.alerts.at_once.look, []

    async def looking(*given):
        found = await look(*given)
        if not looks:
            await meanwhile()
        looks.append(len(await alerts(world)))
        return found

    monkeypatch.setattr(actions.alerts.at_once, "look", looking)
    receipt = await take_at_once(world.database, monitor.source, group(firing("b"), firing("c")))
    if moves == "stored":  # it goes the long way
        assert (receipt, len(looks)) == (None, 1)
        assert [each.fingerprint for each in await alerts(world)] == ["a", "b"], "nothing was written"
        return
    assert len(looks) == 2
    assert looks[0] == looks[1], "nothing was written"
    home = max(await incidents(world), key=lambda each: each.id)
    assert {each.incident_id for each in await alerts(world) if each.fingerprint in "bc"} == {home.id}
    assert receipt.incident == (None if moves == "private" else home.reference)
    seen_by = {event.visibility for event in (await world.events(incident.id, "alert.received"))[1:]}
    assert seen_by == ({Visibility.PRIVATE} if moves == "private" else set())


@pytest.mark.parametrize("error", [ConnectionResetError, asyncpg.DeadlockDetectedError, asyncpg.InterfaceError])
async def test_what_passes_goes_the_long_way_and_a_fault_is_raised(world, monkeypatch, error):
    monitor = await Monitor.create(world)
    raised = [error("gone"), ZeroDivisionError()]

    @asynccontextmanager
    async def breaking():
        raise raised.pop(0)
        yield

    monkeypatch.setattr(world.database, "driver", breaking)
    said = await take(world.database, monitor.source, Reading((group(firing("a")),)))
    assert (said["created"], raised) == (1, [raised[0]])
    with pytest.raises(ZeroDivisionError):
        await take(world.database, monitor.source, Reading((group(firing("b")),)))
    assert [each.fingerprint for each in await alerts(world)] == ["a"]


async def test_an_archived_source_takes_nothing(world):
    monitor = await Monitor.create(world)
    await take(world.database, monitor.source, Reading((group(firing("a", job="backup")),)))
    await world.do(save_alert_source, world.ada, id=ids.encode("AlertSource", monitor.source.id), archived=True)
    with pytest.raises(ArchivedError):
        await take(world.database, monitor.source, Reading((group(firing("a", job="backup")),)))
