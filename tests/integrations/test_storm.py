"""A storm of alerts through the hook: 20,000 in `make prove`, a slice always. Nothing is lost; it is one incident."""

import asyncio
from collections import Counter

from sqlalchemy import func, select

from actions.branding.organisation import save_organisation
from models.alert import Alert
from models.event import Event
from models.incident import Incident
from models.storm import AlertStorm
from tests.actions.alerting import Monitor, rule
from tests.effort import effort
from tests.integrations.hooking import alert, delivery, posting

GROUPS, EACH = effort((8, 25), (200, 100))
"""Groups of the monitor's, and alerts of each; every delivery comes twice, as monitors do when an answer is late."""
SENDERS = 16
ALLOWED = 3
"""Incidents in a minute."""


async def test_a_storm_is_one_incident_and_no_alert_is_lost_or_doubled(world, database):
    await world.do(save_organisation, world.ada, storm_incidents=ALLOWED)
    await rule(world)
    monitor = await Monitor.create(world)
    answers: Counter[int] = Counter()
    waiting = [number for number in range(GROUPS) for _ in range(2)]

    async def sender(hook):
        while waiting:
            number = waiting.pop(0)
            alerts = [alert(f"{number}-{n}") for n in range(EACH)]
            while True:  # a monitor delivers again until it is told that it was taken
                answer = await hook.post(delivery(*alerts, groupKey=f"group {number}"))
                answers[answer.status_code] += 1
                if answer.status_code == 202:
                    break

    async with posting(database, monitor.key, pool_size=4) as hook:
        await asyncio.gather(*(sender(hook) for _ in range(SENDERS)))
    assert answers[202] == 2 * GROUPS
    assert answers.keys() <= {202, 503}, answers
    async with database.reading() as reader:
        stored, seen, homeless = (
            await reader.execute(
                select(func.count(), func.sum(Alert.count), func.count().filter(Alert.incident_id.is_(None)))
            )
        )[0]
        told = await reader.scalar(select(func.count()).where(Event.kind == "alert.received"))
        opened = await reader.scalar(select(func.count()).select_from(Incident))
        storms = await reader.scalar(select(func.count()).select_from(AlertStorm))
    assert (stored, seen, told, homeless) == (GROUPS * EACH, 2 * GROUPS * EACH, GROUPS * EACH, 0)
    assert storms == 1
    assert ALLOWED < opened <= ALLOWED + SENDERS + 1, "those under way when it began, and its own"
