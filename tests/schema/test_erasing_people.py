"""Erasing a person through the API: what is shown before, what everybody sees after, and what stays answerable."""

import pytest

from core.cursor import encode_cursor
from tests.erasing.person import EMAIL, NAME, Life
from tests.schema.doorway import Doorway

PREVIEW = """query ($user: ID!) { erasurePreview(user: $user) {
  refusals erased { what count } mentions { place key incident event update maintenanceUpdate }
  mentionCount unread } }"""
PAST = """query ($ref: String!, $at: Cursor!) { incident(ref: $ref, asOf: $at) {
  stage roles { user { name email archived erased } } timeline { nodes { text actor { name } } } } }"""


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def asked(api, person, document, **variables):
    data, refusals = await api.ask(person, document, **variables)
    assert refusals == []
    return data


async def test_the_preview_tells_and_does_nothing(api):
    life = await Life.lived(api.world)
    told = (await asked(api, "ada", PREVIEW, user=life.reference))["erasurePreview"]
    assert told["refusals"] == told["unread"] == []
    counted = {each["what"]: each["count"] for each in told["erased"]}
    assert counted["browser sessions"] == counted["identities of providers"] == 1
    assert counted["messages in chats"] is counted["addresses in the audit trail"] is None, "private ones would count"
    assert counted["what vendors said of pages"] is None
    assert told["mentionCount"] == len(told["mentions"]) > 5
    named = next(each for each in told["mentions"] if each["place"] == "status_update.body")
    assert named["incident"] == life.incident.reference
    erased = await api.do("ada", "eraseText", "event { text }", update=named["update"], reason="It names somebody.")
    assert erased["event"]
    assert (await asked(api, "ada", PREVIEW, user=life.reference))["erasurePreview"]["refusals"] == []


async def test_an_erased_person_has_no_name_anywhere_and_the_past_still_answers(api):
    life = await Life.lived(api.world)
    at = {"ref": life.incident.reference, "at": encode_cursor(life.then)}
    before = await asked(api, "ben", PAST, **at)
    assert before["incident"]["roles"][0]["user"]["email"] == EMAIL
    done = await api.do("ada", "erasePerson", "user { name email archived erased }", user=life.reference, reason="R 1")
    placeholder = {"name": f"Erased person {life.key}", "email": None, "archived": True, "erased": True}
    assert done["user"] == placeholder
    after = await asked(api, "ben", PAST, **at)
    assert after["incident"]["stage"] == before["incident"]["stage"] == "RESPONSE"
    assert after["incident"]["roles"] == [{"user": placeholder}]
    said = [node["text"] for node in after["incident"]["timeline"]["nodes"]]
    expected = [node["text"] for node in before["incident"]["timeline"]["nodes"]]
    assert len(said) == len(expected)
    assert any(f"Erased person {life.key}" in line for line in said)
    assert not any(NAME in line for line in said if "Incident Commander" in line)
    assert await api.refused("ada", "erasePerson", user=life.reference, reason="R 1") == ("CONFLICT", "user")
    assert await api.refused("ada", "saveUser", id=life.reference, name="X") == ("CONFLICT", "id")
    assert await api.refused("dov", "erasePerson", user=api.world.id_of("ben"), reason="R 1") == ("FORBIDDEN", None)


async def test_the_same_request_twice_is_one(api):
    given = {"user": api.world.id_of("eve"), "reason": "R 1", "idempotencyKey": "k1"}
    first = await api.do("ada", "erasePerson", "cursor user { name }", **given)
    assert await api.do("ada", "erasePerson", "cursor user { name }", **given) == first
