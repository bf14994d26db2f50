"""Who may ask for what, with a token, with a browser's cookie, or without either."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.tokens import revoke_token
from auth.actor import SYSTEM
from auth.cookies import SESSION as COOKIE
from core import ids
from models.access import AccessToken
from models.incident import Incident
from tests.schema.client import GRAPHQL, HOST, Client, app_of, body, runtime_of

DECLARE = 'mutation { declareIncident(input: {title: "Down", severity: "SEV1"}) { cursor } }'


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
    "serviceAccounts { id }",
    "tokens { id }",
    "sessions { id }",
    "subscribers { nodes { id } }",
    "subscriberCounts { channel }",
    "suppressions { nodes { id } }",
]


@pytest.mark.parametrize("root", ROOTS)
async def test_every_root_needs_credentials(client, root):
    error = await client.refusal(f"{{ {root} }}", by=None)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["path"] == [root.split("(")[0].split(" ")[0]]
    assert "token" in error["extensions"]["hint"]


FOR_ADMINS = ("webhooks", "serviceAccounts", "tokens", "sessions", "subscriber", "suppressions")


@pytest.mark.parametrize("root", ROOTS)
async def test_viewers_may_read_all_but_webhooks_and_credentials(client, root):
    answer = await client.answer(f"{{ {root} }}", by="eve")
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert codes == (["FORBIDDEN"] if root.startswith(FOR_ADMINS) else [])


@pytest.mark.parametrize(
    "authorization", ["Bearer mst_unknown", "Bearer", "Bearer ", "Basic YTpi", "mst_x", "Bearer mst_é", "Bearer x y"]
)
async def test_credentials_that_are_no_good_are_401_and_nothing_is_answered(send, authorization):
    headers = {"authorization": authorization.encode()}
    response = await send("POST", token=False, headers=headers, content=body("{ __typename }"))
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer ")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_revoked_token_is_401_at_once(client):
    assert (await client.send("{ viewer { name } }")).status_code == 200
    async with client.world.database.unit_of_work() as session:
        for token in await session.scalars(select(AccessToken)):
            await revoke_token(session, SYSTEM, token=ids.encode("Token", token.id))
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


async def test_strangers_in_production_are_not_told_what_may_have_been_meant(world):
    """Suggestions name the schema's fields, one by one, to whoever cannot ask for them."""
    production = runtime_of(world.database, env="production", allow_one_host=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(production)), base_url=HOST) as http:
        client = Client(world, http, production)
        for asked in ("{ viewer { nam } }", "mutation { declareIncidnt { cursor } }", "{ node(idd: 1) { id } }"):
            told = (await client.answer(asked, by="ben"))["errors"][0]["message"]
            silent = (await client.answer(asked, by=None))["errors"][0]["message"]
            assert "Did you mean" in told
            assert "Did you mean" not in silent
            assert told.startswith(silent.rstrip("."))
        headers = {"authorization": "Bearer invented"}
        refused = await http.post("/graphql", json={"query": "{ viewer { nam } }"}, headers=headers)
        assert "Did you mean" not in refused.text
