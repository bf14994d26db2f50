"""The whole product through PgBouncer in transaction mode: DATABASE_URL leads there, DATABASE_DIRECT_URL does not."""

import asyncio
from collections import Counter

import httpx
import pytest
from pydantic import ValidationError
from sqlalchemy import text

from actions.entries import add_entry
from core.db import Database
from core.secrets import Secrets
from core.settings import Settings
from jobs.worker import JobWorker
from models.words import EntryKind
from tests.jobs.pooler import SHARED, pooling
from tests.jobs.postbox import postbox
from tests.protocols.processes import program, running
from tests.schema.sockets import token_of
from tests.telling import make_incident

SAY = "mutation ($input: AddEntryInput!) { addEntry(input: $input) { event { number } } }"
DECLARE = "mutation ($input: DeclareIncidentInput!) { declareIncident(input: $input) { incident { reference } } }"
SOURCE = 'mutation { createAlertSource(input: {kind: "alertmanager", name: "P"}) { hookUrl } }'
LOOK = "{ incidents { nodes { reference title stage } } viewer { name } }"
AT_ONCE = 30


@pytest.fixture
def pooled(database_url):
    with pooling(database_url) as url:
        yield url


@pytest.fixture
async def through(pooled, clock):
    opened = Database(pooled, clock=clock, pool_size=15, secrets=Secrets(["tests"]), pooled=True)
    yield opened
    await opened.close()


async def test_what_many_do_at_once_never_gets_into_each_other_s_way(world, through):
    """Ten times more clients than connections: every transaction meets another one."""
    await world.do(make_incident, 1)
    world.database = through

    async def write(number):
        async with through.unit_of_work() as session:
            kind = EntryKind.NOTE
            await add_entry(session, world.ada, incident="INC-1", kind=kind, text=f"{number}")
        async with through.looking() as reader:
            for count in range(3):
                assert await reader.scalar(text("select cast(:n as int)"), {"n": number + count}) == number + count
        async with through.noting() as connection:
            await connection.execute(text("select cast(:n as int)"), {"n": number})
        async with through.driver() as driver:
            assert await driver.fetchval("select $1::int", number) == number

    await asyncio.gather(*(write(number) for number in range(AT_ONCE)))
    assert [event.number for event in await world.events(1)] == list(range(1, AT_ONCE + 1))
    async with through.reading() as reader:
        served = await reader.scalar(text("select count(*) from pg_stat_activity where application_name = 'muster'"))
    assert served <= 2 * SHARED + 5, "the test's own connections go past it"


async def test_every_transaction_has_our_timeouts_and_leaves_none_behind(through):
    shown = text("select current_setting('statement_timeout'), current_setting('jit')")
    async with through.reading() as reader:
        assert tuple((await reader.execute(shown))[0]) == ("5s", "off")
    async with through.unit_of_work() as session:
        assert tuple((await session.execute(shown)).one()) == ("5s", "off")
    async with through.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert (await driver.execute("show statement_timeout")) == "SHOW"


async def test_a_journey(world, bench, database_url, pooled, tmp_path):
    """Declare, subscribe, update, alerts and jobs: the API and the worker know the database by the pooler."""
    token = (await token_of(world, "ada"))[0]
    (tmp_path / "api").mkdir()
    through = {"DATABASE_DIRECT_URL": database_url, "DATABASE_POOLER": "transaction", "MUSTER_SECRET_KEY": "tests"}
    async with postbox() as (box, port), running(pooled, tmp_path / "api", **through) as api:
        settings = Settings(
            data_dir=tmp_path,
            smtp_url=f"smtp://127.0.0.1:{port}",
            secret_key="tests",
            pooler="transaction",
            database_direct_url=database_url,
        )
        worker = JobWorker(settings, pooled, clock=world.clock)
        await asyncio.to_thread(worker.start)
        try:
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx.AsyncClient(base_url=api.address, headers=headers, trust_env=False, timeout=30) as client,
                program("follow.mjs", "ws", api.address, token, "ZmVlZDow") as follower,
            ):

                async def ask(query, **variables):
                    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
                    assert "errors" not in answer, answer
                    return answer["data"]

                declared = await ask(DECLARE, input={"title": "Checkout is down", "severity": "SEV1"})
                reference = declared["declareIncident"]["incident"]["reference"]
                texts = [f"{number}" for number in range(AT_ONCE)]
                notes = [{"incident": reference, "kind": "NOTE", "text": each} for each in texts]
                await asyncio.gather(*(ask(SAY, input=note) for note in notes), *(ask(LOOK) for _ in texts))
                hook = (await ask(SOURCE))["createAlertSource"]["hookUrl"].partition("/hooks")[2]
                for _ in range(3):  # the second and the third are counted at once (ADR 0040)
                    alert = {"status": "firing", "labels": {"alertname": "Slow"}, "fingerprint": "f"}
                    alert["startsAt"] = "2026-11-24T02:59:00Z"
                    group = {"version": "4", "groupKey": "g", "status": "firing", "alerts": [alert]}
                    assert (await client.post(f"/hooks{hook}", json=group)).status_code == 202
                await ask(SAY, input={"incident": reference, "kind": "NOTE", "text": "end"})
                *seen, _ = await follower.ended(60)
            await bench.idle()
        finally:
            await asyncio.to_thread(worker.stop)
    assert Counter(each for each in seen if each in {*texts, "end"}) == Counter([*texts, "end"])
    assert {mail["To"] for mail in box.arrived} == {f"{who}@quillhaven.example" for who in ("ben", "chi", "dov", "eve")}
    assert await bench.sql("select count from alert") == [(3,)]
    assert "prepared statement" not in api.log


def test_a_pooler_needs_a_direct_address_beside_it():
    with pytest.raises(ValidationError, match="needs DATABASE_DIRECT_URL"):
        Settings(pooler="transaction", database_url="postgresql://pooler/muster")
