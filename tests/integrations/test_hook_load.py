"""Alertmanager's hook when there is too much of something: bytes, waiting, deliveries, or too little of a database."""

import asyncio
import json
from time import perf_counter

import asyncpg
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

import actions.alerts.taking
import core.db
import integrations.hooks
from actions.alerts.rows import INTAKE_LOCKS
from core.db import Database
from integrations.overload import passes
from tests.actions.alerting import Monitor, alerts, rule
from tests.integrations.hooking import alert, app, delivery, posting, refused

LIMIT = 2048
DEADLINE = 10


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def chunks(sent):
    for _ in range(100):
        sent.append(1)
        yield b" " * 1000


async def test_a_body_over_the_limit_is_read_no_further(database, monitor):
    before = refused("too_large")
    sent = []
    async with posting(database, monitor.key, max_body_bytes=LIMIT) as hook:
        declared = await hook.send(b" " * (LIMIT + 1))
        streamed = await hook.send(chunks(sent))
        lying = await hook.send(chunks([]), headers={"content-length": "10"})
        fitting = await hook.send(json.dumps(delivery()).ljust(LIMIT))
    for response in (declared, streamed, lying):
        assert response.status_code == 413
        assert "2,048 bytes" in response.json()["error"]["message"]
    assert len(sent) == 3
    assert refused("too_large") == before + 3
    assert fitting.status_code == 202


async def call(application, path, receive):
    """One raw ASGI request; the status of its answer."""
    answers = []

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [], "http_version": "1.1"}
    await application(scope, receive, send)
    return answers[0]["status"]


async def test_a_body_that_dawdles_or_breaks_off_is_given_up(world, database, monitor, monkeypatch):
    monkeypatch.setattr(integrations.hooks, "BODY_SECONDS", 0.05)
    path = f"/hooks/alertmanager/{monitor.key}"

    async def dawdle():
        await asyncio.Event().wait()

    async def break_off():
        return {"type": "http.disconnect"}

    assert await call(app(database), path, dawdle) == 408
    assert await call(app(database), path, break_off) == 400
    assert await alerts(world) == []


async def hold_groups(database_url):
    """A connection that holds the lock of the test's group, so that deliveries must wait."""
    connection = await asyncpg.connect(database_url)
    key = f"1:{delivery()['groupKey']}"
    await connection.execute("select pg_advisory_lock($1, hashtext($2))", INTAKE_LOCKS, key)
    return connection


async def until_waiting(connection):
    async with asyncio.timeout(DEADLINE):
        while not await connection.fetchval(  # noqa: ASYNC110 (what is waited for is in another process)
            "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        ):
            await asyncio.sleep(0.01)


async def test_more_deliveries_than_can_wait_are_answered_503_and_never_429(world, database, database_url, monitor):
    before = refused("overloaded")
    holder = await hold_groups(database_url)
    async with posting(database, monitor.key, pool_size=1) as hook:
        posts = [asyncio.create_task(hook.post(delivery())) for _ in range(20)]
        await until_waiting(holder)
        await holder.close()
        answers = await asyncio.gather(*posts)
    assert sorted(a.status_code for a in answers) == [202] * 5 + [503] * 15
    refusal = next(a for a in answers if a.status_code == 503)
    assert refusal.headers["retry-after"] == "1"
    assert refusal.json()["error"]["code"] == "TIMEOUT"
    assert refused("overloaded") == before + 15
    (row,) = await alerts(world)
    assert row.count == 5


async def test_a_wait_that_takes_too_long_is_answered_503_with_nothing_stored(
    world, database_url, clock, monitor, monkeypatch
):
    monkeypatch.setitem(core.db.TIMEOUTS, "lock_timeout", "100")
    hurried = Database(database_url, clock=clock)
    holder = await hold_groups(database_url)
    async with posting(hurried, monitor.key) as hook:
        assert (await hook.post(delivery())).status_code == 503
        assert await alerts(world) == []
        await holder.close()
        assert (await hook.post(delivery())).status_code == 202
    await hurried.close()


async def test_a_connection_that_is_cut_in_the_middle_is_answered_503(world, database, database_url, monitor):
    holder = await hold_groups(database_url)
    async with posting(database, monitor.key) as hook:
        post = asyncio.create_task(hook.post(delivery()))
        await until_waiting(holder)
        await holder.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted"
        )
        assert (await post).status_code == 503
        await holder.close()
        assert (await hook.post(delivery())).status_code == 202
    assert len(await alerts(world)) == 1


async def test_a_database_that_is_away_is_answered_503(clock, unused_tcp_port):
    away = Database(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none", clock=clock)
    async with posting(away, "msh_x") as hook:
        assert (await hook.post(delivery())).status_code == 503
    await away.close()


def test_what_passes_and_what_does_not():
    assert passes(PoolTimeout())
    assert passes(asyncpg.CannotConnectNowError())
    assert passes(asyncpg.TooManyConnectionsError())
    assert not passes(asyncpg.UniqueViolationError())
    assert not passes(ValueError())


async def test_a_fault_of_ours_is_not_taken_for_overload(world, database, monitor, monkeypatch):
    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(actions.alerts.taking, "take_at_once", broken)
    async with posting(database, monitor.key) as hook:
        with pytest.raises(ZeroDivisionError):
            await hook.post(delivery())
    assert await alerts(world) == []


async def test_a_storm_in_one_request_is_answered_within_two_seconds(world, database, monitor):
    await rule(world, matchers={"instance": "=~host-.*"})
    storm = delivery(*(alert(f"host-{i:04}") for i in range(1000)))
    async with posting(database, monitor.key) as hook:
        started = perf_counter()
        response = await hook.post(storm)
        assert perf_counter() - started < 2
    assert response.json()["created"] == 1000
