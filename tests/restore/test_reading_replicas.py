"""Queries from a real streaming replica: they see what was written, whether the replica keeps up, lags or is away."""

import httpx
import pytest
from sqlalchemy import event
from starlette.applications import Starlette

from auth.token import issue_token
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.secrets import Secrets
from core.settings import Settings
from schema import endpoint
from tests.restore.test_replica import caught_up
from tests.world import World

DECLARE = "mutation ($input: DeclareIncidentInput!) { declareIncident(input: $input) { incident { title } } }"
TITLES = "{ incidents { nodes { title } } }"


@pytest.fixture
def standby(primary, folder, servers):
    other = primary.replica(folder / "standby")
    servers.callback(other.stop)
    return other


@pytest.fixture
async def database(primary, standby, clock):
    opened = Database(primary.url, clock=clock, secrets=Secrets(["tests"]), replicas=[standby.url])
    yield opened
    await opened.close()


@pytest.fixture
async def ask(primary, standby, database, clock, tmp_path):
    """Asks, and says from where it was answered."""
    world = await World.create(database, clock)
    async with database.unit_of_work() as session:
        ada = world.users["ada"]
        token, _ = await issue_token(session, clock, name="test", access_role=ada.access_role, user=ada)
    live = Live(database, poll=0.1)
    database.on_commit = live.on_commit
    settings = Settings(data_dir=tmp_path, database_url=primary.url, replica_urls=standby.url)
    runtime = Runtime(settings, database, live)
    transport = httpx.ASGITransport(Starlette(routes=endpoint.routes(runtime)))
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    async with live.running(), httpx.AsyncClient(transport=transport, base_url="http://m", headers=headers) as client:

        async def asked(query, **variables):
            answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
            assert "errors" not in answer, answer
            return answer["data"]

        yield asked


async def titles(ask):
    return [node["title"] for node in (await ask(TITLES))["incidents"]["nodes"]]


async def declare(ask, title):
    await ask(DECLARE, input={"title": title, "severity": "SEV3"})


@pytest.fixture
def there(database):
    """What was sent to the replica, apart from the question whether it is behind."""
    (replica,) = database._replicas  # noqa: SLF001
    sent = []

    def note(_connection, _cursor, statement, *_):
        if "coalesce(max(id), 0)" not in statement:
            sent.append(statement)

    event.listen(replica.engine.sync_engine, "before_cursor_execute", note)
    return sent


async def served_by(there, ask, expected):
    """Whether the replica answers a question."""
    there.clear()
    assert await titles(ask) == expected
    return any("incident" in statement for statement in there)


async def test_whoever_writes_sees_it_at_once_and_the_replica_answers_when_it_has_it(primary, standby, ask, there):
    await declare(ask, "first")
    await caught_up(primary, standby)
    assert await served_by(there, ask, ["first"])
    await standby.value("select pg_wal_replay_pause()")
    for number in range(5):
        await declare(ask, f"later {number}")
        assert (await titles(ask))[0] == f"later {number}", "from the primary: the replica stands still"
    assert not await served_by(there, ask, [*[f"later {n}" for n in (4, 3, 2, 1, 0)], "first"])
    await standby.value("select pg_wal_replay_resume()")
    await caught_up(primary, standby)
    assert await served_by(there, ask, [*[f"later {n}" for n in (4, 3, 2, 1, 0)], "first"])
    standby.stop()
    await declare(ask, "without it")
    assert (await titles(ask))[0] == "without it"
    standby.start()
    await caught_up(primary, standby)
    assert (await titles(ask))[0] == "without it"
