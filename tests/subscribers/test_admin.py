"""Admins and managers see and keep subscribers through the API; nobody else sees an address."""

import pytest

from core import ids
from tests.schema.doorway import Doorway

LIST = """{ subscribers(%s) { nodes { id channel address active kinds components { name } disabledBecause } }
  subscriberCounts { channel active unconfirmed disabled } suppressions { nodes { id email reason } } }"""


@pytest.fixture
async def api(world, tmp_path):
    opened = Doorway.open(world, tmp_path)
    yield opened
    await opened.close()


def told(nodes):
    return [(it["channel"], it["address"], it["active"]) for it in nodes]


async def test_an_admin_adds_and_removes_on_their_own_word_and_that_is_audited(page, api):
    chosen = {"components": [page.component("search")], "kinds": ["INCIDENTS"]}
    added = await api.do(
        "dov", "addSubscriber", "subscriber { id } secret", channel="EMAIL", address="fay@example.org", **chosen
    )
    hook = await api.do("ada", "addSubscriber", "secret", channel="WEBHOOK", address="https://example.org/hook")
    assert added["secret"] is None
    assert hook["secret"].startswith("whsec_")
    given = {"channel": "EMAIL", "address": "FAY@example.org"}
    assert await api.refused("ada", "addSubscriber", **given) == ("CONFLICT", "address")
    assert await api.refused("ada", "addSubscriber", channel="SLACK", address="no") == ("INVALID_INPUT", "address")
    data, refusals = await api.ask("dov", LIST % "first: 5")
    assert refusals == []
    assert told(data["subscribers"]["nodes"]) == [("WEBHOOK", "example.org", True), ("EMAIL", "fay@example.org", True)]
    assert data["subscribers"]["nodes"][1]["components"] == [{"name": "Search"}]
    assert data["subscriberCounts"][0] == {"channel": "EMAIL", "active": 1, "unconfirmed": 0, "disabled": 0}
    key = added["subscriber"]["id"]
    for _ in range(2):
        gone = await api.do("ada", "removeSubscriber", "subscriber { active unsubscribedAt }", id=key)
        assert gone["subscriber"]["active"] is False
    audited = [event.kind for event in await page.world.events() if event.kind.startswith("subscriber.")]
    assert audited == ["subscriber.added", "subscriber.added", "subscriber.removed"]
    assert await api.refused("ada", "removeSubscriber", id=ids.encode("Subscriber", 99)) == ("NOT_FOUND", "id")


async def test_filters_find_by_channel_state_address_and_component(page, api):
    await page.subscribe("eve@example.org")
    await page.subscribe("search@example.org", components=[page.component("search")])
    await page.sign_up("waiting@example.org")
    await page.work()
    for given, found in (
        ('filter: {email: "Eve@Example.org"}', ["eve@example.org"]),
        ("filter: {active: false}", ["waiting@example.org"]),
        ("filter: {active: true, channel: EMAIL}", ["search@example.org", "eve@example.org"]),
        ("filter: {channel: SLACK}", []),
        (f'filter: {{component: "{page.component("search")}"}}', ["search@example.org"]),
    ):
        data, refusals = await api.ask("ada", LIST % given)
        assert refusals == []
        assert [it["address"] for it in data["subscribers"]["nodes"]] == found, given
    _, refusals = await api.ask("ada", LIST % 'filter: {email: "nobody"}')
    assert refusals == [("subscribers", "INVALID_INPUT", "filter.email")]


async def test_a_suppression_is_lifted_by_an_admin_and_the_address_may_ask_again(page, api):
    page.box.answers["eve@example.org"] = "550 5.1.1 no such user"
    await page.sign_up()
    await page.work()
    data, _ = await api.ask("ada", LIST % "first: 5")
    (suppressed,) = data["suppressions"]["nodes"]
    assert (suppressed["email"], suppressed["reason"]) == ("eve@example.org", "The mail server refused it (550).")
    given = {"channel": "EMAIL", "address": "eve@example.org"}
    assert await api.refused("ada", "addSubscriber", **given) == ("CONFLICT", "address")
    assert await api.do("ada", "liftSuppression", "id", id=suppressed["id"]) == {"id": suppressed["id"]}
    assert await api.refused("ada", "liftSuppression", id=suppressed["id"]) == ("NOT_FOUND", "id")
    page.box.answers.clear()
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    assert len(page.box.arrived) == 1


@pytest.mark.parametrize("person", ["eve", "ben", None])
async def test_addresses_are_for_nobody_else(page, api, person):
    await page.subscribe("secret@example.org")
    code = "FORBIDDEN" if person else "UNAUTHENTICATED"
    answer = await api.post(person, LIST % "first: 5")
    assert "secret@example.org" not in answer.text
    assert {error["extensions"]["code"] for error in answer.json()["errors"]} == {code}
    node, _ = await api.ask(person, f'{{ node(id: "{ids.encode("Subscriber", 1)}") {{ id }} }}')
    assert node is None or node["node"] is None
    seen = await api.post(person, "{ auditEvents(first: 50) { nodes { text data } } }")
    assert "secret@example.org" not in seen.text
