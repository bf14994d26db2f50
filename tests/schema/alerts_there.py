"""Alert sources, and what they deliver."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.repeats import forget_deliveries
from actions.alerts.taking import Reading, take
from actions.alerts.unread import Fault, forget_unread, keep_unread, note_replay, to_replay
from core import ids
from models.alert import AlertSource
from models.alert_delivery import UnreadDelivery

LEAST = {
    "createAlertSource": {"kind": "alertmanager", "name": "Prometheus"},
    "saveAlertSource": {"id": ids.encode("AlertSource", 1)},
    "replayUnreadDelivery": {"delivery": ids.encode("UnreadDelivery", 1)},
    "setAlertSourceSecret": {"source": ids.encode("AlertSource", 1)},
    "saveRoutingRule": {"name": "All", "matchers": {}},
    "applyRoutingRules": {"rules": [{"name": "All"}]},
    "restoreRoutingRules": {"version": 1},
    "deleteRoutingRule": {"id": ids.encode("RoutingRule", 1)},
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
    for _ in range(2):
        going = NormalisedGroup("loose", "Slow", (loose("l", True, now),))
        await take(database, 1, Reading((going,), delivery="d-1"))
    await _flap(database)
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
