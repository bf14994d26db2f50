"""The root fields beside incidents: catalogue, people, alerts, action items, and anything by its id."""

import pytest

from actions.reports import report_incident
from core.cursor import decode_cursor
from core.ids import encode
from models.alert import Alert
from models.person import Team, User
from models.postmortem import ActionItem
from models.role import Role
from models.service import Component, Service
from models.words import ActionItemState, AlertState, ComponentStatus
from tests.schema.story import tell


@pytest.fixture
async def story(world):
    return await tell(world)


async def test_the_catalogue(client):
    data = await client.ask(
        "{ services { slug name runbookUrl archived owner { name } components { name } }"
        " components { id name group position description status archived uptime }"
        " teams { slug name members { name } archived } roles { key name duties archived } }"
    )
    assert data["services"][0] == {
        "slug": "checkout-api",
        "name": "Checkout API",
        "runbookUrl": None,
        "archived": False,
        "owner": {"name": "Payments"},
        "components": [{"name": "Checkout"}],
    }
    assert [c["name"] for c in data["components"]] == ["Checkout", "Search"]
    assert data["components"][0]["status"] == ComponentStatus.OPERATIONAL
    assert data["components"][0]["uptime"] == 100
    assert [m["name"] for m in data["teams"][0]["members"]] == ["Ben Silva", "Chi Tran"]
    assert [r["key"] for r in data["roles"]] == ["commander", "technical_lead", "communications_lead", "scribe"]
    assert all(role["duties"] for role in data["roles"])


async def test_severities_are_the_worst_first_with_what_they_demand(client):
    data = await client.ask(
        "{ severities { name rank definition examples version archived obligations { pages businessHoursOnly"
        " requiredRoles { key } fillRolesWithinMinutes internalCadenceMinutes publicCadenceMinutes postmortemRequired"
        " postmortemDueDays } } }"
    )
    assert [(s["name"], s["rank"], s["version"]) for s in data["severities"]] == [
        ("SEV1", 1, 1),
        ("SEV2", 2, 1),
        ("SEV3", 3, 1),
    ]
    assert data["severities"][0]["obligations"]["pages"] == "ALL_HANDS"


async def test_what_is_archived_comes_last(client, world, clock):
    async with world.database.unit_of_work() as session:
        for model, key in ((Service, 1), (Component, 1), (Team, 1), (User, 1), (Role, 1)):
            (await session.get(model, key)).archived_at = clock.now()
    data = await client.ask(
        "{ services { archived } components { archived } teams { archived } users { archived } roles { archived } }"
    )
    for name, rows in data.items():
        assert [row["archived"] for row in rows] == [False] * (len(rows) - 1) + [True], name


async def test_uptime_counts_days_within_reason(client):
    error = (await client.answer("{ components { uptime(days: 0) } }"))["errors"][0]
    assert (error["extensions"]["field"], error["path"]) == ("days", ["components", 0, "uptime"])
    assert (await client.ask("{ components { uptime(days: 730) } }"))["components"][0]["uptime"] == 100


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, ["Ada Okafor", "Ben Silva", "Chi Tran", "Dov Levi", "Eve Novak"]),
        ("chi", ["Chi Tran"]),
        ("tr", ["Chi Tran"]),
        ("CHI T", ["Chi Tran"]),
        ("ran", []),
        ("dov@", ["Dov Levi"]),
        ("%", []),
        ("_", []),
    ],
)
async def test_people_by_the_beginning_of_a_word(client, text, found):
    data = await client.ask("query($t: String) { users(text: $t) { name } }", {"t": text})
    assert [user["name"] for user in data["users"]] == found


async def test_people_by_nothing_are_refused(client):
    assert (await client.refusal('{ users(text: " ") { name } }'))["extensions"]["field"] == "text"


async def test_the_viewer_is_a_person_with_teams_or_a_script(client):
    data = await client.ask("{ viewer { kind name user { name teams { slug } } } }")
    assert data["viewer"] == {
        "kind": "USER",
        "name": "Ben Silva",
        "user": {"name": "Ben Silva", "teams": [{"slug": "payments"}]},
    }


