"""Action items through the API: many changed at once, found by what they are, and counted by team."""

from datetime import date

import pytest
from sqlalchemy import func, select

from actions.visibility_changes import change_visibility
from core import ids
from models.event import Event
from models.words import Visibility
from tests.schema.doorway import Doorway
from tests.telling import make_incident


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


@pytest.fixture
async def items(world, api):
    """Five: of a Sev1, of a Sev3 (two), of a private incident, and of none."""
    for key, severity in ((7, "SEV1"), (8, "SEV3"), (9, None)):
        await world.do(make_incident, key, severity=severity)
    await world.do(change_visibility, world.ada, incident="INC-9", visibility=Visibility.PRIVATE, reason="Data")
    made = []
    for reference, by, more in (
        ("INC-7", "ben", {"kind": "PREVENT", "assignee": world.id_of("chi")}),
        ("INC-8", "ben", {"kind": "DETECT", "dueOn": "2026-11-25"}),
        ("INC-8", "ben", {"owner": "platform"}),
        ("INC-9", "ada", {"dueOn": "2026-11-25"}),
        (None, "ben", {"dueOn": "2026-11-25", "kind": "PROCESS"}),
    ):
        given = {"title": f"Item {len(made)}", "owner": "payments", **more}
        payload = await api.do(by, "addActionItem", "actionItem { id }", incident=reference, **given)
        made.append(payload["actionItem"]["id"])
    return made


CHANGED = "actionItems { title state kind priority owner { slug } assignee { name } dueOn version } cursor"


async def test_many_are_changed_at_once_or_none_is(world, api, items):
    own = [items[4], items[0], items[1]]
    given = {"items": own, "priority": 1, "kind": "MITIGATE", "owner": "platform", "assignee": world.id_of("ben")}
    payload = await api.do("chi", "changeActionItems", CHANGED, **given, dueOn="2026-12-31", idempotencyKey="once")
    assert [each["title"] for each in payload["actionItems"]] == ["Item 4", "Item 0", "Item 1"]
    assert {(each["kind"], each["priority"], each["owner"]["slug"]) for each in payload["actionItems"]} == {
        ("MITIGATE", 1, "platform")
    }
    assert {(each["dueOn"], each["version"]) for each in payload["actionItems"]} == {("2026-12-31", 2)}
    assert [len(await world.events(key, "action_item.changed")) for key in (7, 8)] == [1, 1]
    again = await api.do("chi", "changeActionItems", CHANGED, **given, dueOn="2026-12-31", idempotencyKey="once")
    assert again == payload

    async def refused(**more):
        before = await _events(world)
        answer = await api.refused("chi", "changeActionItems", **{"items": own, "priority": 5, **more})
        assert await _events(world) == before
        return answer

    assert await refused(items=[items[0], items[3]]) == ("NOT_FOUND", "items.1")  # of a private incident
    assert await refused(items=[items[0], ids.encode("ActionItem", 99)]) == ("NOT_FOUND", "items.1")
    assert await refused(items=[items[0], "x"]) == ("INVALID_INPUT", "items.1")
    assert await refused(items=[items[0], items[1], items[0]]) == ("INVALID_INPUT", "items.2")
    assert await refused(items=[]) == ("INVALID_INPUT", "items")
    assert await refused(items=[items[0]] * 101) == ("INVALID_INPUT", "items")
    assert await refused(priority=9) == ("INVALID_INPUT", "priority")
    assert await refused(state="WONT_DO") == ("INVALID_INPUT", "items.0.reason")
    assert await refused(dueOn="2026-11-01") == ("INVALID_INPUT", "items.0.dueOn")
    # What the first and the second may become, the third may not: nothing is kept of either.
    await api.do("chi", "changeActionItems", CHANGED, items=own[:2], state="WONT_DO", reason="Bought instead")
    assert await refused(state="WONT_DO") == ("INVALID_INPUT", "items.2.reason")
    assert await api.refused("eve", "changeActionItems", items=own, priority=2) == ("FORBIDDEN", "items.0")
    assert (await api.do("chi", "changeActionItems", CHANGED, items=own, state="OPEN"))["actionItems"][0][
        "state"
    ] == "OPEN"


@pytest.mark.usefixtures("items")
async def test_they_are_found_by_what_they_are_and_counted_by_team(world, api):
    async def titles(given, by="ben"):
        data, refusals = await api.ask(by, f"{{ actionItems({given}) {{ nodes {{ title }} }} }}")
        return [node["title"][-1] for node in data["actionItems"]["nodes"]] if not refusals else refusals[0][1:]

    assert await titles("kind: DETECT") == ["1"]
    assert await titles('owner: "payments"') == ["4", "1", "0"]
    assert await titles(f'owner: "{ids.encode("Team", world.teams["platform"].id)}"') == ["2"]
    assert await titles(f'assignee: "{world.id_of("chi")}"') == ["0"]
    assert await titles('assigned: false, severity: "sev3"') == ["2", "1"]
    assert await titles('severity: "SEV1"') == ["0"]
    assert await titles('owner: "nobody\\u0000"') == ("NOT_FOUND", "owner")
    assert await titles('severity: "SEV9"') == ("NOT_FOUND", "severity")
    world.clock.advance(days=3)
    assert await titles('overdue: true, owner: "payments"') == ["4", "1"]
    owed = "{ teams { slug owed { open overdue unassigned } } }"
    seen = {}
    for person in ("ben", "ada"):
        data, _ = await api.ask(person, owed)
        seen[person] = {team["slug"]: tuple(team["owed"].values()) for team in data["teams"]}
    assert seen["ben"] == {"payments": (3, 2, 2), "platform": (1, 0, 1)}
    assert seen["ada"]["payments"] == (4, 3, 3)  # who made it private is its member


async def test_admins_say_what_a_severity_demands_and_who_manages_a_team(world, api):
    asked = "{ severities { id name obligations { actionItemAssignDays actionItemDueDays actionItemEscalateDays } } }"
    data, _ = await api.ask("ben", asked)
    assert [tuple(s["obligations"].values()) for s in data["severities"]] == [(3, 30, 7), (7, 60, 14), (14, 90, 30)]
    obligations = {"pages": "NOBODY", "requiredRoles": [], "postmortemRequired": False, "actionItemDueDays": 5}
    given = {"id": data["severities"][2]["id"], "obligations": obligations}
    chosen = "severity { version obligations { actionItemAssignDays actionItemDueDays } }"
    saved = await api.do("ada", "saveSeverity", chosen, **given)
    assert saved["severity"]["obligations"] == {"actionItemAssignDays": None, "actionItemDueDays": 5}
    obligations["actionItemEscalateDays"] = 0
    assert await api.refused("ada", "saveSeverity", **given) == (
        "INVALID_INPUT",
        "obligations.actionItemEscalateDays",
    )
    team = {"id": ids.encode("Team", world.teams["payments"].id), "manager": world.id_of("dov")}
    saved = await api.do("dov", "saveTeam", "team { manager { name } }", **team)
    assert saved["team"]["manager"] == {"name": "Dov Levi"}
    assert await api.refused("dov", "saveTeam", **{**team, "manager": ids.encode("User", 99)}) == (
        "NOT_FOUND",
        "manager",
    )
    reference = {"incident": None, "title": "Look", "owner": "payments", "dueOn": date(2026, 12, 1).isoformat()}
    item = await api.do("ben", "addActionItem", "actionItem { kind assignBy escalatedAt dueOn }", **reference)
    assert item["actionItem"] == {"kind": None, "assignBy": None, "escalatedAt": None, "dueOn": "2026-12-01"}


async def _events(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(Event))
