"""Everything is killed again and again in mid-work, on one data folder. What was acknowledged is there."""

import asyncio
import os
import random
import signal
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path

import asyncpg
import orjson
import pytest

from bench.figures import note
from core.cursor import decode_cursor
from core.embedded import EmbeddedPostgres
from tests.conftest import in_memory
from tests.effort import effort
from tests.jobs.postbox import postbox
from tests.jobs.receiver import receiver
from tests.journeys.crowd import Crowd, Subscriber
from tests.server.processes import alive, free_port, launch, left_behind, pull_the_plug, wait_until

ROUNDS = effort(1, 10)
WRITERS = 4
TOLD = ["incident.declared", "incident.stage_changed", "task.claimed", "update.published"]
"""What the webhook is told of."""

pytestmark = pytest.mark.slow


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="muster-crash-", dir=in_memory()) as base:
        Path(base).chmod(0o755)  # PostgreSQL runs as another user when root runs the tests
        yield Path(base) / "data"


class House:
    """One data folder and port, and the `muster up` that runs there, mostly."""

    def __init__(self, folder, rng, **settings):
        self.folder, self.random, self.settings, self.port = folder, rng, settings, free_port()
        self.up = None
        self.ready_after = []
        """Seconds from a start after a kill until it was ready."""

    def start(self):
        began = time.monotonic()
        self.up = launch(self.folder, port=self.port, **self.settings)
        self.up.wait_ready()
        self.ready_after.append(time.monotonic() - began)

    def nap(self, shortest, longest):
        """Wait for a random moment: that is what the test is about."""
        time.sleep(self.random.uniform(shortest, longest))

    def everything(self):
        pull_the_plug(self.up)
        assert not left_behind(self.folder)

    def while_it_starts(self):
        """At a random moment of a start, and so of migrations."""
        self.up = launch(self.folder, port=self.port, **self.settings)
        self.nap(0.1, 2.5)
        self.everything()

    def while_it_stops(self):
        self.start()
        self.nap(0.2, 1)
        self.up.child.send_signal(signal.SIGINT)
        self.nap(0, 0.7)
        self.everything()

    def the_supervisor(self):
        """The tether, and the watcher's pipe, end the rest."""
        self.start()
        self.nap(0.2, 1)
        everyone = self.up.processes()
        self.up.child.kill()
        self.up.child.wait(10)
        wait_until(lambda: not any(map(alive, everyone)), "children and PostgreSQL to end")

    def one_part(self):
        """API, worker and PostgreSQL, each alone: the rest lives on, and it comes back."""
        self.start()
        for words in (("-m server", "api"), ("-m server", "worker"), ("bin/postgres -D", "-k")):
            self.nap(0.2, 1)
            with suppress(ProcessLookupError):
                os.kill(self.up.named(*words)[-1], signal.SIGKILL)
            self.nap(0, 0.5)
            self.up.wait_ready()
        assert self.up.child.poll() is None
        self.everything()

    def stop(self):
        self.up.child.send_signal(signal.SIGINT)
        assert self.up.child.wait(30) == 0
        wait_until(lambda: not left_behind(self.folder), "PostgreSQL to end")

    async def answers(self, *statements):
        """Rows, from the database itself."""
        url = (await asyncio.to_thread(EmbeddedPostgres, self.folder)).url
        connection = await asyncpg.connect(url)
        try:
            return [await connection.fetch(statement) for statement in statements]
        finally:
            await connection.close()


AWKWARD = (House.one_part, House.while_it_starts, House.the_supervisor, House.while_it_stops)


