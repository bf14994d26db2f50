"""The relay and its brokers: whatever of them is flushed, killed or cut, no job is lost, and none runs twice for it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pika
import pytest
import redis

from jobs.broker import connector
from jobs.carriers.carrier import CarrierError, Ticket, carrier_of, decode, lanes
from jobs.relay import DEEP, Relay
from jobs.scope import scope_of
from models.job import RELAY_LOCK
from tests.jobs.brokers import RABBITMQ, answers, offered, own_redis, published, scope
from tests.jobs.test_worker import HELD

__all__ = ["scope"]

ROOT = Path(__file__).parents[2]

RELAY = """
import sys
from core.settings import Settings
from jobs.relaying import run_relay
run_relay(Settings(BROKER_URL=sys.argv[2]), sys.argv[1])
"""


@pytest.fixture(params=("redis", "rabbitmq"))
def broker_url(request, scope):
    yield from offered(request.param, scope)


@pytest.fixture
def outbox(broker_url, scope):
    box = carrier_of(broker_url).outbox(scope, ["default"])
    box.epoch()
    yield box
    box.close()


class Counting:
    """A job that counts, and can be held up."""

    def __init__(self, *, free=True):
        self.seen = Counter()
        self.free = threading.Event()
        self.begun = threading.Event()
        if free:
            self.free.set()

    def __call__(self, n):
        self.begun.set()
        assert self.free.wait(20)
        self.seen.update([n])

    async def has_begun(self):
        return self.begun.is_set()


def relaying(bench, url=None):
    relay = Relay(connector(bench.url), carrier_of(url or bench.broker_url))
    relay.start()
    return relay


async def out(bench, count):
    """Wait until so many jobs wait in the broker."""

    async def there():
        return await asyncio.to_thread(published, bench.url) == count

    await bench.until(there)


def forget(url, scope):
    """What a broker that comes back empty has forgotten: everything."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            client.delete(*client.scan_iter(f"muster:{scope}:*"))
        return
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for lane in lanes("default"):
            connection.channel().queue_delete(f"muster.{scope}.{lane}")


async def test_a_broker_that_forgets_everything_in_the_middle_loses_nothing(bench, scope):
    job = Counting(free=False)
    await bench.queue("test_count", 200)
    with bench.working(threads=2, count=job):
        await bench.until(job.has_begun)
        await out(bench, 196)
        await asyncio.to_thread(forget, bench.broker_url, scope)
        job.free.set()
        await bench.idle()
    assert job.seen == Counter(range(200))


async def test_a_purged_queue_loses_nothing(bench, scope):
    """Nothing but an empty queue tells of it."""
    relay = relaying(bench)
    await bench.queue("test_count", 50)
    await out(bench, 50)
    if bench.broker_url.startswith("redis"):
        with redis.Redis.from_url(bench.broker_url) as client:
            client.delete(f"muster:{scope}:default")
    else:
        with pika.BlockingConnection(pika.URLParameters(bench.broker_url)) as connection:
            connection.channel().queue_purge(f"muster.{scope}.default")
    relay.stop()
    await bench.sql("update job set lease_until = lease_until - interval '3 s'")
    job = Counting()
    with bench.working(count=job):
        await bench.idle()
    assert job.seen == Counter(range(50))


async def test_a_relay_that_dies_between_claim_and_publishing_loses_nothing(bench, monkeypatch):
    """Its rows are claimed and in no queue; the next relay finds the queue empty."""
    for kind in ("redis.RedisOutbox", "rabbitmq.RabbitOutbox"):
        monkeypatch.setattr(f"jobs.carriers.{kind}.publish", lambda *_: None)
    relay = relaying(bench)
    await bench.queue("test_count", 20)
    await out(bench, 20)
    relay.stop()
    monkeypatch.undo()
    await bench.sql("update job set lease_until = lease_until - interval '3 s'")
    job = Counting()
    with bench.working(count=job):
        await bench.idle()
    assert job.seen == Counter(range(20))


@pytest.mark.slow
async def test_killing_relays_again_and_again_loses_nothing(bench, broker_url, tmp_path):
    environment = {**os.environ, "MUSTER_DATA_DIR": str(tmp_path)}
    held = f"select count(*) from pg_locks where {HELD} and objid = {RELAY_LOCK}"

    def start():
        command = [sys.executable, "-c", RELAY, bench.url, broker_url]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    async def two():
        return (await bench.sql(held))[0][0] == 2

    job, relays = Counting(), [start(), start()]
    try:
        await bench.until(two)
        with bench.working(relaying=False, count=job):
            for _ in range(3):
                await bench.queue("test_count", 400)
                relays[-2].kill()
                relays[-2].wait()
                relays.append(start())
                await bench.until(two)
            await bench.idle()
        for relay in relays[-2:]:
            relay.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(relay.wait, 15) == 0
    finally:
        for relay in relays:
            relay.kill()
            relay.wait()
    assert job.seen == Counter(dict.fromkeys(range(400), 3))


