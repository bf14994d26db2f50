"""Monitors that should report: their silence is an alert until they do, and an outage of ours is nobody's silence."""

import asyncio
from datetime import timedelta

import pytest

from actions.alerts.silences import save_silence
from actions.alerts.source_secrets import set_alert_source_secret
from actions.alerts.sources import save_alert_source
from actions.heartbeats import saving
from actions.heartbeats.listening import note_listening
from actions.heartbeats.pausing import pause_heartbeat, resume_heartbeat
from actions.heartbeats.saving import create_heartbeat, heartbeat_path, rotate_heartbeat_key, save_heartbeat
from actions.heartbeats.spans import words
from actions.heartbeats.sweep import sweep_heartbeats
from core.errors import DomainError, ErrorCode
from core.ids import encode
from models.heartbeat import HeartbeatState
from models.words import AlertState, Stage
from tests.actions.alerting import alerts, incidents, rule
from tests.actions.beating import Beat, look, reporting, watch


@pytest.fixture
async def client(world):
    async with reporting(world.database) as client:
        yield client


def near(moment, other):
    """The tests' clock goes on a little whenever it is looked at."""
    return abs(moment - other) < timedelta(seconds=1)


async def test_silence_becomes_an_alert_after_the_grace_and_ends_with_the_next_report(world, client):
    await rule(world, end_incident="ALL")
    beat = await Beat.create(world, client, service="checkout-api", grace_seconds=120)
    assert await beat.state() is HeartbeatState.NEW
    assert await watch(world, 30) == 0, "nobody waits for one that never reported"
    await beat.reports()
    reported = (await beat.row()).last_seen_at
    assert await watch(world, 10) == 0
    assert await beat.state() is HeartbeatState.LATE
    assert await watch(world, 3) == 1
    assert await beat.state() is HeartbeatState.DOWN
    assert await watch(world, 5) == 0, "it fires once"
    (alert,) = await alerts(world)
    assert (alert.title, alert.state) == ("Backup did not report", AlertState.FIRING)
    assert alert.starts_at == reported + timedelta(minutes=12)
    assert alert.labels == {
        "alertname": "Backup",
        "heartbeat": "Backup",
        "reason": "missed",
        "service": "checkout-api",
    }
    assert "every 10 minutes, with a grace of 2 minutes" in alert.annotations["description"]
    assert alert.service_id == world.services["checkout-api"].id
    (incident,) = await incidents(world)
    assert incident.stage is Stage.DETECTION
    await beat.reports(method="HEAD")
    (alert,) = await alerts(world)
    assert (alert.state, alert.resolved_at) == (AlertState.RESOLVED, (await beat.row()).last_seen_at)
    assert await beat.state() is HeartbeatState.UP
    assert await watch(world, 13) == 1, "silent again, it is another alert"
    assert [each.state for each in await alerts(world)] == [AlertState.RESOLVED, AlertState.FIRING]


async def test_a_failure_fires_at_once_with_what_was_said_and_pings_as_healthchecks_has_them_count(
    world, client, clock
):
    beat = await Beat.create(world, client)
    await beat.reports("/fail", "POST", content=b"No space\x00 left \xff" + b"x" * 9000)
    assert await beat.state() is HeartbeatState.DOWN
    clock.advance(minutes=1)
    await beat.reports("/1", "POST")
    (alert,) = await alerts(world)
    assert (alert.title, alert.labels["reason"]) == ("Backup failed", "failed")
    assert alert.annotations["said"].startswith("No space\ufffd left \ufffdxxx")
    assert len(alert.annotations["said"]) <= 2000
    await beat.reports("/0", "POST")
    assert (await alerts(world))[0].state is AlertState.RESOLVED
    for end in ("/256", "/-1", "/start", "/١", "/" + "9" * 5000):
        answer = await client.get(beat.path + end)
        assert (answer.status_code, bool(answer.json()["error"]["hint"])) == (400, True), end
    assert (await client.put(beat.path)).status_code == 405
    assert (await client.get(beat.path + "/a/b")).status_code == 404
    for key in ("msh_x", "msh_" + "x" * 49, beat.path.rpartition("/")[2][:-1] + "!"):
        assert (await client.get(heartbeat_path(key))).status_code == 404


