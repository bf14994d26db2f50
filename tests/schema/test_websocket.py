"""The protocol graphql-transport-ws as a client meets it, well-behaved or not."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from actions.sign_in import end_session
from auth.cookies import SESSION as COOKIE
from auth.secret import SESSION, TOKEN, digest, new_secret
from core.db import Database
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import AccessToken, BrowserSession
from schema.websocket import MAX_OPERATIONS, routes
from tests.schema.sockets import SOON, connected, dialled, serving, token_of
from tests.telling import make_incident

VIEWER = "{ viewer { name kind } }"
CHANGED = 'subscription { incidentChanged(ref: "INC-1") { title } }'


@pytest.fixture
async def live(database):
    live = Live(database, poll=0.1, beat=0.05)
    database.on_commit = live.on_commit
    async with live.running():
        yield live


@pytest.fixture
async def address(database, live, tmp_path):
    async with serving(routes(Runtime(Settings(data_dir=tmp_path), database, live))) as address:
        yield address


@pytest.fixture
async def token(world):
    return (await token_of(world, "ben"))[0]


# ---- the handshake


@pytest.mark.parametrize("subprotocols", [["graphql-ws"], [], ["graphql-ws", "soap"]])
async def test_other_protocols_are_refused(address, subprotocols):
    async with dialled(address, subprotocols=subprotocols) as client:
        assert await client.closing() == 4406


async def test_ours_is_chosen_among_several(address):
    async with dialled(address, subprotocols=["graphql-ws", "graphql-transport-ws"]) as client:
        assert client.connection.subprotocol == "graphql-transport-ws"


async def test_a_client_that_says_nothing_is_let_go(database, live, tmp_path):
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    async with serving(routes(runtime, init_seconds=0.05)) as address, dialled(address) as client:
        await client.send({"type": "ping"})  # is no introduction
        assert await client.closing() == 4408


async def test_an_operation_before_the_introduction_is_unauthorised(address):
    async with dialled(address) as client:
        await client.start("a", VIEWER)
        assert await client.closing() == 4401


async def test_there_is_one_introduction(address):
    async with connected(address) as client:
        await client.send({"type": "connection_init"})
        assert await client.closing() == 4429


# ---- credentials


async def test_a_token_in_the_payload_says_who_it_is(address, token):
    async with connected(address, token) as client:
        answer = await client.ask("a", VIEWER)
        assert answer["data"] == {"viewer": {"name": "Ben Silva", "kind": "USER"}}
        assert answer["extensions"]["cost"]["requested"] > 0


async def test_a_token_in_the_handshake_says_who_it_is(address, token):
    headers = {"Authorization": f"Bearer {token}"}
    async with connected(address, additional_headers=headers) as client:
        assert (await client.ask("a", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"


async def test_without_credentials_one_is_anonymous(address):
    async with connected(address) as client:
        assert (await client.ask("a", VIEWER))["data"]["viewer"]["kind"] == "ANONYMOUS"
        await client.start("b", CHANGED)
        assert await client.refusal("b") == ("UNAUTHENTICATED", None)


async def test_the_use_of_a_token_is_noted(world, address):
    token, row = await token_of(world, "ben")
    async with connected(address, token) as client, asyncio.timeout(SOON):
        used = None
        while used is None:
            await client.ask("a", VIEWER)  # the note is written beside the conversation
            async with world.database.reading() as reader:
                used = await reader.scalar(select(AccessToken.last_used_at).where(AccessToken.id == row.id))
    assert used >= row.created_at


@pytest.mark.parametrize("authorization", ["Bearer mst_unknown", "Bearer x", "Basic eDp5", ""])
async def test_a_bad_token_is_forbidden(address, authorization):
    async with dialled(address) as client:
        await client.send({"type": "connection_init", "payload": {"Authorization": authorization}})
        assert await client.closing() == 4403


@pytest.fixture
async def session_cookie(world):
    """Ben's browser session."""
    secret, now = new_secret(SESSION), world.clock.now()
    async with world.database.unit_of_work() as session:
        session.add(
            BrowserSession(
                digest=digest(secret),
                user_id=world.users["ben"].id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    return f"{COOKIE}={secret}"


async def test_a_page_of_ours_may_use_the_session(address, session_cookie):
    headers = {"Cookie": session_cookie}
    origin = address.replace("ws://", "http://").removesuffix("/graphql")
    async with connected(address, additional_headers=headers, origin=origin) as client:
        assert (await client.ask("a", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://[", None])
async def test_a_page_of_somebody_else_may_not(address, session_cookie, origin):
    async with dialled(address, additional_headers={"Cookie": session_cookie}, origin=origin) as client:
        await client.send({"type": "connection_init"})
        assert await client.closing() == 4403


async def test_a_page_of_somebody_else_may_use_its_own_token(address, session_cookie, token):
    headers = {"Cookie": session_cookie}
    async with connected(address, token, additional_headers=headers, origin="http://tools.example") as client:
        assert (await client.ask("a", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"


async def test_a_session_that_ends_ends_what_runs_on_it(world, address, session_cookie):
    headers = {"Cookie": session_cookie}
    origin = address.replace("ws://", "http://").removesuffix("/graphql")
    await world.do(make_incident, 1)
    async with connected(address, additional_headers=headers, origin=origin) as client:
        await client.start("a", CHANGED)
        await client.next("a")
        async with world.database.unit_of_work() as session:
            await end_session(session, session_cookie.partition("=")[2])
        assert await client.refusal("a") == ("UNAUTHENTICATED", None)
        assert await client.closing() == 4403


# ---- messages


MALFORMED = [
    "[]",
    "[1, 2]",
    "1",
    "null",
    "{",
    '"subscribe"',
    "\N{SNOWMAN}",
    b"{}",
    {},
    {"type": None},
    {"type": 7},
    {"type": "start"},
    {"type": "connection_ack"},
    {"type": "ping", "payload": "x"},
    {"type": "pong", "payload": []},
    {"type": "complete"},
    {"type": "complete", "id": 1},
    {"type": "subscribe"},
    {"type": "subscribe", "id": "a"},
    {"type": "subscribe", "id": "", "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": "x" * 201, "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": 1, "payload": {"query": VIEWER}},
    {"type": "subscribe", "id": "a", "payload": []},
    {"type": "subscribe", "id": "a", "payload": {}},
    {"type": "subscribe", "id": "a", "payload": {"query": 1}},
    {"type": "subscribe", "id": "a", "payload": {"query": [VIEWER]}},
    {"type": "subscribe", "id": "a", "payload": {"query": VIEWER, "variables": "x"}},
    {"type": "subscribe", "id": "a", "payload": {"query": VIEWER, "variables": [1]}},
    {"type": "subscribe", "id": "a", "payload": {"query": VIEWER, "operationName": 1}},
    {"type": "subscribe", "id": "a", "payload": {"query": VIEWER, "extensions": 1}},
    '{"type": "ping", "payload": ' + '{"a":' * 5000 + "1" + "}" * 5001,
    '{"type": "ping", "payload": {"a": ' + "9" * 5000 + "}}",
    '{"type": "ping", "type": "pong"}',
]


@pytest.mark.parametrize("message", MALFORMED, ids=lambda message: str(message)[:60])
async def test_what_is_no_message_closes_the_socket(address, message):
    async with connected(address) as client:
        await client.send(message)
        assert await client.closing() == 4400


@pytest.mark.parametrize("payload", ["x", [], 1, {"Authorization": 1}, {"authorization": ["Bearer x"]}])
async def test_a_malformed_introduction_closes_the_socket(address, payload):
    async with dialled(address) as client:
        await client.send({"type": "connection_init", "payload": payload})
        assert await client.closing() == 4400


async def test_a_message_over_64_kilobytes_closes_the_socket(address):
    async with connected(address) as client:
        await client.send({"type": "ping", "payload": {"a": "\N{SNOWMAN}" * 22_000}})
        assert await client.closing() == 1009


async def test_a_ping_is_answered_with_its_payload(address):
    async with dialled(address) as client:
        await client.send({"type": "ping"})
        assert await client.receive() == {"type": "pong"}
        await client.send({"type": "ping", "payload": {"beat": 1}})
        assert await client.receive() == {"type": "pong", "payload": {"beat": 1}}
        await client.send({"type": "pong"})
        assert await client.init() == {"type": "connection_ack"}


# ---- operations


async def test_a_mutation_works_here_too(world, address, token):
    await world.do(make_incident, 1)
    document = """mutation ($text: String!) {
      addEntry(input: {incident: "INC-1", kind: NOTE, text: $text}) { event { text number } } }"""
    async with connected(address, token) as client:
        answer = await client.ask("a", document, text="Restarted db-7")
        assert answer["data"] == {"addEntry": {"event": {"text": "Restarted db-7", "number": 1}}}


async def test_a_refusal_inside_an_answer_is_part_of_it(address, token):
    async with connected(address, token) as client:
        answer = await client.ask("a", '{ viewer { name } incident(ref: "?") { id } }')
    assert answer["data"] == {"viewer": {"name": "Ben Silva"}, "incident": None}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["incident"], "INVALID_INPUT")


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "{ nonsense }",
        "query A { viewer { name } } query B { viewer { name } }",
        "subscription { feed { cursor } incidentEvents { id } }",
    ],
)
async def test_a_document_that_cannot_run_is_an_error_of_its_operation_alone(address, token, document):
    async with connected(address, token) as client:
        await client.start("a", document)
        assert await client.refusal("a") == ("GRAPHQL_INVALID", None)
        assert (await client.ask("a", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"


async def test_the_limits_hold_here_too(address, token):
    async with connected(address, token) as client:
        await client.start("a", "{ " + " ".join(f"a{i}: viewer {{ name }}" for i in range(500)) + " }")
        assert await client.refusal("a") == ("TOO_EXPENSIVE", None)


async def test_an_unexpected_error_is_masked(world, address, token, caplog):
    async with world.database.unit_of_work() as session:
        await session.execute(text("alter table incident rename to elsewhere"))
    async with connected(address, token) as client:
        await client.start("a", CHANGED)
        message = await client.receive()
        assert (await client.ask("b", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"
    (error,) = message["payload"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["incidentChanged"]
    assert "elsewhere" not in str(message)
    assert error["extensions"]["id"] in caplog.text


async def test_an_id_may_be_used_again_only_when_its_operation_has_ended(world, address, token):
    await world.do(make_incident, 1)
    async with connected(address, token) as client:
        await client.start("a", CHANGED)
        await client.next("a")
        await client.send({"type": "complete", "id": "a"})
        await client.start("a", CHANGED)
        await client.next("a")
        await client.start("a", CHANGED)
        assert await client.closing() == 4409


async def test_an_operation_that_the_client_completes_is_over(world, address, token):
    await world.do(make_incident, 1)
    async with connected(address, token) as client:
        await client.start("a", CHANGED)
        await client.next("a")
        await client.send({"type": "complete", "id": "a"})
        await client.send({"type": "complete", "id": "a"})  # once more harms nobody
        await client.start("b", CHANGED)
        await client.next("b")
        await world.do(make_incident, 2)
        document = 'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "x"}) { cursor } }'
        await client.start("c", document)
        got = [(m["type"], m["id"]) for m in [await client.receive() for _ in range(3)]]
        assert sorted(got) == [("complete", "c"), ("next", "b"), ("next", "c")]


async def test_an_id_that_was_a_subscription_s_is_answered_before_the_process_ends(
    world, database, live, tmp_path, token
):
    runtime = Runtime(Settings(data_dir=tmp_path), database, live)
    await world.do(make_incident, 1)
    note = 'mutation { addEntry(input: {incident: "INC-1", kind: NOTE, text: "late"}) { event { text } } }'
    async with serving(routes(runtime)) as address, connected(address, token) as client:
        await client.start("a", CHANGED)
        await client.next("a")
        await client.send({"type": "complete", "id": "a"})
        async with database.engine.begin() as holding:
            await holding.execute(text("select 1 from incident where id = 1 for update"))
            await client.start("a", note)
            await client.send({"type": "ping"})
            assert await client.receive() == {"type": "pong"}
            runtime.closing.set()
            await client.send({"type": "ping"})
            assert await client.receive() == {"type": "pong"}
        assert (await client.next("a"))["addEntry"]["event"]["text"] == "late"
        assert await client.receive() == {"type": "complete", "id": "a"}
        assert await client.closing() == 1012


async def test_so_many_operations_run_on_a_socket_and_no_more(world, address, token):
    await world.do(make_incident, 1)
    async with connected(address, token) as client:
        for key in range(MAX_OPERATIONS):
            await client.start(str(key), CHANGED)
        started = {(await client.receive())["id"] for _ in range(MAX_OPERATIONS)}
        assert len(started) == MAX_OPERATIONS
        await client.start("more", VIEWER)
        assert await client.refusal("more") == ("RATE_LIMITED", None)
        await client.send({"type": "complete", "id": "0"})
        assert (await client.ask("more", VIEWER))["data"]["viewer"]["name"] == "Ben Silva"


async def test_a_socket_that_goes_away_leaves_nothing_behind(world, address, token):
    await world.do(make_incident, 1)
    before = asyncio.all_tasks()
    async with connected(address, token) as client:
        await client.start("a", CHANGED)
        await client.next("a")
        client.connection.transport.abort()
    async with asyncio.timeout(5):
        while any(task.get_coro().__qualname__.startswith("Socket.") for task in asyncio.all_tasks() - before):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the server notices in its own time


async def test_while_the_database_is_away_clients_are_asked_to_come_back(tmp_path):
    database = Database("postgresql://postgres@127.0.0.1:1/none")
    runtime = Runtime(Settings(data_dir=tmp_path), database, Live(database))
    async with serving(routes(runtime)) as address, dialled(address) as client:
        await client.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {new_secret(TOKEN)}"}})
        assert await client.closing() == 1013
    await database.close()