async def test_several_relays_publish_each_job_once(bench, outbox):
    relays = [relaying(bench) for _ in range(3)]
    await bench.queue("test_count", 600)
    await out(bench, 600)
    for relay in relays:
        relay.stop()
    assert outbox.depth("default") == 600


async def test_what_comes_twice_is_dropped(bench, outbox):
    relay = relaying(bench)
    await bench.queue("test_count", 30)
    await out(bench, 30)
    relay.stop()
    rows = await bench.sql("select id, token from job")
    outbox.publish("default", [Ticket(*row) for row in rows] * 2)
    job = Counting()
    with bench.working(relaying=False, count=job):
        await bench.idle()

        async def empty():
            return await asyncio.to_thread(outbox.depth, "default") == 0

        await bench.until(empty)
    assert job.seen == Counter(range(30))


async def test_a_ticket_of_an_earlier_attempt_takes_nothing(bench, outbox):
    await bench.queue("test_count", 1)
    ((key,),) = await bench.sql("update job set token = 3, lease_until = now() + interval '1 min' returning id")
    outbox.publish("default", [Ticket(key, 2), Ticket(key + 1000, 0)])
    job = Counting()
    with bench.working(relaying=False, count=job):

        async def empty():
            return await asyncio.to_thread(outbox.depth, "default") == 0

        await bench.until(empty)
    assert not job.seen
    assert await bench.sql("select id, token from job") == [(key, 3)]


@pytest.mark.usefixtures("outbox")
async def test_what_is_no_ticket_is_dropped(bench, scope):
    if bench.broker_url.startswith("redis"):
        with redis.Redis.from_url(bench.broker_url) as client:
            client.rpush(f"muster:{scope}:default", "…", "1", "1:x", "-1:2", b"\xff")
    else:
        with pika.BlockingConnection(pika.URLParameters(bench.broker_url)) as connection:
            for body in ("…".encode(), b"1", b"1:x", b"\xff"):
                connection.channel().basic_publish("", f"muster.{scope}.default", body)
    job = Counting()
    await bench.queue("test_count", 3)
    with bench.working(count=job):
        await bench.idle()
    assert job.seen == Counter(range(3))
    assert decode(b"12:3") == Ticket(12, 3)


async def test_a_broker_holds_no_more_than_so_many(bench, outbox):
    relay = relaying(bench)
    await bench.queue("test_count", DEEP + 300)
    await out(bench, DEEP)
    await bench.queue("test_count", 1)
    await bench.sql("update job set name = 'page.send' where id = (select max(id) from job)")
    await out(bench, DEEP + 1)  # who is paged passes all of them
    relay.stop()
    assert outbox.depth("default") == DEEP + 1
    ((key,),) = await bench.sql("select id from job where name = 'page.send'")
    with connector(bench.url)() as connection:
        inbox = carrier_of(bench.broker_url).inbox(scope_of(connection), "default", 5)
    first = await asyncio.to_thread(inbox.take, 1, 5.0)
    inbox.close()
    assert [ticket.job_id for ticket in first] == [key]


async def test_without_a_relay_jobs_are_taken_from_the_table(bench):
    job = Counting()
    await bench.queue("test_count", 5)
    with bench.working(relaying=False, count=job):
        await bench.idle()
    assert job.seen == Counter(range(5))


async def test_a_limited_queue_runs_so_many_at_once(bench):
    most, running, lock = [0], [0], threading.Lock()

    def busy(**_):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.02)
        with lock:
            running[0] -= 1

    await bench.queue("test_busy", 20)
    with bench.working(threads=8, limits={"default": 2}, busy=busy):
        await bench.idle()
    assert most == [2]


def test_a_broker_that_is_away_refuses_in_our_words():
    for url in ("redis://127.0.0.1:9/0", "amqp://127.0.0.1:9/"):
        with pytest.raises(CarrierError) as refused:
            carrier_of(url).outbox("nobody", ["default"])
        assert not refused.value.lasting


def test_a_wrong_password_is_lasting_and_not_told(tmp_path):
    with (
        own_redis(tmp_path, "--requirepass", "right") as server,
        pytest.raises(CarrierError, match=r"(?i)password") as no,
    ):
        carrier_of(server.url.replace("://", "://:wrong@")).outbox("nobody", ["default"])
    assert no.value.lasting
    if not answers(RABBITMQ):
        pytest.skip(f"no rabbitmq answers at {RABBITMQ}")
    wrong = urlsplit(RABBITMQ)._replace(netloc=f"muster:wr0ng@{RABBITMQ.rpartition('@')[2].strip('/')}").geturl()
    with pytest.raises(CarrierError, match=r"AuthenticationError|ACCESS_REFUSED") as refused:
        carrier_of(wrong).outbox("nobody", ["default"])
    assert refused.value.lasting
    assert "wr0ng" not in str(refused.value)
