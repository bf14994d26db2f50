"""What stands around Muster in the journeys: an Alertmanager that posts, and a system that takes webhooks."""

from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.journeys.product import serving


def alert(name, *, fires=True, **labels):
    """One alert as Alertmanager sends it, begun ten minutes before the tests' clock."""
    return {
        "status": "firing" if fires else "resolved",
        "labels": {"alertname": "HighErrorRate", "instance": name, "severity": "critical", **labels},
        "annotations": {"summary": f"Errors on {name}"},
        "startsAt": "2026-11-24T02:50:00Z",
        "endsAt": "0001-01-01T00:00:00Z" if fires else "2026-11-24T02:59:00Z",
        "generatorURL": "https://prometheus.example/graph",
        "fingerprint": name,
    }


def delivery(*alerts, key="checkout"):
    """A group of alerts as Alertmanager delivers it, version 4."""
    return {
        "version": "4",
        "groupKey": f'{{}}:{{group="{key}"}}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "muster",
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": {"alertname": "HighErrorRate", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example",
        "alerts": list(alerts),
    }


async def monitored(product, **rule):
    """The hook's path of a new Alertmanager whose critical alerts become incidents."""
    made = await product.ada.does(
        "createAlertSource", kind="alertmanager", name="Prometheus", answer="hookUrl source { name }"
    )
    await product.ada.does(
        "saveRoutingRule",
        name="Critical ones",
        matchers={"severity": "critical"},
        service="checkout-api",
        severity="SEV1",
        createIncident="ALWAYS",
        **rule,
    )
    return "/hooks" + made["hookUrl"].partition("/hooks")[2]


class Receiver:
    """The requests that came to a webhook's address."""

    def __init__(self):
        self.requests = []

    async def take(self, request):
        """Keep a request."""
        self.requests.append((dict(request.headers), await request.body()))
        return Response(status_code=204)


@asynccontextmanager
async def receiving():
    """A system of somebody else, on a port of its own: what came, and its URL."""
    receiver = Receiver()
    async with serving(Starlette(routes=[Route("/in", receiver.take, methods=["POST"])])) as address:
        yield receiver, f"{address}/in"
