"""`/graphql` over HTTP: the GraphQL over HTTP specification, and whatever else is sent to it."""

import json
import logging
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from actions.sign_in import create_sign_in_link, use_sign_in_link
from auth.actor import SYSTEM
from auth.identify import COOKIE
from models.access import AccessToken
from models.incident import Incident
from resolvers import people
from schema import execution
from tests.schema.client import HOST, app_of, runtime_of

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
DECLARE = 'mutation { declareIncident(input: {title: "Down", severity: "SEV1"}) { cursor } }'


@pytest.fixture
async def send(client):
    """Send anything: `await send("POST", content=…, accept=…)`; with a token of Ben's."""

    async def send(method, *, accept=JSON, kind=JSON, token=True, **more):
        headers = {"accept": accept, "content-type": kind, **more.pop("headers", {})}
        if token:
            headers["authorization"] = f"Bearer {await client.token_of('ben')}"
        given = {name: value for name, value in headers.items() if value is not None}
        return await client.http.request(method, "/graphql", headers=given, **more)

    return send


def body(query, **more):
    return json.dumps({"query": query, **more}).encode()


# ---- media types and statuses


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL};q=0, */*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
    ],
)
async def test_it_answers_in_the_media_type_that_is_liked_best(send, accept, answered):
    response = await send("POST", accept=accept, content=body("{ __typename }"))
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{answered}; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accept", ["text/html", f"{GRAPHQL}; charset=utf-16", f"{JSON};q=0", f"{JSON};q=x"])
async def test_a_media_type_that_is_not_spoken_is_406(send, accept):
    response = await send("POST", accept=accept, content=body("{ __typename }"))
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_INVALID"


@pytest.mark.parametrize(
    "content",
    [
        body("{ "),
        body("{ nothing }"),
        body("query($a: Int!) { __typename @include(if: true) }"),
        body("query($a: Int!) { incidents(first: $a) { nodes { id } } }"),
        body("query($a: Int!) { incidents(first: $a) { nodes { id } } }", variables={"a": "x"}),
        body("query A { cursor } query B { cursor }"),
        body("query A { cursor }", operationName="B"),
        body("{ incidents(first: " + "1" * 5000 + ") { nodes { id } } }"),
    ],
)
async def test_a_document_that_can_not_be_executed_is_400_without_data_or_200_for_older_clients(send, content):
    newer, older = [await send("POST", accept=accept, content=content) for accept in (GRAPHQL, JSON)]
    assert (newer.status_code, older.status_code) == (400, 200)
    for response in (newer, older):
        assert "data" not in response.json()
        assert {e["extensions"]["code"] for e in response.json()["errors"]} == {"GRAPHQL_INVALID"}


async def test_an_error_of_a_field_is_200_with_data_in_both(send):
    query = body('{ viewer { name } incident(ref: "what?") { id } }')
    for accept in (GRAPHQL, JSON):
        response = await send("POST", accept=accept, content=query)
        assert response.status_code == 200
        assert response.json()["data"] == {"viewer": {"name": "Ben Silva"}, "incident": None}


async def test_queries_are_answered_by_get_with_variables(send):
    parameters = {
        "query": "query Q($n: Int) { incidents(first: $n) { nodes { id } } } query P { cursor }",
        "variables": '{"n": 3}',
        "operationName": "Q",
        "extensions": "",
    }
    response = await send("GET", kind=None, params=parameters)
    assert response.json()["data"] == {"incidents": {"nodes": []}}


async def test_nothing_is_changed_by_get(send, client):
    response = await send("GET", kind=None, params={"query": DECLARE})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    async with client.world.database.reading() as reader:
        assert await reader.scalar(select(Incident.id)) is None


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405_and_say_which_are_not(send, method):
    response = await send(method, content=body("{ __typename }"))
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_subscriptions_are_sent_elsewhere(send):
    response = await send("POST", content=body("subscription { feed { cursor } }"))
    assert response.status_code == 400
    assert "WebSocket" in response.json()["errors"][0]["extensions"]["hint"]


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/graphql", f"{JSON}; charset=utf-16"],
)
async def test_what_is_not_json_in_utf8_is_415(send, kind):
    assert (await send("POST", kind=kind, content=body("{ __typename }"))).status_code == 415


@pytest.mark.parametrize("kind", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', "Application/JSON"])
async def test_json_may_name_its_charset(send, kind):
    assert (await send("POST", kind=kind, content=body("{ __typename }"))).status_code == 200


# ---- bodies


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"1",
        b'"{ __typename }"',
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{}",
        b"{",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        b'{"query": "{ __typename }", "query": "{ cursor }"}',
        b'{"query": "{ __typename }", "variables": {"a": 1, "a": 2}}',
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": " "}',
        b'{"query": null}',
        b'{"query": ["{ __typename }"]}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "variables": 7}',
        b'{"query": "{ __typename }", "operationName": 7}',
        b'{"query": "{ __typename }", "operationName": {}}',
        b'{"query": "{ __typename }", "extensions": 7}',
        b'{"query": "{ __typename }", "variables": {"a": NaN}}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"1" * 5000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": [' + b"1," * 20_000 + b"1]}}",
        b'{"query": "{ __typename }", "variables": {"a": "' + b"x" * 300_000 + b'"}}',
        b'{"query": "\\ud800"}',
        b'{"query": "{ node(id: \\"\\ud800\\") { id } }"}',
        b'{"query": "{ __typename }\\u0000"}',
    ],
)
async def test_a_body_that_is_no_request_is_400_with_a_reason(send, content):
    response = await send("POST", accept=GRAPHQL, content=content)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_INVALID"
    assert error["message"]
    assert (await send("POST", content=body("{ __typename }"))).status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [{}, {"query": ""}, {"query": "{ __typename }", "variables": "["}, [("query", "{ a }"), ("query", "{ b }")]],
)
async def test_a_url_that_is_no_request_is_400(send, parameters):
    assert (await send("GET", kind=None, params=parameters)).status_code == 400


async def test_a_body_over_the_limit_is_413_and_read_no_further(world):
    runtime = runtime_of(world.database, max_body_bytes=2000)
    read = 0

    async def endless():
        nonlocal read
        while read < 100_000:
            read += 1000
            yield b"x" * 1000

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        response = await http.post("/graphql", content=endless(), headers={"content-type": JSON})
    assert response.status_code == 413
    assert "2000" in response.json()["errors"][0]["message"]
    assert read <= 4000


async def test_answers_are_not_kept_by_caches_and_say_what_they_cost(send):
    response = await send("POST", content=body("{ incidents(first: 10) { nodes { id title } } }"))
    assert response.headers["cache-control"] == "no-store"
    # one for the root, and per object of the page one for `nodes` and two for its fields
    assert response.json()["extensions"] == {"cost": {"requested": 1 + 10 * (1 + 2), "limit": 25000}}


# ---- who asks


async def test_strangers_may_ask_who_they_are_and_nothing_else(client):
    answer = await client.answer("{ __typename viewer { kind name user { id } } incidents { nodes { id } } }", by=None)
    assert answer["data"] == {
        "__typename": "Query",
        "viewer": {"kind": "ANONYMOUS", "name": "Anonymous", "user": None},
        "incidents": None,
    }
    assert [(e["path"], e["extensions"]["code"]) for e in answer["errors"]] == [(["incidents"], "UNAUTHENTICATED")]


ROOTS = [
    "cursor",
    'node(id: "VXNlcjox") { id }',
    'incident(ref: "INC-1") { id }',
    "incidents { nodes { id } }",
    "severities { id }",
    "roles { id }",
    "services { id }",
    "components { id }",
    "users { id }",
    "teams { id }",
    'alert(id: "QWxlcnQ6MQ") { id }',
    "alerts { nodes { id } }",
    "alertSources { id }",
    "routingRules { id }",
    "webhooks { id }",
    "actionItems { nodes { id } }",
]


@pytest.mark.parametrize("root", ROOTS)
async def test_every_root_needs_credentials(client, root):
    error = await client.refusal(f"{{ {root} }}", by=None)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["path"] == [root.split("(")[0].split(" ")[0]]
    assert "token" in error["extensions"]["hint"]


@pytest.mark.parametrize("root", ROOTS)
async def test_viewers_may_read_all_but_webhooks(client, root):
    answer = await client.answer(f"{{ {root} }}", by="eve")
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == (["FORBIDDEN"] if root.startswith("webhooks") else [])


@pytest.mark.parametrize(
    "authorization", ["Bearer mst_unknown", "Bearer", "Bearer ", "Basic YTpi", "mst_x", "Bearer mst_é", "Bearer x y"]
)
async def test_credentials_that_are_no_good_are_401_and_nothing_is_answered(send, authorization):
    headers = {"authorization": authorization.encode()}
    response = await send("POST", token=False, headers=headers, content=body("{ __typename }"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_revoked_token_is_401_at_once(client, clock):
    assert (await client.send("{ viewer { name } }")).status_code == 200
    async with client.world.database.unit_of_work() as session:
        for token in await session.scalars(select(AccessToken)):
            token.revoked_at = clock.now()
    assert (await client.send("{ viewer { name } }")).status_code == 401


async def test_the_use_of_a_token_is_noted_at_most_every_five_minutes(client, clock):
    async def last_used():
        async with client.world.database.reading() as reader:
            return await reader.scalar(select(AccessToken.last_used_at))

    await client.ask("{ cursor }")
    first = await last_used()
    clock.advance(minutes=4)
    await client.ask("{ cursor }")
    assert await last_used() == first
    clock.advance(minutes=2)
    await client.ask("{ cursor }")
    assert await last_used() - first > timedelta(minutes=5)


async def test_introspection_is_open_in_development_only(world, client):
    query = "{ __schema { queryType { name } } }"
    assert (await client.ask(query, by=None))["__schema"]["queryType"]["name"] == "Query"
    production = runtime_of(world.database, env="production", allow_one_host=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(production)), base_url=HOST) as http:
        response = await http.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL})
        assert (response.status_code, "data" in response.json()) == (401, False)
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        hidden = await http.post(
            "/graphql", json={"query": '{ ...s } fragment s on Query { __type(name: "X") { name } }'}
        )
        assert hidden.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        typename = await http.post("/graphql", json={"query": "{ __typename viewer { __typename } }"})
        assert typename.json()["data"] == {"__typename": "Query", "viewer": {"__typename": "Actor"}}
        headers = {"authorization": f"Bearer {await client.token_of('eve')}"}
        shown = await http.post("/graphql", json={"query": query}, headers=headers)
        assert shown.json()["data"]["__schema"]["queryType"]["name"] == "Query"


# ---- browsers


@pytest.fixture
async def cookie(world):
    async with world.database.unit_of_work() as session:
        link = await create_sign_in_link(session, SYSTEM, world.users["chi"])
        return {"cookie": f"{COOKIE}={await use_sign_in_link(session, link)}"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": HOST},
        {"sec-fetch-site": "same-origin"},
        {"origin": HOST, "sec-fetch-site": "same-origin"},
        {"origin": "http://proxied.example", "host": "proxied.example"},
    ],
)
async def test_a_page_of_ours_may_post_with_its_cookie(send, cookie, headers):
    response = await send("POST", token=False, headers=cookie | headers, content=body("{ viewer { name } }"))
    assert response.json()["data"] == {"viewer": {"name": "Chi Tran"}}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": HOST, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://muster.example.evil.example"},
    ],
)
async def test_a_page_of_somebody_else_may_not(send, cookie, headers, client):
    response = await send("POST", token=False, headers=cookie | headers, content=body(DECLARE))
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    async with client.world.database.reading() as reader:
        assert await reader.scalar(select(Incident.id)) is None


async def test_a_form_can_not_post_at_all(send, cookie):
    response = await send(
        "POST", token=False, kind="text/plain", headers=cookie | {"origin": HOST}, content=body(DECLARE)
    )
    assert response.status_code == 415


async def test_reading_with_a_cookie_needs_no_origin(send, cookie):
    query = {"query": "{ viewer { name } }"}
    response = await send("GET", token=False, kind=None, headers=cookie, params=query)
    assert response.json()["data"] == {"viewer": {"name": "Chi Tran"}}


async def test_a_token_counts_before_a_cookie(send, cookie):
    response = await send("POST", headers=cookie, content=body("{ viewer { name } }"))
    assert response.json()["data"] == {"viewer": {"name": "Ben Silva"}}


# ---- when something goes wrong


async def test_what_is_unexpected_is_masked_and_found_in_the_log_by_its_id(client, monkeypatch, caplog):
    async def broken(*_args):
        raise ZeroDivisionError("the secret is 42")

    monkeypatch.setattr(people, "actor_names", broken)
    answer = await client.answer("{ viewer { kind name } cursor }")
    (error,) = answer["errors"]
    assert "42" not in str(answer)
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["path"] == ["viewer", "name"]
    assert error["message"] == f"Something went wrong on our side; the id is {error['extensions']['id']}."
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert error["extensions"]["id"] in record.getMessage()
    assert "the secret is 42" in caplog.text


async def test_without_a_database_it_says_so_and_stays_up(client, monkeypatch):
    token = await client.token_of("ben")

    def gone(*_args):
        raise ConnectionRefusedError("db.internal:5432")

    monkeypatch.setattr(client.runtime.database.engine.sync_engine.pool, "connect", gone)
    response = await client.send("{ cursor }")
    assert (response.status_code, token in response.text) == (500, False)
    assert "db.internal" not in response.text
    monkeypatch.undo()
    assert (await client.send("{ cursor }")).status_code == 200


async def test_an_operation_that_takes_too_long_is_given_up(client, monkeypatch):
    await client.token_of("ben")
    monkeypatch.setattr(execution, "SECONDS", 0.05)

    monkeypatch.setattr(people, "actor_names", slow_names)
    answer = await client.answer("{ viewer { name } }")
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["TIMEOUT"]
    monkeypatch.undo()
    assert (await client.answer("{ viewer { name } }"))["data"] == {"viewer": {"name": "Ben Silva"}}


async def slow_names(reader, _pairs):
    await reader.execute(select(people.func.pg_sleep(3)))
