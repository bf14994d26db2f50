"""Deliveries that are taken at once come to the same as those that go the long way."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import select, text

import actions.alerts.taking
from actions.alerts.at_once import take_at_once
from actions.alerts.intake import receive_group
from actions.alerts.rows import lock_group
from actions.alerts.silences import save_silence
from actions.alerts.snoozes import snooze_alert
from actions.alerts.sources import save_alert_source
from actions.alerts.taking import ArchivedError, Reading, take
from actions.endings import decline_incident
from actions.maintenance.steps import start_maintenance
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook
from core import ids
from core.correlation import Origin, coming_from
from models.alert import Alert
from models.event import EventChange
from models.incident import Incident
from models.job import Job, JobName
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


async def delivered(world, source, *groups):
    """What senders are told who deliver these at the same time."""
    return await asyncio.gather(*(take(world.database, source, Reading((each,))) for each in groups))


async def transactions(world):
    """How many wrote alerts."""
    async with world.database.reading() as reader:
        return await reader.scalar(text("select count(distinct xmin::text) from alert"))


async def test_deliveries_that_come_together_are_stored_together(world):
    monitor = await Monitor.create(world)
    for key in "abcdef":
        await take(world.database, monitor.source, Reading((group(firing(key), key=key),)))
    before = await transactions(world)
    new = [
        group(firing(f"{key}1"), firing(f"{key}2", job="backup"), firing(key), firing("quiet", zone=key), key=key)
        for key in "abcdef"
    ]
    new = [replace(each, alerts=each.alerts if each.key == "c" else each.alerts[:-1]) for each in new]
    said = await delivered(world, monitor.source, *new)
    # The known ones are written too: that is how many transactions hold rows of theirs.
    assert await transactions(world) < before
    homes = {each.fingerprint: each.incident_id for each in await alerts(world) if len(each.fingerprint) == 1}
    for answer, each in zip(said, new, strict=True):
        assert answer["incident"] == f"INC-{homes[each.key]}"
        assert (answer["created"], answer["repeated"]) == (len(each.alerts) - 1, 1)
    rows = {each.fingerprint: each for each in await alerts(world)}
    for key, home in homes.items():
        assert (rows[key].count, rows[f"{key}1"].incident_id, rows[f"{key}2"].incident_id) == (2, home, None)
        events = await world.events(home)
        assert [each.number for each in events] == list(range(1, len(events) + 1))
        assert events[-1].data["alert_id"] == rows[f"{key}1"].id
        assert events[-1].data["fingerprint"] == f"{key}1"
        assert rows[f"{key}1"].labels["instance"] == f"{key}1"
    kept = {(each.kind, each.data.get("alert_id")) for each in await world.events() if each.incident_id is None}
    assert {("alert.dropped", rows[f"{key}2"].id) for key in "abcdef"} | {
        ("alert.suppressed", rows["quiet"].id)
    } <= kept
    async with world.database.reading() as reader:
        changes = await reader.rows(EventChange, select(EventChange).order_by(EventChange.event_id))
    assert {str(rows[f"{key}1"].id) for key in "abcdef"} <= {k for each in changes for k in each.rows.get("alert", {})}


async def test_deliveries_of_one_group_that_bring_the_same_count_it(world):
    monitor = await Monitor.create(world)
    await take(world.database, monitor.source, Reading((group(firing("a")),)))
    said = await delivered(
        world, monitor.source, *[group(firing("a"), firing("b"), firing(f"c{n % 2}")) for n in range(8)]
    )
    assert sum(each["created"] for each in said) == 3
    assert {each.fingerprint: each.count for each in await alerts(world)} == {"a": 9, "b": 8, "c0": 4, "c1": 4}


async def test_a_group_that_is_not_free_holds_up_no_other(world):
    monitor = await Monitor.create(world)
    for key in ("busy", "held", "locked", "free"):
        await take(world.database, monitor.source, Reading((group(firing(key), key=key),)))
    rows = {each.fingerprint: each for each in await alerts(world)}
    new = [group(firing(key), firing(f"{key}1"), key=key) for key in ("busy", "held", "locked")]
    async with world.database.unit_of_work() as session:
        await lock_group(session, monitor.source.id, "busy")
        await session.execute(select(Incident).where(Incident.id == rows["held"].incident_id).with_for_update())
        await session.execute(select(Alert).where(Alert.id == rows["locked"].id).with_for_update())
        waiting = asyncio.gather(*(take(world.database, monitor.source, Reading((each,))) for each in new))
        free = await delivered(world, monitor.source, *[group(firing(f"free{n}"), key="free") for n in range(6)])
        assert [each["created"] for each in free] == [1] * 6
        assert not waiting.done()
    assert [each["created"] for each in await waiting] == [1, 1, 1]


async def test_jobs_of_deliveries_that_are_stored_together_carry_the_request_of_each(world):
    monitor = await Monitor.create(world)
    await world.do(create_webhook, world.ada, url="https://example.org/hook", kinds=["alert.received"])
    for key in "abcdef":
        await take(world.database, monitor.source, Reading((group(firing(key), key=key),)))

    async def send(key):
        with coming_from(Origin(f"request-{key}")):
            await take(world.database, monitor.source, Reading((group(firing(f"{key}1"), key=key),)))

    await asyncio.gather(*map(send, "abcdef"))
    names = {each.id: each.data["fingerprint"] for each in await world.events(None, "alert.received")}
    async with world.database.reading() as reader:
        jobs = await reader.rows(Job, select(Job).where(Job.name == JobName.WEBHOOK_SEND))
    carried = {names[job.event_id]: job.options.get("trace") for job in jobs}
    assert {key: carried[f"{key}1"] for key in "abcdef"} == {key: f"request-{key}" for key in "abcdef"}
