"""From an alert that arrives to the page that is asked for it, at 200 alerts a second: 20 seconds, 30 at most.

`python -m bench.alerts_paged`. BENCH_PAGED_RATE: another number, for a machine that can't keep up. Alerts are sent when
their time has come, however long others take, and a page counts from that time to the answer, which is given once its
transaction is committed. One alert in BENCH_PAGED_EVERY (20) begins to page; the others join what is there already.
"""

import asyncio
import http.client
import os
import threading
import time
from statistics import median

import orjson
from sqlalchemy import func, select

from actions.alerts.rules import save_routing_rule
from actions.alerts.sources import create_alert_source
from actions.catalogue.people import save_user
from actions.paging.given import Then, Whom
from actions.paging.policies import save_escalation_policy
from auth.actor import SYSTEM
from bench.alerts import HEADERS, KEY
from bench.figures import note
from bench.servers import cluster, process
from core import ids
from core.db import Database
from core.secrets import Secrets
from migrations.apply import migrate
from models.paging.run import Page
from models.words import AccessRole

RATE = int(os.environ.get("BENCH_PAGED_RATE", "200"))
SECONDS, CONNECTIONS = 20, 32
EVERY = int(os.environ.get("BENCH_PAGED_EVERY", "20"))
LEAST = 300
"""Milliseconds that 99 of 100 pages may take at most."""
MOST = 30
"""Seconds after which no more is sent: whoever can't keep up is told how far it came."""
WARM = 2
"""Seconds that do not count: connections are opened, and plans made."""


async def _prepare(url: str) -> str:
    """A policy that pages somebody for each host that is down; the path of the hook."""
    database = Database(url, secrets=Secrets([KEY]))
    async with database.unit_of_work() as session:
        ben = await save_user(session, SYSTEM, name="Ben", email="ben@example.org", access_role=AccessRole.RESPONDER)
        steps = [Then(5, (Whom(person=ids.encode("User", ben.id)),))]
        await save_escalation_policy(session, SYSTEM, name="Hosts", steps=steps)
        rule = {"create_incident": "NEVER", "page": "Hosts", "group_by": ["host"]}
        await save_routing_rule(session, SYSTEM, name="Hosts", matchers={"alertname": "HostDown"}, **rule)
        await save_routing_rule(session, SYSTEM, name="Rest", matchers={}, create_incident="NEVER")
        _, key = await create_alert_source(session, SYSTEM, kind="alertmanager", name="Prometheus")
    await database.close()
    return f"/hooks/alertmanager/{key}"


def body(number: int) -> bytes:
    """The delivery of one new alert."""
    pages = number % EVERY == 0
    labels = {"alertname": "HostDown" if pages else "DiskSlow", "host": f"h{number}", "instance": f"10.0.0.{number}"}
    group = {"alertname": labels["alertname"], **({"host": labels["host"]} if pages else {})}
    alert = {"status": "firing", "startsAt": f"2026-11-24T00:00:{number % 60:02}Z", "fingerprint": f"{number:016x}"}
    return orjson.dumps(
        {
            "version": "4",
            "groupKey": f"{{}}:{group}",
            "status": "firing",
            "receiver": "muster",
            "groupLabels": group,
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "",
            "alerts": [{**alert, "labels": labels, "annotations": {"summary": f"Number {number}"}}],
        }
    )


def drive(port: int, path: str) -> list[float | None]:
    """Milliseconds from when each alert was due to its answer, in their order. SystemExit for one that is refused."""
    took: list[float | None] = [None] * (RATE * (WARM + SECONDS))
    begun, failures = time.monotonic() + 0.5, list[str]()

    def send(first: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for number in range(first, len(took), CONNECTIONS):
            due = begun + number / RATE
            if time.monotonic() > begun + MOST:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("POST", path, body(number), HEADERS)
            response = connection.getresponse()
            said = response.read()
            if response.status not in (200, 202):
                failures.append(f"{response.status} {said[:200]!r}")
                return
            took[number] = (time.monotonic() - due) * 1000
        connection.close()

    threads = [threading.Thread(target=send, args=(index,)) for index in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(failures[0])
    return took


async def _pages(url: str) -> int:
    database = Database(url)
    async with database.reading() as reader:
        found = int(await reader.scalar(select(func.count()).select_from(Page)))
    await database.close()
    return found


def main() -> None:
    """One run, and whether each page was asked that should be."""
    with cluster() as url:
        asyncio.run(migrate(url))
        path = asyncio.run(_prepare(url))
        with process(["server", "api"], url, "/healthz", MUSTER_SECRET_KEY=KEY) as (_, port):
            took = drive(port, path)
        counted = [(number, each) for number, each in enumerate(took) if each is not None and number >= RATE * WARM]
        paged = sorted(each for number, each in counted if number % EVERY == 0)
        others = sorted(each for number, each in counted if number % EVERY)
        wanted = sum(each is not None for each in took[::EVERY])
        found = asyncio.run(_pages(url))
    if None in took:
        note("alerts.page_asked_late", f"it took {len(took) - took.count(None)} of {len(took)} alerts in {MOST} s")
    if found != wanted:
        raise SystemExit(f"{found} pages were asked, and {wanted} should have been")
    p99 = paged[int(len(paged) * 0.99)]
    note("alerts.page_asked_p99", f"{p99:.0f} ms of {len(paged)} pages at {RATE} alerts/s (at most {LEAST})")
    note("alerts.page_asked_median", f"{median(paged):.0f} ms")
    if others:
        note("alerts.not_paged_p99", f"{others[int(len(others) * 0.99)]:.0f} ms of {len(others)} other alerts")


if __name__ == "__main__":
    main()