async def furnished(house, receiver_url):
    """Somebody to page, a hook for the monitor, a webhook; the crowd, and where its subscribers begin."""
    token = await asyncio.to_thread(house.up.token)
    crowd = Crowd(house.up.base, token, house.random)
    for name in ("ada", "ben"):
        await crowd.does("saveUser", name=name, email=f"{name}@example.org", accessRole="RESPONDER")
    source = await crowd.does("createAlertSource", kind="alertmanager", name="Prometheus")
    await crowd.does(
        "saveRoutingRule", name="All", matchers={"severity": "critical"}, severity="SEV2", createIncident="ALWAYS"
    )
    await crowd.does("createWebhook", url=receiver_url, kinds=TOLD)
    shared = [
        (await crowd.does("declareIncident", title=f"Shared {n}", severity="SEV1"))["incident"]["reference"]
        for n in range(3)
    ]
    answer = await crowd.client.post(
        "/graphql", json={"query": "{ cursor }"}, headers={"Authorization": f"Bearer {token}"}
    )
    return crowd, "/hooks" + source["hookUrl"].partition("/hooks")[2], shared, answer.json()["data"]["cursor"]


async def test_whatever_is_killed_at_whatever_moment_nothing_acknowledged_is_lost_or_doubled(folder):
    seed = random.SystemRandom().randrange(2**32) if "MUSTER_SEED" not in os.environ else int(os.environ["MUSTER_SEED"])
    print(f"  MUSTER_SEED={seed} repeats this run's choices")  # noqa: T201 (shown when it fails)
    rng = random.Random(seed)  # noqa: S311 (repeatable, not secret)
    async with postbox() as (box, smtp), receiver() as other:
        house = House(
            folder, rng, SMTP_URL=f"smtp://127.0.0.1:{smtp}?starttls=never", MUSTER_WEBHOOK_ALLOW_PRIVATE="true"
        )
        try:
            for _ in range(effort(1, 3)):
                await asyncio.to_thread(house.while_it_starts)  # initdb and migrations
            await asyncio.to_thread(house.start)
            house.ready_after.clear()
            crowd, hook, shared, start = await furnished(house, other.url)
            subscribers = [
                Subscriber(crowd, "incidentEvents", start),
                Subscriber(crowd, "feed", start),
                Subscriber(crowd, "incidentEvents", start, incident=shared[0]),
            ]
            for n in range(WRITERS):
                crowd.begins(crowd.writer(f"writer{n}", shared))
            crowd.begins(crowd.monitor(hook))
            for number in range(ROUNDS):
                await asyncio.to_thread(house.nap, 0.5, 3)
                await asyncio.to_thread(house.everything)
                await asyncio.to_thread(AWKWARD[number % len(AWKWARD)], house)
                await asyncio.to_thread(house.start)
            await crowd.end()
            events = await drained(house)
            await everything_is_there(house, crowd)
            await followed(subscribers, events, decode_cursor(start), shared[0])
            await told(house, box, other)
            figures(house, crowd, subscribers)
            await asyncio.to_thread(house.stop)
        finally:
            if house.up is not None and house.up.child.poll() is None:
                await asyncio.to_thread(pull_the_plug, house.up)


async def drained(house):
    """All events, once every job has run; none was given up."""
    end = time.monotonic() + 90
    while True:
        jobs, events = await house.answers(
            "select dead, name, error from job where queue in ('default', 'mail')",
            "select id, incident_id, number, kind from event order by id",
        )
        assert not [job for job in jobs if job["dead"]], jobs
        if not jobs:
            return events
        assert time.monotonic() < end, jobs[:5]
        await asyncio.sleep(0.2)


async def everything_is_there(house, crowd):
    """Every acknowledged change, each once, and timelines without gaps."""
    entries, updates, titles, tasks, stages, alerts, gaps = await house.answers(
        "select t.body, e.number from event e join event_text t on t.event_id = e.id where e.kind = 'entry.added'",
        "select body from status_update",
        "select title from incident where title like 'writer%'",
        "select title, claimed_by_id is not null as claimed from task",
        "select incident_id, count(*) as changes from event where kind = 'incident.stage_changed' group by 1",
        "select fingerprint, count(*) from alert group by 1",
        "select incident_id from event where number is not null group by 1"
        " having count(*) <> max(number) or min(number) <> 1 or count(distinct number) <> count(*)",
    )
    assert gaps == []
    done = crowd.done
    written = {row["body"]: row["number"] for row in entries}
    assert len(written) == len(entries), "an entry is there twice"
    assert {given["text"]: made["event"]["number"] for given, made in done["addEntry"]} == written
    for rows, name, field in ((updates, "publishUpdate", "body"), (titles, "declareIncident", "title")):
        asked = [given[field] for given, _ in done[name] if not given[field].startswith("Shared")]
        assert sorted(row[field] for row in rows) == sorted(asked), name
    assert sorted(row["title"] for row in tasks) == sorted(given["title"] for given, _ in done["addTask"])
    assert all(row["claimed"] for row in tasks)
    changed = Counter(int(given["incident"].removeprefix("INC-")) for given, _ in done["changeStage"])
    assert {row["incident_id"]: row["changes"] for row in stages} == changed
    assert {row["fingerprint"]: row["count"] for row in alerts} == dict.fromkeys(crowd.alerts, 1)


