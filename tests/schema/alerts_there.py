"""Alert sources, and what they deliver."""

from sqlalchemy import func, select, update

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.questions import sweep_questions
from actions.alerts.repeats import forget_deliveries
from actions.alerts.taking import Reading, take
from actions.alerts.unread import Fault, forget_unread, keep_unread, note_replay, to_replay
from actions.paging.sweep import sweep_paging
from core import ids
from models.alert import Alert, AlertSource
from models.alert_delivery import UnreadDelivery
from models.paging.run import PagingRun

LEAST = {
    "createAlertSource": {"kind": "alertmanager", "name": "Prometheus"},
    "saveAlertSource": {"id": ids.encode("AlertSource", 1)},
    "replayUnreadDelivery": {"delivery": ids.encode("UnreadDelivery", 1)},
    "setAlertSourceSecret": {"source": ids.encode("AlertSource", 1)},
    "saveRoutingRule": {"name": "All", "matchers": {}},
    "applyRoutingRules": {"rules": [{"name": "All"}]},
    "restoreRoutingRules": {"version": 1},
    "deleteRoutingRule": {"id": ids.encode("RoutingRule", 1)},
    "answerAlert": {"alert": ids.encode("Alert", 1), "verdict": "NOISE", "reason": "A test."},
    "saveSilence": {"matchers": {"job": "disk"}, "reason": "Disks.", "endsAt": "2026-11-24T04:00:00Z"},
    "endSilence": {"silence": ids.encode("Silence", 1)},
}
"""What each mutation of sources, rules and silences needs at least."""


async def sources_there(do) -> None:
    """Make sources, change them, and give them secrets."""
    monitor = (await do("createAlertSource", "source", kind="generic", name="Ours", mapping={"title": "name"}))["id"]
    await do("saveAlertSource", "source", id=monitor, name="Theirs", mapping=None)
    await do("setAlertSourceSecret", "source", source=monitor)
    await do("setAlertSourceSecret", "source", source=monitor, secret="from-the-vendor")


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
        asked = select(Alert.labels, Alert.id).where(Alert.labels.contains({"asks": "yes"}))
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
    loose = NormalisedAlert("l", "Slow", firing=True, starts_at=now, continues=True)
    for _ in range(2):
        await take(database, 1, Reading((NormalisedGroup("loose", "Slow", (loose,)),), delivery="d-1"))
    await forget_deliveries(database)
