"""`/graphql` over HTTP: the GraphQL over HTTP specification, and whatever else is sent to it."""

import httpx
import pytest
from sqlalchemy import select

from models.incident import Incident
from tests.schema.client import GRAPHQL, HOST, JSON, app_of, body, runtime_of

DECLARE = 'mutation { declareIncident(input: {title: "Down", severity: "SEV1"}) { cursor } }'


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
