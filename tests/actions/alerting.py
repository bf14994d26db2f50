"""Alerts for tests: a source, rules, and deliveries with as few words as possible."""

from datetime import UTC, datetime

from sqlalchemy import select

from actions.alerts.group import NormalisedAlert, NormalisedGroup
from actions.alerts.intake import receive_group
from actions.alerts.rules import save_routing_rule
from actions.alerts.sources import create_alert_source
from core import ids
from models.alert import Alert
from models.incident import Incident

START = datetime(2026, 11, 24, 2, 50, tzinfo=UTC)
"""Ten minutes before the tests' clock."""


def firing(fingerprint, *, starts_at=START, **labels):
    labels = {"alertname": "InstanceDown", "instance": fingerprint, **labels}
    return NormalisedAlert(fingerprint, f"{fingerprint} is down", firing=True, starts_at=starts_at, labels=labels)


def resolved(fingerprint, *, starts_at=START, ends_at=None, **labels):
    labels = {"alertname": "InstanceDown", "instance": fingerprint, **labels}
    return NormalisedAlert(
        fingerprint,
        f"{fingerprint} is down",
        firing=False,
        starts_at=starts_at,
        ends_at=ends_at or starts_at.replace(minute=55),
        labels=labels,
    )


def group(*alerts, key="g", name="InstanceDown", **more):
    return NormalisedGroup(key=key, name=name, alerts=alerts, **more)


class Monitor:
    """A source in a world: `await monitor.sends(firing("a"))`."""

    def __init__(self, world, source, key):
        self.world, self.source, self.key = world, source, key

    @classmethod
    async def create(cls, world, name="Prometheus"):
        source, key = await world.do(create_alert_source, world.ada, kind="alertmanager", name=name)
        return cls(world, source, key)

    async def sends(self, *alerts, **more):
        return await self.world.do(receive_group, self.source, group(*alerts, **more))


async def rule(world, **fields):
    given = {"name": "Everything", "matchers": {}, "create_incident": "ALWAYS", **fields}
    return await world.do(save_routing_rule, world.ada, **given)


async def alerts(world):
    async with world.database.reading() as reader:
        return await reader.rows(Alert, select(Alert).order_by(Alert.id))


def id_of(alert):
    return ids.encode("Alert", alert.id)


async def incidents(world):
    async with world.database.reading() as reader:
        return await reader.rows(Incident, select(Incident).order_by(Incident.id))
