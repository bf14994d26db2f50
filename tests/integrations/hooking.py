"""A hook with a client that posts to it."""

from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette

from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from integrations.refusal import REFUSED
from integrations.source_hook import routes


def app(database, **settings):
    return Starlette(routes=routes(Runtime(Settings(**settings), database, Live(database))))


class Poster:
    """`await poster.post({...})`, to the path of one source."""

    def __init__(self, client, path):
        self.client, self.path = client, path

    async def post(self, payload):
        return await self.client.post(self.path, json=payload)

    async def send(self, content, **more):
        return await self.client.post(self.path, content=content, **more)


@asynccontextmanager
async def posting(database, key, **settings):
    transport = httpx.ASGITransport(app(database, **settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://muster.example") as client:
        yield Poster(client, f"/hooks/alertmanager/{key}")


def refused(reason):
    """How many deliveries were turned away for a reason, so far in this process."""
    return REFUSED.labels(reason)._value.get()  # noqa: SLF001 (the client has no other way to read a counter)


def alert(name="a", **changes):
    return {
        "status": "firing",
        "labels": {"alertname": "InstanceDown", "instance": name},
        "annotations": {"summary": f"{name} is down"},
        "startsAt": "2026-11-24T02:50:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
        "fingerprint": name,
        **changes,
    }


def delivery(*alerts, **changes):
    return {
        "version": "4",
        "groupKey": '{}:{alertname="InstanceDown"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "muster",
        "groupLabels": {"alertname": "InstanceDown"},
        "commonLabels": {"alertname": "InstanceDown"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts) or [alert()],
        **changes,
    }
