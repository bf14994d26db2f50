"""API processes are restarted one by one behind a load balancer: no request is lost, no event, and none is doubled."""

import asyncio
import json
import signal
import socket
from collections import Counter
from contextlib import AsyncExitStack

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.figures import note
from core.cursor import encode_cursor
from schema.websocket import GO_ON
from tests.effort import effort
from tests.npm.tools import package
from tests.protocols.balancer import Balancer
from tests.protocols.processes import program, running
from tests.schema.sockets import token_of
from tests.telling import make_incident

ROUNDS = effort(2, 12)
"""How often each process is restarted."""
WRITERS = READERS = 3
SECONDS = effort(60, 600)

SAY = "mutation ($input: AddEntryInput!) { addEntry(input: $input) { event { number } } }"
READ = '{ incident(ref: "INC-1") { reference stage } }'

pytestmark = pytest.mark.slow


@pytest.fixture
async def token(world):
    await world.do(make_incident, 1)
    return (await token_of(world, "ben"))[0]


@pytest.fixture
async def apis(database_url, tmp_path, token):  # noqa: ARG001 (the database is filled before anybody serves it)
    async with AsyncExitStack() as both:
        made = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            limits = {"MUSTER_DRAIN_SECONDS": 0.5, "MUSTER_SECRET_KEY": "tests"}
            made.append(await both.enter_async_context(running(database_url, tmp_path / name, **limits)))
        yield made


class Load:
    """People who ask, each on kept connections, and never ask twice: a request that is not answered ends the test."""

    def __init__(self, address, token):
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, timeout=30)
        self.written, self.answers, self._over = [], Counter(), asyncio.Event()

    async def ask(self, query, **variables):
        answer = await self._client.post("/graphql", json={"query": query, "variables": variables})
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        self.answers[answer.headers.get("connection")] += 1

    async def write(self, name):
        for number in range(1_000_000):
            if self._over.is_set():
                return
            text = f"{name}-{number}"
            await self.ask(SAY, input={"incident": "INC-1", "kind": "NOTE", "text": text})
            self.written.append(text)

    async def read(self):
        while not self._over.is_set():
            await self.ask(READ)

    async def under(self, work):
        """Do some work while everybody asks."""
        async with self._client, asyncio.TaskGroup() as everybody:
            for number in range(WRITERS):
                everybody.create_task(self.write(f"w{number}"))
            for _ in range(READERS):
                everybody.create_task(self.read())
            await work
            self._over.set()
        async with httpx.AsyncClient(base_url=self._client.base_url, headers=self._client.headers) as self._client:
            await self.ask(SAY, input={"incident": "INC-1", "kind": "NOTE", "text": "end"})


async def roll(apis, balancer):
    for _ in range(ROUNDS):
        for api in apis:
            code = await api.stop(signal.SIGTERM)
            assert code in (0, -signal.SIGTERM), api.log
            await api.start()
            await balancer.sees(*apis)


async def test_a_rolling_deploy_loses_no_request_and_no_event(world, apis, token):
    package("graphql-ws")
    package("graphql-sse")
    ways = ("ws", "ws", "sse")
    async with Balancer(*apis).running() as balancer, AsyncExitStack() as followers:
        start = (balancer.address, token, encode_cursor(0))
        following = [await followers.enter_async_context(program("follow.mjs", way, *start)) for way in ways]
        load = Load(balancer.address, token)
        await load.under(roll(apis, balancer))
        told = [await each.ended(SECONDS) for each in following]
        assert any(reason.startswith("stopping") for reason in balancer.reasons)
    rows = [row for row in await world.events(1) if row.kind == "entry.added"]
    assert len(rows) == len(load.written) + 1, "each acknowledged once, none else"
    assert [row.number for row in await world.events(1)] == list(range(1, len(await world.events(1)) + 1))
    for *texts, summary in told:
        assert Counter(texts) == Counter([*load.written, "end"])
        assert texts == told[0][:-1], "everybody in the same order"
        assert json.loads(summary)["connected"] > 1, "it was restarted beneath them"
    assert load.answers["close"], "whoever is to go elsewhere is told so"
    note(
        "protocols.rolling",
        f"{load.answers.total()} requests, {len(rows)} events, {2 * ROUNDS} restarts: nothing lost or doubled",
    )


def takes_connections(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True


async def socket_of(api, token):
    address = api.address.replace("http", "ws") + "/graphql"
    opened = await connect(address, subprotocols=["graphql-transport-ws"], proxy=None)
    await opened.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}))
    assert json.loads(await opened.recv())["type"] == "connection_ack"
    return opened


async def test_a_socket_gets_the_answers_that_it_waits_for_and_then_1012_with_a_hint(world, apis, token):
    """The mutations wait for a lock that is held, and are carried out once the process is already to end."""
    api, _ = apis
    client = await socket_of(api, token)
    stream = "subscription { feed { event { text } } }"
    await client.send(json.dumps({"type": "subscribe", "id": "s", "payload": {"query": stream}}))
    async with world.database.engine.begin() as holding:
        await holding.exec_driver_sql("select 1 from incident where id = 1 for update")
        variables = {"input": {"incident": "INC-1", "kind": "NOTE", "text": "late"}}
        payload = {"query": SAY, "variables": variables}
        await client.send(json.dumps({"type": "subscribe", "id": "m", "payload": payload}))
        stopping = asyncio.create_task(api.stop(signal.SIGTERM))
        async with asyncio.timeout(20):
            while "stopping" not in api.log:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.02)
            while takes_connections(api.port):  # noqa: ASYNC110 (until nobody connects: from now on it ends)
                await asyncio.sleep(0.02)
        await client.send(json.dumps({"type": "subscribe", "id": "n", "payload": payload}))
    answers = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            answers.append(json.loads(await client.recv()))
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, GO_ON)
    assert [a["id"] for a in answers if a["type"] == "complete"] == ["m"]
    assert "n" not in {a["id"] for a in answers}
    assert len([row for row in await world.events(1) if row.kind == "entry.added"]) == 1, (
        "what came later was not begun"
    )
    await stopping


async def test_an_event_stream_ends_with_a_comment_and_not_with_complete(apis, token):
    api, _ = apis
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": "subscription { feed { cursor } }"}
    async with (
        httpx.AsyncClient(base_url=api.address, headers=headers, trust_env=False) as client,
        client.stream("POST", "/graphql", json=body, timeout=30) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ":"
        stopping = asyncio.create_task(api.stop(signal.SIGTERM))
        rest = [line async for line in lines if line not in ("", ":")]
    assert rest[-1] == ": this server restarts; subscribe again with after: your last cursor"
    assert "event: complete" not in rest
    await stopping