async def test_paused_nobody_waits_and_its_alert_is_over(world, client, clock):
    beat = await Beat.create(world, client)
    await world.do(pause_heartbeat, world.ben, heartbeat=beat.id)
    await world.do(resume_heartbeat, world.ben, heartbeat=beat.id)
    assert await beat.state() is HeartbeatState.NEW
    await beat.reports("/fail")
    await world.do(pause_heartbeat, world.ben, heartbeat=beat.id)
    await world.do(pause_heartbeat, world.ben, heartbeat=beat.id)
    assert [each.state for each in await alerts(world)] == [AlertState.RESOLVED]
    await beat.reports("/fail")
    clock.advance(minutes=1)
    await beat.reports()
    assert await beat.state() is HeartbeatState.PAUSED
    assert near((await beat.row()).last_seen_at, clock.now())
    assert await watch(world, 30) == 0
    await world.do(resume_heartbeat, world.ben, heartbeat=beat.id)
    await world.do(resume_heartbeat, world.ben, heartbeat=beat.id)
    assert near((await beat.row()).expected_at, clock.now() + timedelta(minutes=10))
    assert await watch(world, 11) == 1
    saved = await world.events(None, "setting.saved")
    assert [event.data["changed"]["paused"]["to"] for event in saved] == [True, False, True, False]


async def test_a_key_is_rotated_with_an_overlap_and_an_archived_one_takes_nothing(world, client, clock):
    beat = await Beat.create(world, client)
    before = beat.path
    _, key = await world.do(rotate_heartbeat_key, world.ada, heartbeat=beat.id, overlap_minutes=10)
    for path, minutes, status in ((before, 9, 200), (heartbeat_path(key), 0, 200), (before, 1, 404)):
        clock.advance(minutes=minutes)
        assert (await client.get(path)).status_code == status
    _, last = await world.do(rotate_heartbeat_key, world.ada, heartbeat=beat.id, overlap_minutes=0)
    assert (await client.get(heartbeat_path(key))).status_code == 404
    beat.path = heartbeat_path(last)
    await beat.reports("/fail")
    await world.do(save_heartbeat, world.ada, id=beat.id, archived=True)
    assert (await client.get(beat.path)).status_code == 404
    assert [each.state for each in await alerts(world)] == [AlertState.RESOLVED]
    with pytest.raises(DomainError) as caught:
        await world.do(pause_heartbeat, world.ada, heartbeat=beat.id)
    assert caught.value.code is ErrorCode.CONFLICT
    await world.do(save_heartbeat, world.ada, id=beat.id, archived=False, name="Backups", service="checkout-api")
    assert (await beat.state(), (await beat.row()).name) == (HeartbeatState.NEW, "Backups")


async def test_new_times_count_for_what_is_waited_for(world, client):
    beat = await Beat.create(world, client)
    await beat.reports()
    reported = (await beat.row()).last_seen_at
    await world.do(save_heartbeat, world.ada, id=beat.id, every_seconds=60, grace_seconds=0)
    assert (await beat.row()).due_at == reported + timedelta(seconds=60)
    assert await watch(world, 1) == 1


