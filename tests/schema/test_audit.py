"""The audit trail through the API: who was refused where, and who may read of it."""

import asyncio

import httpx
import pytest

from actions.refusals import Refusals
from actions.reports import report_incident
from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from core.client import Client as Origin
from core.ids import encode
from core.runtime import Runtime
from models.words import Visibility
from tests.schema.client import HOST, Client, app_of, runtime_of

PHONE = Origin("192.0.2.44", "Phone/1")
AUDIT = """query ($filter: AuditFilter, $first: Int, $after: Cursor) {
  auditEvents(filter: $filter, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id kind text address userAgent data recordedAt actor { kind name } incident { reference } }
  }
}"""


@pytest.fixture
def runtime(database):
    plain = runtime_of(database)
    return Runtime(plain.settings, database, plain.live, refusals=Refusals(database))


@pytest.fixture
async def client(world, runtime):
    transport = httpx.ASGITransport(app_of(runtime), client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers={"user-agent": "tests"}) as http:
        yield Client(world, http, runtime)


async def sign_in(world, name, origin=PHONE):
    async with world.database.unit_of_work(origin) as session:
        await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, world.users[name]))


@pytest.fixture
def audit(client):
    """The audited events that a filter finds, the newest first."""

    async def audit(by="ada", **given):
        return (await client.ask(AUDIT, {"filter": given or None}, by=by))["auditEvents"]["nodes"]

    return audit


@pytest.fixture
def refused(runtime, audit):
    """What was noted of refusals so far, the oldest first: (who, doorway, code, times)."""

    async def refused():
        await runtime.refusals.write()
        found = reversed(await audit(kinds=["access.refused"]))
        return [(e["actor"]["name"], e["data"]["doorway"], e["data"]["code"], e["data"]["times"]) for e in found]

    return refused


async def test_a_sign_in_shows_where_it_came_from(world, audit):
    await sign_in(world, "ben")
    signed_in, granted = await audit()
    assert (signed_in["kind"], signed_in["text"]) == ("person.signed_in", "Ben Silva signed in.")
    assert (signed_in["address"], signed_in["userAgent"]) == ("192.0.2.44", "Phone/1")
    assert granted["kind"] == "access.granted"


async def test_every_line_of_the_filter_narrows(world, client, audit, clock):
    await sign_in(world, "ben")
    await sign_in(world, "chi", Origin("192.0.2.45", ""))
    middle = clock.advance(hours=1).isoformat()
    save = 'mutation { saveTeam(input: {slug: "x", name: "X"}) { team { id } } }'
    await client.ask(save, by="dov")
    assert [e["kind"] for e in await audit(kinds=["setting.saved"])] == ["setting.saved"]
    assert [e["text"] for e in await audit(actor=world.id_of("dov"))] == ["Dov Levi created a team."]
    assert {e["kind"] for e in await audit(user=world.id_of("chi"))} == {"access.granted", "person.signed_in"}
    assert {e["kind"] for e in await audit(user=world.id_of("dov"))} == {"setting.saved"}
    assert [e["kind"] for e in await audit(since=middle)] == ["setting.saved"]
    assert len(await audit(until=middle)) == 4
    assert {e["address"] for e in await audit(address="192.0.2.45")} == {"192.0.2.45"}
    assert {e["userAgent"] for e in await audit(address="192.0.2.45")} == {None}
    assert await audit(kinds=[]) == []


@pytest.mark.parametrize(
    ("line", "value"),
    [("kinds", ["nonsense"]), ("actor", "nonsense"), ("actor", encode("Team", 1)), ("user", encode("Team", 1))],
)
async def test_a_line_that_cannot_be_is_refused(client, line, value):
    error = await client.refusal(AUDIT, {"filter": {line: value}}, by="ada")
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["extensions"]["field"].startswith(f"filter.{line}")


