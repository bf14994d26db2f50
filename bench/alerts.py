"""Taking alerts, with rules, groups, events and jobs, beside a bare `unnest … on conflict` in a like server.

`python -m bench.alerts`. BENCH_ALERTS: how many are sent in the end, a hundred at a time, to see whether memory stays
as it is.
"""

import asyncio
import itertools
import os
import statistics
from collections.abc import Callable
from datetime import UTC, datetime

import orjson

from actions.alerts.rules import save_routing_rule
from actions.alerts.sources import create_alert_source
from auth.actor import SYSTEM
from bench.figures import note
from bench.load import Subject, compare, round_of
from bench.servers import cluster, process, resident_megabytes
from core.db import Database
from core.secrets import Secrets
from migrations.apply import migrate

MANY = 100
"""Alerts of a large delivery."""
GROUPS = 40
"""Groups of the monitor's that alerts belong to: each has an incident that its alerts join."""
RULES = (
    {"name": "Pool", "matchers": {"alertname": "PoolExhausted"}, "severity": "SEV1"},
    {"name": "Nightly noise", "matchers": {"job": "backup"}, "drop_reason": "Backups are looked at in the morning"},
    {"name": "Canary", "matchers": {"group": "canary"}, "create_incident": "NEVER"},
    {"name": "Said so", "matchers": {}, "condition": 'labels["job"] == "node" && annotations["team"] == "core"'},
    {"name": "All else", "matchers": {"job": "node"}, "severity": "SEV3"},
)
ALERTS = int(os.environ.get("BENCH_ALERTS", "100000"))
STEPS = 10
"""How often memory is looked at."""
KEY = "bench"
RUNS = itertools.count(1)
"""What is new has no past: an alert whose fingerprint was seen before might flap, and is looked at (the long way)."""


async def _source(url: str) -> str:
    """The path of the hook of a source, with rules."""
    database = Database(url, secrets=Secrets([KEY]))
    async with database.unit_of_work() as session:
        _, key = await create_alert_source(session, SYSTEM, kind="alertmanager", name="Prometheus")
        for rule in RULES:
            await save_routing_rule(session, SYSTEM, **rule)
    await database.close()
    return f"/hooks/alertmanager/{key}"


def deliveries(count: int, *, again: bool = False) -> Callable[[], bytes]:
    """Bodies of so many alerts each, new ones; or, `again`, the same few for ever."""
    numbers = itertools.count(1)
    begun = datetime.now(UTC).isoformat()
    run = "again" if again else f"new{next(RUNS)}"

    def body() -> bytes:
        number = next(numbers)
        group = number % GROUPS
        first = (group if again else number) * count
        alerts = [_alert(first + index, begun, run) for index in range(count)]
        return orjson.dumps(
            {
                "version": "4",
                "groupKey": f'{{}}:{{alertname="InstanceDown{group}"}}',
                "status": "firing",
                "receiver": "muster",
                "groupLabels": {"alertname": f"InstanceDown{group}"},
                "commonLabels": {"job": "node"},
                "commonAnnotations": {},
                "externalURL": "",
                "truncatedAlerts": 0,
                "alerts": alerts,
            }
        )

    return body


def _alert(number: int, begun: str, run: str) -> dict:
    labels = {"alertname": "InstanceDown", "job": "node", "group": "production", "instance": f"10.0.0.{number}:9100"}
    return {
        "status": "firing",
        "startsAt": begun,
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{run}-{number:016x}",
        "labels": {**labels, "severity": "critical"},
        "annotations": {"title": f"Instance {number} down", "description": "It has been down for more than 1 minute."},
        "generatorURL": "http://prometheus.example/graph",
    }


HEADERS = {"Content-Type": "application/json"}


def _rates(url: str, path: str) -> None:
    with process(["server", "api"], url, "/healthz", MUSTER_SECRET_KEY=KEY) as (api, port):
        with process(["bench.alerts_bare"], url, "/healthz") as (bare, bare_port):
            for name, count, again, least in (
                ("one", 1, False, "0.5"),
                ("hundred", MANY, False, "0.35"),
                ("hundred_again", MANY, True, "0.35"),
            ):
                print(f"alerts: {count} a delivery{', again and again' if again else ', all new'}")
                ours = Subject("Muster", api.pid, port, path, deliveries(count, again=again), HEADERS)
                theirs = Subject("bare", bare.pid, bare_port, "/take", deliveries(count, again=again), HEADERS)
                ratio = compare(ours, theirs, connections=4)
                note(f"alerts.{name}", f"{ratio:.3f} of a bare statement (at least {least})")
                note(f"alerts.{name}_rate", f"{statistics.median(ours.rates) * count:.0f} alerts/s")
        _memory(api.pid, port, path)


def _memory(pid: int, port: int, path: str) -> None:
    """How much the API process keeps resident while alerts come in."""
    subject = Subject("Muster", pid, port, path, deliveries(MANY), HEADERS)
    seen, sizes, step = 0, [], ALERTS // STEPS
    while seen < ALERTS:
        before = seen
        while seen < before + step:
            round_of(subject, 1, 2)
            seen += int(subject.rates.pop() * MANY)
        sizes.append(resident_megabytes(pid))
    note("alerts.memory", f"{', '.join(f'{each:.0f}' for each in sizes)} MB while {seen:,} alerts came in")


def main() -> None:
    """All of it, on one database."""
    with cluster() as url:
        asyncio.run(migrate(url))
        _rates(url, asyncio.run(_source(url)))


if __name__ == "__main__":
    main()