async def test_an_outage_of_ours_is_nobodys_silence(world, client, clock):
    """The API was away for an hour, the timers were not: reports were lost."""
    hourly, lately, overdue, daily = [
        await Beat.create(world, client, name, every, grace_seconds=grace)
        for name, every, grace in (("h", 3600, 60), ("l", 1800, 900), ("o", 600, 0), ("d", 86400, 60))
    ]
    for beat in (hourly, lately, overdue, daily):
        await beat.reports()
    await note_listening(world.database)
    assert await watch(world, 9) == 0
    clock.advance(minutes=1)
    for _ in range(60):
        clock.advance(minutes=1)
        assert await sweep_heartbeats(world.database) == 0, "while nobody listens, silence means nothing"
    back = clock.now()
    assert await note_listening(world.database) == 3
    assert near((await hourly.row()).due_at, back + timedelta(seconds=3660))
    assert near((await lately.row()).due_at, back + timedelta(seconds=2700))
    assert near((await daily.row()).expected_at, back - timedelta(minutes=70) + timedelta(days=1)), "not expected yet"
    assert await sweep_heartbeats(world.database) == 0
    await lately.reports()
    assert await watch(world, 11) == 1, "who does not come back is an alert by its own rhythm"
    assert [alert.title for alert in await alerts(world)] == ["o did not report"]
    assert await overdue.state() is HeartbeatState.DOWN


async def test_who_was_overdue_before_an_outage_and_an_outage_of_the_timers_alone(world, client, clock):
    early, fresh = [await Beat.create(world, client, name, grace_seconds=0) for name in ("early", "fresh")]
    await early.reports()
    await note_listening(world.database)
    for _ in range(33):
        clock.advance(seconds=20)
        await note_listening(world.database)
    await fresh.reports()
    clock.advance(minutes=5)
    await note_listening(world.database)
    assert await sweep_heartbeats(world.database) == 1, "it was due while everybody listened; nobody looked"
    (alert,) = await alerts(world)
    assert (alert.title, await fresh.state()) == ("early did not report", HeartbeatState.UP)


async def test_silences_hold_and_reports_at_the_same_moment_are_one(world, client, clock):
    await rule(world)
    beat = await Beat.create(world, client, service="checkout-api")
    await beat.reports()
    await world.do(
        save_silence,
        world.ada,
        matchers={"heartbeat": "Backup"},
        reason="Moved.",
        ends_at=clock.now() + timedelta(days=1),
    )
    assert await watch(world, 12) == 1
    assert ([a.state for a in await alerts(world)], await incidents(world)) == ([AlertState.SUPPRESSED], [])
    clock.advance(seconds=5)
    await asyncio.gather(*(beat.reports() for _ in range(8)), look(world), look(world))
    assert [a.state for a in await alerts(world)] == [AlertState.RESOLVED]
    events = await world.events(None, "alert.resolved")
    assert len(events) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"every_seconds": 29}, "every_seconds"),
        ({"every_seconds": 10**10}, "every_seconds"),
        ({"grace_seconds": -1}, "grace_seconds"),
        ({"name": " "}, "name"),
        ({"service": "none"}, "service"),
    ],
)
async def test_what_can_be_no_heartbeat_is_refused_at_the_field(world, client, given, field):
    beat = await Beat.create(world, client)
    for action, more in (
        (create_heartbeat, {"name": "Backup", "every_seconds": 60, **given}),
        (save_heartbeat, {"id": beat.id, **given}),
    ):
        with pytest.raises(DomainError) as caught:
            await world.do(action, world.ada, **more)
        assert caught.value.field == field
        assert caught.value.hint


async def test_limits_and_the_source_of_heartbeats(world, client, monkeypatch):
    monkeypatch.setattr(saving, "MOST", 1)
    beat = await Beat.create(world, client)
    with pytest.raises(DomainError, match="no more are allowed"):
        await Beat.create(world, client)
    with pytest.raises(DomainError):
        await world.do(rotate_heartbeat_key, world.ada, heartbeat=beat.id, overlap_minutes=10_081)
    with pytest.raises(DomainError):
        await world.do(rotate_heartbeat_key, world.ada, heartbeat=encode("Heartbeat", 999))
    source = encode("AlertSource", (await beat.row()).source_id)
    for action, more in (
        (save_alert_source, {"id": source, "archived": True}),
        (set_alert_source_secret, {"source": source}),
    ):
        with pytest.raises(DomainError):
            await world.do(action, world.ada, **more)
    assert [words(n) for n in (0, 90, 86400, 3661)] == [
        "0 seconds",
        "1 minute 30 seconds",
        "1 day",
        "1 hour 1 minute 1 second",
    ]
