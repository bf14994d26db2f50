"""Alert sources, and what they deliver."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.questions import sweep_questions
from actions.alerts.repeats import forget_deliveries
from actions.alerts.taking import Reading, take
from actions.alerts.unread import Fault, forget_unread, keep_unread, note_replay, to_replay
from actions.heartbeats.listening import note_listening
from actions.heartbeats.reporting import heartbeat_of, report
from actions.heartbeats.sweep import sweep_heartbeats
from actions.paging.sweep import sweep_paging
from actions.service_changes import ToldChange
from core import ids
from models.alert import Alert, AlertSource
from models.alert_delivery import UnreadDelivery
from models.heartbeat import Heartbeat, HeartbeatWatch
from models.paging.run import PagingRun

LEAST = {
    "createAlertSource": {"kind": "alertmanager", "name": "Prometheus"},
    "saveAlertSource": {"id": ids.encode("AlertSource", 1)},
    "replayUnreadDelivery": {"delivery": ids.encode("UnreadDelivery", 1)},
    "setAlertSourceSecret": {"source": ids.encode("AlertSource", 1)},
    "createHeartbeat": {"name": "Backup", "everySeconds": 3600},
    "saveHeartbeat": {"id": ids.encode("Heartbeat", 1)},
    "rotateHeartbeatKey": {"heartbeat": ids.encode("Heartbeat", 1)},
    "pauseHeartbeat": {"heartbeat": ids.encode("Heartbeat", 1)},
    "resumeHeartbeat": {"heartbeat": ids.encode("Heartbeat", 1)},
    "saveRoutingRule": {"name": "All", "matchers": {}},
    "applyRoutingRules": {"rules": [{"name": "All"}]},
    "restoreRoutingRules": {"version": 1},
    "deleteRoutingRule": {"id": ids.encode("RoutingRule", 1)},
    "answerAlert": {"alert": ids.encode("Alert", 1), "verdict": "NOISE", "reason": "A test."},
    "saveSilence": {"matchers": {"job": "disk"}, "reason": "Disks.", "endsAt": "2026-11-24T04:00:00Z"},
    "endSilence": {"silence": ids.encode("Silence", 1)},
    "snoozeAlert": {"alert": ids.encode("Alert", 1), "until": "2026-11-24T04:00:00Z"},
    "unsnoozeAlert": {"alert": ids.encode("Alert", 1)},
    "markNoise": {"alert": ids.encode("Alert", 1), "reason": "Nobody acts on it."},
    "unmarkNoise": {"alert": ids.encode("Alert", 1)},
}
"""What each mutation of sources, rules and silences needs at least."""


async def sources_there(do) -> None:
    """Make sources, change them, and give them secrets."""
    monitor = (await do("createAlertSource", "source", kind="generic", name="Ours", mapping={"title": "name"}))["id"]
    await do("saveAlertSource", "source", id=monitor, name="Theirs", mapping=None)
    await do("setAlertSourceSecret", "source", source=monitor)
    await do("setAlertSourceSecret", "source", source=monitor, secret="from-the-vendor")


async def _heartbeats_there(do, database) -> None:
    """Make heartbeats, have them report, fail, miss and be excused, and change them meanwhile."""
    made = [(await do("createHeartbeat", "heartbeat", name="Backup", everySeconds=60))["id"] for _ in range(2)]
    one, other = (ids.decode(each)[1] for each in made)
    await do("createHeartbeat", "heartbeat", name="Backup", everySeconds=60, service="service-3")
    await report(database, one)
    await report(database, other)
    await note_listening(database)
    await _shift(database, Heartbeat.due_at, -3600)
    await sweep_heartbeats(database)
    await report(database, one)
    await report(database, one, failed=True, said="No space left.")
    await do("pauseHeartbeat", "heartbeat", heartbeat=made[0])
    await report(database, one)
    await do("resumeHeartbeat", "heartbeat", heartbeat=made[0])
    await do("saveHeartbeat", "heartbeat", id=made[0], name="Backups", everySeconds=90, service="service-3")
    await do("rotateHeartbeatKey", "heartbeat", heartbeat=made[0])
    assert await heartbeat_of(database, "nobody's") is None
    await _shift(database, HeartbeatWatch.listening_at, -3600)
    await _shift(database, Heartbeat.expected_at, -3600)
    assert await note_listening(database) == 1
    await do("saveHeartbeat", "heartbeat", id=made[1], archived=True)
    await do("saveHeartbeat", "heartbeat", id=made[1], archived=False)


async def _shift(database, column, seconds) -> None:
    async with database.unit_of_work() as session:
        await session.execute(update(column.class_).values({column: column + timedelta(seconds=seconds)}))


async def asked_there(do, database) -> None:
    """Have alerts page without an incident, and people asked whether others are one: one answer, one too late."""
    steps = [{"afterMinutes": 1, "targets": [{"person": ids.encode("User", 5)}]}]
    await do("saveEscalationPolicy", "escalationPolicy", name="Quiet", steps=steps)
    asks = {"createIncident": "ASK", "askMinutes": 5, "page": "Quiet", "groupBy": ["about"], "position": 1}
    await do("saveRoutingRule", "rule", name="Asked", matchers={"asks": "yes"}, service="service-3", **asks)
    pages = {"createIncident": "NEVER", "page": "Quiet", "position": 2}
    await do("saveRoutingRule", "rule", name="Paged", matchers={"pages": "yes"}, **pages)
    now = database.clock.now()
    told = [{"pages": "yes"}, *({"asks": "yes", "about": about} for about in ("noise", "incident", "late"))]
    for firing in (True, False):
        ended = None if firing else now
        alerts = [
            NormalisedAlert(f"q{n}", "Slow", firing or n > 0, now, ends_at=None if n else ended, labels=labels)
            for n, labels in enumerate(told)
        ]
        async with database.unit_of_work() as session:
            source = await session.get_one(AlertSource, 1)
            await receive_group(session, source, NormalisedGroup("asked", "Slow", tuple(alerts)))
    async with database.reading() as reader:
        names = [f"q{n}" for n in range(1, len(told))]
        asked = select(Alert.labels, Alert.id).where(Alert.source_id == 1, Alert.fingerprint.in_(names))
        keys = {row.labels["about"]: row.id for row in await reader.execute(asked)}
    for about in ("noise", "incident"):
        verdict = {"verdict": about.upper(), "reason": "A test."}
        await do("answerAlert", "alert", alert=ids.encode("Alert", keys[about]), **verdict)
    async with database.unit_of_work() as session:
        due = update(PagingRun).where(PagingRun.asks_until.is_not(None))
        await session.execute(due.values(asks_until=now, next_escalation_at=now))
    await sweep_paging(database)
    assert await sweep_questions(database) == 1


async def unread_there(do, database) -> None:
    """Deliver what can't be read, and have it read again."""
    fault = Fault("malformed", "Odd.", None, "Mend it.")
    for _ in range(2):
        await keep_unread(database, 1, b"{", {}, fault)
    async with database.reading() as reader:
        key = await reader.scalar(select(func.max(UnreadDelivery.id)))
    await do("replayUnreadDelivery", "delivery", delivery=ids.encode("UnreadDelivery", key))
    assert await to_replay(database, key)
    await note_replay(database, key, fault)
    await note_replay(database, key, None)
    await forget_unread(database)
    await _heartbeats_there(do, database)


