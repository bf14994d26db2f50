"""Filters of incidents that people keep, through the API: their own, replaced by name, and usable as they come back."""

import pytest
from sqlalchemy import select

from core import ids
from models.saved_filter import SavedFilter
from tests.schema.doorway import Doorway
from tests.telling import make_incident

SHOWN = "savedFilter { id name filter orderBy }"
OURS = "{ savedFilters { id name filter orderBy } }"
LIST = """query ($filter: IncidentFilter, $order: IncidentOrder! = NEWEST) {
  incidents(filter: $filter, orderBy: $order) { nodes { reference } } }"""


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def _rows(world):
    async with world.database.reading() as reader:
        return await reader.rows(SavedFilter, select(SavedFilter).order_by(SavedFilter.id))


async def test_a_filter_is_kept_comes_back_as_it_was_given_and_finds_what_it_found(world, api):
    for key, severity in ((7, "SEV1"), (8, "SEV3")):
        await world.do(make_incident, key, severity=severity)
    lines = {"open": True, "stages": ["TRIAGE", "RESPONSE", "DETECTION"], "severities": ["sev1"]}
    given = {"name": " Night ", "filter": lines, "orderBy": "SEVERITY", "idempotencyKey": "once"}
    made = (await api.do("ben", "saveFilter", SHOWN, **given))["savedFilter"]
    assert (made["name"], made["filter"], made["orderBy"]) == ("Night", lines, "SEVERITY")
    assert (await api.do("ben", "saveFilter", SHOWN, **given))["savedFilter"] == made, "sent twice, kept once"
    (kept,) = (await api.ask("ben", OURS))[0]["savedFilters"]
    found, refusals = await api.ask("ben", LIST, filter=kept["filter"], order=kept["orderBy"])
    assert (found["incidents"]["nodes"], refusals) == ([{"reference": "INC-7"}], [])
    since = {"declaredAfter": "2026-11-24T00:00:00+00:00", "declaredBefore": "2026-11-25T00:00:00+00:00"}
    timed = (await api.do("chi", "saveFilter", SHOWN, name="Today", filter=since))["savedFilter"]["filter"]
    assert timed == since
    again = (await api.do("ben", "saveFilter", SHOWN, name="NIGHT", filter={"text": "disk"}))["savedFilter"]
    assert again == {"id": made["id"], "name": "NIGHT", "filter": {"text": "disk"}, "orderBy": None}
    assert [row.owner_id for row in await _rows(world)] == [world.users["ben"].id, world.users["chi"].id]
    events = [e for e in await world.events(None, "setting.saved") if e.actor_id == world.users["ben"].id]
    saved = [(e.data["noun"], e.data["created"], e.data["changed"]) for e in events]
    assert saved == [("saved_filter", True, {"filter": {}}), ("saved_filter", False, {"filter": {}})]
    await api.do("ben", "saveFilter", SHOWN, name="NIGHT", filter={"text": "disk"})
    assert len(await world.events(None, "setting.saved")) == 3, "what changes nothing records nothing"


async def test_what_somebody_keeps_nobody_else_sees_or_deletes(world, api):
    made = (await api.do("ben", "saveFilter", SHOWN, name="Mine"))["savedFilter"]
    theirs = (await api.do("chi", "saveFilter", SHOWN, name="Mine"))["savedFilter"]
    assert made["id"] != theirs["id"]
    for person in ("chi", "ada"):
        assert made["id"] not in [each["id"] for each in (await api.ask(person, OURS))[0]["savedFilters"]]
        assert await api.refused(person, "deleteFilter", id=made["id"]) == ("NOT_FOUND", "id")
        node, _ = await api.ask(person, "query ($id: ID!) { node(id: $id) { id } }", id=made["id"])
        assert node == {"node": None}
    gone = await api.do("ben", "deleteFilter", "id", id=made["id"], idempotencyKey="k")
    assert gone == await api.do("ben", "deleteFilter", "id", id=made["id"], idempotencyKey="k")
    assert [row.id for row in await _rows(world)] == [ids.decode(theirs["id"])[1]]
    (deleted,) = await world.events(None, "setting.deleted")
    assert deleted.data == {"noun": "saved_filter", "key": ids.decode(made["id"])[1]}


async def test_what_can_not_be_kept_says_why(world, api):
    assert await api.refused("ben", "saveFilter", name=" ") == ("INVALID_INPUT", "name")
    assert await api.refused("ben", "saveFilter", name="x" * 61) == ("INVALID_INPUT", "name")
    many = {"services": ["x" * 500] * 30}
    assert await api.refused("ben", "saveFilter", name="Large", filter=many) == ("INVALID_INPUT", "filter")
    for number in range(50):
        await api.do("ben", "saveFilter", "cursor", name=f"Filter {number}")
    assert await api.refused("ben", "saveFilter", name="One more") == ("CONFLICT", None)
    await api.do("ben", "saveFilter", "cursor", name="Filter 7", filter={"open": True})
    assert len(await _rows(world)) == 50


async def test_a_report_keeps_since_when_it_hurts(api):
    since = "2026-11-24T02:30:00Z"
    shown = "incident { reference impactStartedAt stage }"
    made = (await api.do("ben", "reportIncident", shown, title="Slow", impactStartedAt=since))["incident"]
    assert (made["impactStartedAt"], made["stage"]) == ("2026-11-24T02:30:00.000000Z", "DETECTION")
    later = "2026-11-25T02:30:00Z"
    assert await api.refused("ben", "reportIncident", title="Slow", impactStartedAt=later) == (
        "INVALID_INPUT",
        "impactStartedAt",
    )