async def followed(subscribers, events, start, incident):
    """Each subscriber saw every event after its start, once, in order."""
    ids = [event["id"] for event in events if event["id"] > start]
    own = [e["id"] for e in events if e["id"] > start and e["incident_id"] == int(incident.removeprefix("INC-"))]
    end = time.monotonic() + 20
    for subscriber in subscribers:
        wanted = own if subscriber.incident else ids
        while len(subscriber.seen) < len(wanted):
            subscriber.check()
            assert time.monotonic() < end, (len(subscriber.seen), len(wanted))
            await asyncio.sleep(0.05)
        assert subscriber.seen == wanted
        assert set(subscriber.refused) <= {"UNAVAILABLE"}
        await subscriber.end()


async def told(house, box, other):
    """The ledger has each message once, and whoever was sent one twice can tell by its id."""
    rows, due = await house.answers(
        'select event_id, channel, template, "to", state, external_id from delivery',
        f"select id from event where kind = any('{{{','.join(TOLD)}}}')"
        " and id > (select min(event_id) from delivery where channel = 'webhook') - 1",
    )
    assert {row["state"] for row in rows} <= {"SENT", "DELIVERED", "SUPPRESSED"}, rows
    ledger = [row for row in rows if row["state"] != "SUPPRESSED"]
    assert len({(row["event_id"], row["channel"], row["template"], row["to"]) for row in rows}) == len(rows)
    assert len({row["external_id"] for row in ledger}) == len(ledger)

    mails = {row["external_id"]: row["to"] for row in ledger if row["channel"] == "mail"}
    copies = Counter(mail["Message-ID"] for mail in box.arrived)
    assert set(copies) == set(mails), "every mail arrived, and none that the ledger does not know"
    assert len({(mail["Message-ID"], mail["To"], mail["Subject"]) for mail in box.arrived}) == len(copies)
    assert all(mails[mail["Message-ID"]] == mail["To"] for mail in box.arrived)

    ids = defaultdict(set)
    for request in other.arrived:
        ids[orjson.loads(request.body)["data"]["id"]].add(request.headers["webhook-id"])
    assert all(len(each) == 1 for each in ids.values()), "one event, one webhook-id"
    hooks = {row["external_id"] for row in ledger if row["channel"] == "webhook"}
    assert set.union(*ids.values()) == hooks
    assert len(hooks) == len(due), "every event was told"
    note("crash.mails", f"{len(mails)} mails, {len(box.arrived) - len(mails)} of them twice under their Message-ID")
    note("crash.webhooks", f"{len(hooks)} messages, {len(other.arrived) - len(hooks)} of them twice under their id")


def figures(house, crowd, subscribers):
    acknowledged = sum(map(len, crowd.done.values())) + len(crowd.alerts)
    note("crash.rounds", f"{ROUNDS} times everything, and as many awkward moments")
    note("crash.acknowledged", f"{acknowledged} changes and alerts, 0 lost, 0 doubled, timelines without a gap")
    note(
        "crash.subscribers", f"{len(subscribers[0].seen)} events over {subscribers[0].connections} connections, 0 lost"
    )
    slowest = sorted(house.ready_after)
    note(
        "crash.ready",
        f"{slowest[len(slowest) // 2]:.1f} s from start to ready after a kill, at most {slowest[-1]:.1f} s",
    )
    note("crash.answers", ", ".join(f"{said}: {count}" for said, count in sorted(crowd.said.items())) or "none but 200")
