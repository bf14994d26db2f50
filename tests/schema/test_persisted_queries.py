"""Documents by digest: automatic persisted queries, registered documents, enforcement, and 304."""

import hashlib
import json

import httpx
import pytest

from actions.documents import digest_of, distrust_document, trust_document
from auth.actor import SYSTEM
from core.errors import DomainError
from schema import endpoint, trusted
from schema.trusted import Sent
from schema.websocket import routes
from tests.schema.client import GRAPHQL, HOST, JSON, Client, app_of, runtime_of
from tests.schema.events import streaming
from tests.schema.sockets import connected, serving
from tests.telling import make_incident

QUERY = "query Me { viewer { name } }"
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


def persisted(document, version=1):
    return {"persistedQuery": {"version": version, "sha256Hash": hashlib.sha256(document.encode()).hexdigest()}}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(trusted, "sent", Sent())


async def trust(world, body, name="Me"):
    return await world.do(trust_document, SYSTEM, name=name, body=body)


async def test_a_digest_is_unknown_until_its_text_came_with_it(client):
    refused = await client.send(None, extensions=persisted(QUERY))
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["extensions"]["code"]) == (200, NOT_FOUND)
    assert error["message"] == "PersistedQueryNotFound"
    assert (await client.ask(QUERY, extensions=persisted(QUERY)))["viewer"]["name"] == "Ben Silva"
    assert (await client.ask(None, extensions=persisted(QUERY)))["viewer"]["name"] == "Ben Silva"
    assert (await client.ask(None, extensions=persisted(QUERY), by="ada"))["viewer"]["name"] != "Ben Silva"


async def test_strangers_and_bad_documents_leave_nothing_behind(client):
    await client.answer(QUERY, extensions=persisted(QUERY), by=None)
    bad = "query Me { nothing }"
    await client.answer(bad, extensions=persisted(bad))
    for document in (QUERY, bad):
        assert (await client.refusal(None, extensions=persisted(document)))["extensions"]["code"] == NOT_FOUND


@pytest.mark.parametrize(
    "extensions",
    [
        {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}},
        {"persistedQuery": {"version": 1, "sha256Hash": "0" * 63}},
        {"persistedQuery": {"version": 1, "sha256Hash": 7}},
        {"persistedQuery": {"version": 1}},
        {"persistedQuery": "0" * 64},
        persisted("another text"),
    ],
)
async def test_a_digest_must_be_one_and_the_texts(client, extensions):
    error = await client.refusal(QUERY, extensions=extensions)
    assert error["extensions"]["code"] == "GRAPHQL_INVALID"
    assert error["extensions"]["hint"]


def test_what_is_remembered_has_bounds(monkeypatch):
    monkeypatch.setattr(trusted, "MOST", 2)
    monkeypatch.setattr(trusted, "MAX_TEXT", 10)
    kept = Sent()
    for digest, text in (("a", "1"), ("b", "2"), ("c", "3")):
        kept.keep(digest, text)
    assert [kept.get(digest) for digest in "abc"] == [None, "2", "3"]
    kept.keep("d", "x" * 10)
    assert [kept.get(digest) for digest in "bcd"] == [None, None, "x" * 10]
    kept.keep("e", "x" * 20_001)
    assert kept.get("e") is None


async def test_a_registered_document_needs_no_text_until_it_is_taken_back(world, client):
    await trust(world, QUERY)
    assert await trust(world, QUERY) is None
    assert (await client.ask(None, extensions=persisted(QUERY)))["viewer"]["name"] == "Ben Silva"
    await world.do(distrust_document, SYSTEM, digest=digest_of(QUERY)[:8])
    assert (await client.refusal(None, extensions=persisted(QUERY)))["extensions"]["code"] == NOT_FOUND


async def test_only_who_administers_registers(world):
    for action, given in ((trust_document, {"name": "Me", "body": QUERY}), (distrust_document, {"digest": "0" * 64})):
        with pytest.raises(DomainError) as refused:
            await world.do(action, world.ben, **given)
        assert refused.value.code == "FORBIDDEN"
    for given in ({"name": "no name", "body": QUERY}, {"name": "Me", "body": "x" * 20_001}):
        with pytest.raises(DomainError) as refused:
            await world.do(trust_document, SYSTEM, **given)
        assert refused.value.code == "INVALID_INPUT"
    with pytest.raises(DomainError) as refused:
        await world.do(distrust_document, SYSTEM, digest="0" * 64)
    assert refused.value.code == "NOT_FOUND"


