"""A Redis of the test's own: killed and started again in the middle, by TLS, with a password, full."""

import asyncio

import pytest
import redis

from jobs.carriers.carrier import CarrierError, Ticket, carrier_of
from tests.certificates import self_signed
from tests.jobs.brokers import own_redis
from tests.jobs.conftest import Bench
from tests.jobs.test_relay import Counting, out


@pytest.fixture
def server(tmp_path):
    with own_redis(tmp_path) as running:
        yield running


@pytest.fixture
def bench(database, database_url, server):
    return Bench(database, database_url, server.url)


async def test_redis_killed_in_the_middle_and_started_again_empty_loses_nothing(bench, server, caplog):
    first, second = Counting(free=False), Counting()
    await bench.queue("test_first", 100)
    with bench.working(threads=2, first=first, second=second):
        await bench.until(first.has_begun)
        await out(bench, 96)
        await asyncio.to_thread(server.kill)
        first.free.set()
        await bench.idle()  # from the table, for what is to be done must not wait for Redis
        assert first.seen == dict.fromkeys(range(100), 1)
        await bench.queue("test_second", 100)
        await bench.idle()
        await asyncio.to_thread(server.start)
        with redis.Redis.from_url(server.url) as client:

            async def used_again():
                return await asyncio.to_thread(client.keys, "muster:*:epoch")

            await bench.until(used_again)
        await bench.queue("test_second", 100)
        await bench.idle()
    assert second.seen == dict.fromkeys(range(100), 2)
    assert "jobs are taken from PostgreSQL meanwhile" in caplog.text


async def test_redis_without_memory_delays_jobs_and_loses_none(bench, server, caplog):
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory", 1)
        job = Counting()
        await bench.queue("test_count", 20)
        with bench.working(count=job):
            await bench.idle()
    assert job.seen == dict.fromkeys(range(20), 1)
    assert "the relay can't use the broker" in caplog.text


def test_by_tls_only_with_a_certificate_that_is_trusted(tmp_path):
    public, private = self_signed(tmp_path)
    files = ("--tls-cert-file", str(public), "--tls-key-file", str(private), "--tls-auth-clients", "no")
    with own_redis(tmp_path, "--tls-port", "{port}", *files) as server:
        url = server.url.replace("redis://", "rediss://")
        with pytest.raises(CarrierError, match=r"(?i)certificate") as refused:
            carrier_of(url).outbox("test", ["default"])
        assert refused.value.lasting
        carrier = carrier_of(f"{url}?ssl_ca_certs={public}")
        outbox, inbox = carrier.outbox("test", ["default"]), carrier.inbox("test", "default", 5)
        outbox.epoch()
        outbox.publish("default", [Ticket(1, 2), Ticket(3, 4)])
        assert inbox.take(5, 1.0) == [(1, 2), (3, 4)]
        outbox.close()
        inbox.close()
        with pytest.raises(CarrierError) as missing:
            carrier_of(f"{url}?ssl_ca_certs={tmp_path}/none.pem").outbox("test", ["default"])
        assert missing.value.lasting


async def test_a_job_that_kills_its_workers_is_set_aside_here_too(bench):
    job = Counting()
    await bench.queue("test_count", 3)
    await bench.sql("update job set strikes = 10 where (args->>'n')::int = 1")
    with bench.working(count=job):
        await bench.idle()
    assert job.seen == {0: 1, 2: 1}
    assert len(await bench.sql("select 1 from job where dead and epoch is null")) == 1