async def test_the_cursor_is_the_newest_event_that_the_answer_sees(client, world, story):
    async def newest():
        return max(event.id for event in await world.events())

    assert decode_cursor((await client.ask("{ cursor }"))["cursor"]) == await newest()
    await world.do(report_incident, world.ben, title="More")
    assert decode_cursor((await client.ask("{ cursor }"))["cursor"]) == await newest()
    event = (
        await client.ask(f'{{ incident(ref: "{story.ref}") {{ timeline(last: 1) {{ nodes {{ id cursor }} }} }} }}')
    )["incident"]["timeline"]["nodes"][0]
    assert encode("Event", decode_cursor(event["cursor"])) == event["id"]


async def test_all_parts_of_an_answer_see_the_same_snapshot(client, world, monkeypatch):
    """Something is committed between two statements of one request: the second does not see it."""
    reads = 0
    reader = type(client.runtime.database.reader())

    def interrupted(read):
        async def reading(*given):
            nonlocal reads
            found = await read(*given)
            reads += 1
            if reads == 2:
                await world.do(report_incident, world.ben, title="In between")
            return found

        return reading

    for way in ("execute", "tuples"):
        monkeypatch.setattr(reader, way, interrupted(getattr(reader, way)))
    token = await client.token_of("ben")
    reads = 0
    headers = {"authorization": f"Bearer {token}"}
    query = (
        "{ a: cursor b: incidents(first: 1) { nodes { title } } c: cursor d: incidents(first: 1) { nodes { title } } }"
    )
    data = (await client.http.post("/graphql", json={"query": query}, headers=headers)).json()["data"]
    assert reads > 2
    assert data["a"] == data["c"]
    assert data["b"] == data["d"]


# ---- alerts


async def test_alerts_by_state_the_newest_first(client, world, story):
    other = await tell(world, title="Search is slow")
    async with world.database.unit_of_work() as session:
        (await session.get(Alert, other.alert.id)).state = AlertState.RESOLVED
    data = await client.ask(
        f"{{ all: alerts {{ nodes {{ id }} }} firing: alerts(state: FIRING) {{ nodes {{ id }} }}"
        f' one: alert(id: "{encode("Alert", story.alert.id)}") {{ title startsAt firstSeenAt lastSeenAt resolvedAt url'
        " fingerprint suppressedBecause incident { reference } } }"
    )
    first, second = encode("Alert", story.alert.id), encode("Alert", other.alert.id)
    assert [a["id"] for a in data["all"]["nodes"]] == [second, first]
    assert [a["id"] for a in data["firing"]["nodes"]] == [first]
    assert data["one"]["incident"] == {"reference": story.ref}


async def test_an_alert_by_the_id_of_something_else_is_refused(client, story):
    error = await client.refusal(f'{{ alert(id: "{encode("Task", story.task.id)}") {{ id }} }}')
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "id")


async def test_sources_and_rules(client, story):
    data = await client.ask(
        "{ alertSources { id kind name archived lastSeenAt }"
        " routingRules { id position name matchers createIncident service { slug } severity { name version } } }"
    )
    assert data["alertSources"][0]["kind"] == "alertmanager"
    assert data["routingRules"][0] == {
        "id": encode("RoutingRule", story.rule.id),
        "position": story.incident.id,
        "name": "Everything",
        "matchers": {"severity": "critical"},
        "createIncident": "ALWAYS",
        "service": {"slug": "checkout-api"},
        "severity": {"name": "SEV1", "version": 1},
    }


async def test_webhooks_are_for_admins(client, story):
    data = await client.ask("{ webhooks { id url kinds disabledBecause } }", by="ada")
    assert data["webhooks"][0]["id"] == encode("Webhook", story.webhook.id)
    error = await client.refusal("{ webhooks { id } }", by="dov")
    assert error["extensions"]["code"] == "FORBIDDEN"


# ---- action items


async def test_action_items_by_state_and_by_what_is_overdue(client, world, story, clock):
    async def titles(given):
        data = await client.ask(f"{{ actionItems{given} {{ nodes {{ title }} }} }}")
        return [node["title"] for node in data["actionItems"]["nodes"]]

    assert await titles("") == ["Add a limit"]
    assert await titles("(state: DONE)") == []
    assert await titles("(overdue: true)") == []
    clock.advance(days=7)  # the day on which it is due is not over
    assert await titles("(overdue: true)") == []
    clock.advance(days=1)
    assert await titles("(overdue: true, state: OPEN)") == ["Add a limit"]
    assert await titles("(overdue: false)") == []
    async with world.database.unit_of_work() as session:
        (await session.get(ActionItem, story.item.id)).state = ActionItemState.DONE
    assert await titles("(overdue: true)") == []
    assert await titles("(overdue: false)") == ["Add a limit"]