async def alerts_there(database) -> None:
    """Deliver alerts that fire and end; then some that continue others, twice."""
    now = database.clock.now()
    labels = {"route": "yes"}
    for firing in (True, True, False):
        ended = None if firing else database.clock.now()
        alerts = tuple(NormalisedAlert(f"a{n}", "Slow", firing, now, ends_at=ended, labels=labels) for n in range(3))
        async with database.unit_of_work() as session:
            source = await session.get_one(AlertSource, 1)
            await receive_group(session, source, NormalisedGroup("new", "Slow", alerts))
    for _ in range(2):
        going = NormalisedGroup("loose", "Slow", (loose("l", True, now),))
        await take(database, source, Reading((going,), delivery="d-1"))
    await _flap(database)
    for state in ("in_progress", "success"):
        told = ToldChange("d-1", "v1", state, now, now, services=("service-1",))
        await take(database, source, Reading(changes=(told,), delivery=state))
    await forget_deliveries(database)


def loose(fingerprint: str, firing: bool, moment: datetime) -> NormalisedAlert:
    """News of a monitor that does not say when an alert began."""
    ended = None if firing else moment
    return NormalisedAlert(fingerprint, "Slow", firing, moment, ended, {"route": "yes"}, continues=True)


async def _flap(database) -> None:
    """Have an alert come and go too often."""
    begin = database.clock.now()
    for turn in range(8):
        moment = begin + timedelta(seconds=turn)
        alert = loose("flaps", turn % 2 == 0, moment)
        async with database.unit_of_work() as session:
            source = await session.get_one(AlertSource, 1)
            await receive_group(session, source, NormalisedGroup("flaps", "Slow", (alert,)))