async def test_it_is_paged_from_the_newest_on(world, client):
    for name in ("ben", "chi", "dov"):
        await sign_in(world, name)
    found, after = [], None
    while True:
        page = (await client.ask(AUDIT, {"first": 4, "after": after}, by="dov"))["auditEvents"]
        found += [node["recordedAt"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(found) == 6
    assert found == sorted(found, reverse=True)


async def test_only_auditors_read_it(client):
    for by, code in ((None, "UNAUTHENTICATED"), ("eve", "FORBIDDEN"), ("ben", "FORBIDDEN")):
        assert (await client.refusal(AUDIT, by=by))["extensions"]["code"] == code


async def test_what_is_private_is_for_its_members(world, audit):
    incident = await world.do(report_incident, world.ben, title="Odd")
    hide = {"visibility": Visibility.PRIVATE, "members": [world.id_of("dov")], "reason": "Security"}
    await world.do(change_visibility, world.ben, incident=f"INC-{incident.id}", **hide)
    assert {e["incident"]["reference"] for e in await audit(by="dov")} == {f"INC-{incident.id}"}
    assert await audit(by="ada") == []


async def test_refused_fields_are_noted_by_their_names_in_the_schema(client, refused):
    await client.answer('mutation { harmless: saveRole(input: {key: "x", name: "X", duties: ""}) { role { id } } }')
    await client.answer("{ mine: webhooks { id } tokens { id } }")
    await client.answer("{ ...all } fragment all on Query { webhooks { id } }")
    await client.ask("{ severities { id } }")
    assert await refused() == [
        ("Ben Silva", "mutation saveRole", "FORBIDDEN", 1),
        ("Ben Silva", "query webhooks", "FORBIDDEN", 1),
        ("Ben Silva", "query tokens", "FORBIDDEN", 1),
        ("Ben Silva", "query", "FORBIDDEN", 1),
    ]


async def test_strangers_are_counted_and_what_they_tried_is_not_told_apart(client, refused, audit):
    for document in (
        "{ severities { id } }",
        "{ roles { id } }",
        "{ __schema { types { name } } }",
        "{ a: users { id } }",
    ):
        await client.answer(document, by=None)
    assert await refused() == [("Anonymous", "/graphql without credentials", "UNAUTHENTICATED", 3)]
    (event,) = await audit(kinds=["access.refused"])
    assert (event["address"], event["userAgent"]) == ("192.0.2.7", "tests")


async def test_credentials_that_are_no_good_are_noted(client, refused):
    for _ in range(3):
        await client.http.post("/graphql", json={"query": "{ viewer { name } }"}, headers={"authorization": "Bearer x"})
    sent = {"cookie": "muster_session=x", "origin": "https://evil.example"}
    await client.http.post("/graphql", json={"query": "{ viewer { name } }"}, headers=sent)
    await client.http.get("/graphql?query={viewer{name}}", headers={"authorization": "Basic x"})
    found = await refused()
    assert ("Anonymous", "POST /graphql", "UNAUTHENTICATED", 3) in found
    assert ("Anonymous", "POST /graphql", "FORBIDDEN", 1) in found
    assert ("Anonymous", "GET /graphql", "UNAUTHENTICATED", 1) in found


async def test_refused_subscriptions_are_noted(world, client, runtime, refused):
    incident = await world.do(report_incident, world.ben, title="Odd")
    hide = {"visibility": Visibility.PRIVATE, "members": [], "reason": "Security"}
    document = f'subscription {{ incidentChanged(ref: "INC-{incident.id}") {{ id }} }}'
    headers = {"authorization": f"Bearer {await client.token_of('chi')}", "accept": "text/event-stream"}

    async def follow():
        return await client.http.post("/graphql", json={"query": document}, headers=headers)

    async with runtime.live.running():
        task = asyncio.create_task(follow())
        async with asyncio.timeout(10):
            while not runtime.live._readers:  # noqa: ASYNC110, SLF001 (until it follows)
                await asyncio.sleep(0.01)
            await world.do(change_visibility, world.ben, incident=f"INC-{incident.id}", **hide)
            answer = await task
    assert "FORBIDDEN" in answer.text
    assert ("Chi Tran", "subscription incidentChanged", "FORBIDDEN", 1) in await refused()