async def test_where_only_registered_documents_count_nothing_else_is_executed(world):
    runtime = runtime_of(world.database, trusted_documents_only=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        client = Client(world, http, runtime)
        await trust(world, QUERY)
        assert (await client.ask(QUERY))["viewer"]["name"] == "Ben Silva"
        assert (await client.ask(None, extensions=persisted(QUERY)))["viewer"]["name"] == "Ben Silva"
        for by in ("ben", "ada", None):
            for other in (f"{QUERY} ", "{ __typename }", "{ __schema { queryType { name } } }"):
                for extensions in (None, persisted(other)):
                    answer = await client.send(other, by=by, extensions=extensions)
                    (error,) = answer.json()["errors"]
                    assert (answer.status_code, error["extensions"]["code"]) == (403, "DOCUMENT_NOT_TRUSTED")
                    assert "data" not in answer.json()


async def test_sockets_take_digests_too(world, runtime):
    token = await Client(world, None, runtime).token_of("ben")
    async with serving(routes(runtime)) as address, connected(address, token) as socket:
        await socket.send({"type": "subscribe", "id": "a", "payload": {"extensions": persisted(QUERY)}})
        assert await socket.refusal("a") == (NOT_FOUND, None)
        payload = {"query": QUERY, "extensions": persisted(QUERY)}
        await socket.send({"type": "subscribe", "id": "b", "payload": payload})
        assert (await socket.next("b"))["viewer"]["name"] == "Ben Silva"
        assert await socket.receive() == {"type": "complete", "id": "b"}
        await socket.send({"type": "subscribe", "id": "c", "payload": {"extensions": persisted(QUERY)}})
        assert (await socket.next("c"))["viewer"]["name"] == "Ben Silva"


async def test_event_streams_take_digests_too(world, runtime):
    token, document = await Client(world, None, runtime).token_of("ben"), "subscription { feed { cursor } }"
    async with serving(endpoint.routes(runtime)) as address:
        async with streaming(address, None, token=token, extensions=persisted(document)) as stream:
            assert await stream.refusal() == NOT_FOUND
        for text in (document, None):
            async with streaming(address, text, token=token, extensions=persisted(document)) as stream:
                assert (await stream.next())["feed"]["cursor"]


INCIDENTS = "query Board { incidents(first: 5) { nodes { title } } }"


async def get(client, document, *, accept=JSON, by="ben", **headers):
    params = {"extensions": json.dumps(persisted(document))}
    headers = {"authorization": f"Bearer {await client.token_of(by)}", "accept": accept, **headers}
    return await client.http.get("/graphql", params=params, headers=headers)


async def test_an_answer_to_get_of_a_registered_document_is_sent_once_until_it_changes(world):
    runtime = runtime_of(world.database, rate_cost_per_minute=100_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        client = Client(world, http, runtime)
        await trust(world, INCIDENTS, "Board")
        first = await get(client, INCIDENTS)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in first.headers["vary"]
        again = await get(client, INCIDENTS, **{"if-none-match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await get(client, INCIDENTS, accept=GRAPHQL)).headers["etag"] != tag
        await world.do(make_incident, 1)
        changed = await get(client, INCIDENTS, **{"if-none-match": tag})
        assert changed.status_code == 200
        assert changed.headers["etag"] != tag
        post = await client.send(INCIDENTS)
        assert (post.headers["cache-control"], post.headers.get("etag")) == ("no-store", None)


async def test_other_documents_and_errors_are_not_to_be_kept(world, client):
    await client.ask(QUERY, extensions=persisted(QUERY))
    assert "etag" not in (await get(client, QUERY)).headers
    failing = 'query Lost { node(id: "nothing") { id } }'
    await trust(world, failing, "Lost")
    answer = await get(client, failing)
    assert "errors" in answer.json()
    assert "etag" not in answer.headers


TIMED = {"timing": True}
BOARD = "query Secret($n: Int) { mine: incidents(first: $n) { nodes { roles { role { name } } } } }"


async def test_admins_who_ask_are_told_how_long_it_took_and_nobody_else_is(world, client):
    await world.do(make_incident, 1)
    told = (await client.answer(BOARD, {"n": 3}, by="ada", extensions=TIMED))["extensions"]["timing"]
    assert [level["fields"] for level in told["levels"]][:2] == [["Query.incidents"], ["Incident.roles"]]
    assert told["milliseconds"] >= sum(level["milliseconds"] for level in told["levels"]) > 0
    assert told["statements"] >= 2
    assert "timing" not in (await client.answer(BOARD, {"n": 3}, by="ada"))["extensions"]
    for by in ("ben", None):
        assert "timing" not in (await client.answer(BOARD, {"n": 3}, by=by, extensions=TIMED)).get("extensions", {})
    headers = {"authorization": f"Bearer {await client.token_of('ada')}", "x-muster-timing": "1"}
    answer = await client.http.post("/graphql", json={"query": QUERY}, headers=headers)
    assert answer.json()["extensions"]["timing"]["levels"]


@pytest.mark.parametrize("compiled", [True, False])
async def test_slow_operations_are_logged_with_their_plan_and_without_their_variables(world, caplog, compiled):
    runtime = runtime_of(world.database, slow_operation_seconds=0.000_001, compiled_operations=compiled)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        await world.do(make_incident, 1)
        await Client(world, http, runtime).ask(BOARD, {"n": 73})
    (line,) = [record.getMessage() for record in caplog.records if record.name == "muster.slow"]
    assert line.startswith(f"slow query other {digest_of(BOARD)[:16]}: ")
    assert "roles of 1 in " in line
    assert not any(word in line for word in ("Secret", "mine", "73"))


async def test_quick_operations_are_not(client, caplog):
    await client.ask(QUERY)
    assert [record for record in caplog.records if record.name == "muster.slow"] == []
