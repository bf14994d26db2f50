"""The catalogue and the connections to other systems through the API."""

import pytest

from core import ids
from tests.schema.doorway import Doorway

DEMANDS = {"pages": "ON_CALL", "requiredRoles": ["commander"], "postmortemRequired": False}


@pytest.fixture
async def api(world, tmp_path):
    doorway = Doorway.open(world, tmp_path)
    yield doorway
    await doorway.close()


async def test_a_person_is_added_and_changed(api):
    fields = "user { id name email accessRole archived teams { slug } }"
    added = await api.do("ada", "saveUser", fields, name="Fay Otieno", email="fay@quillhaven.example")
    key = added["user"].pop("id")
    assert added["user"] == {
        "name": "Fay Otieno",
        "email": "fay@quillhaven.example",
        "accessRole": "RESPONDER",
        "archived": False,
        "teams": [],
    }
    changed = await api.do("ada", "saveUser", fields, id=key, accessRole="MANAGER", archived=True)
    assert (changed["user"]["accessRole"], changed["user"]["archived"]) == ("MANAGER", True)
    assert await api.refused("ada", "saveUser", name="Fay", email="BEN@quillhaven.example") == ("CONFLICT", "email")
    assert await api.refused("ada", "saveUser", email="gus@quillhaven.example") == ("INVALID_INPUT", "name")
    assert await api.refused("dov", "saveUser", name="Gus", email="gus@quillhaven.example") == ("FORBIDDEN", None)


async def test_the_last_admin_stays(api, world):
    assert await api.refused("ada", "saveUser", id=world.id_of("ada"), accessRole="VIEWER") == (
        "CONFLICT",
        "accessRole",
    )


async def test_a_team_is_added_and_changed(api, world):
    fields = "team { id slug name archived members { name } }"
    added = await api.do("dov", "saveTeam", fields, slug="data", name="Data", members=[world.id_of("ben")])
    key = added["team"].pop("id")
    assert added["team"] == {
        "slug": "data",
        "name": "Data",
        "archived": False,
        "members": [{"name": "Ben Silva"}],
    }
    changed = await api.do("dov", "saveTeam", fields, id=key, members=[world.id_of("chi"), world.id_of("eve")])
    assert [each["name"] for each in changed["team"]["members"]] == ["Chi Tran", "Eve Novak"]
    assert await api.refused("dov", "saveTeam", slug="payments", name="Pay") == ("CONFLICT", "slug")
    assert await api.refused("dov", "saveTeam", id=key, members=["nonsense"]) == ("INVALID_INPUT", "members.0")
    assert await api.refused("ben", "saveTeam", id=key, name="Mine") == ("FORBIDDEN", None)


async def test_a_role_is_added_and_changed(api):
    fields = "role { id key name duties archived }"
    added = await api.do("ada", "saveRole", fields, key="medic", name="Medic", duties="Helps.")
    key = added["role"].pop("id")
    assert added["role"] == {"key": "medic", "name": "Medic", "duties": "Helps.", "archived": False}
    changed = await api.do("ada", "saveRole", fields, id=key, duties="Looks after people.")
    assert changed["role"]["duties"] == "Looks after people."
    assert await api.refused("ada", "saveRole", id=key, key="doctor") == ("INVALID_INPUT", "key")
    assert await api.refused("dov", "saveRole", id=key, name="Mine") == ("FORBIDDEN", None)


async def test_a_service_is_added_and_changed(api, world):
    fields = "service { id slug name owner { slug } runbookUrl components { name } archived }"
    checkout = ids.encode("Component", world.components["checkout"].id)
    added = await api.do(
        "dov",
        "saveService",
        fields,
        slug="cart-api",
        name="Cart API",
        owner="platform",
        runbookUrl="https://runbooks.quillhaven.example/cart",
        components=[checkout],
    )
    key = added["service"].pop("id")
    assert added["service"] == {
        "slug": "cart-api",
        "name": "Cart API",
        "owner": {"slug": "platform"},
        "runbookUrl": "https://runbooks.quillhaven.example/cart",
        "components": [{"name": "Checkout"}],
        "archived": False,
    }
    cleared = await api.do("dov", "saveService", fields, id=key, owner=None, runbookUrl=None, components=None)
    assert (cleared["service"]["owner"], cleared["service"]["runbookUrl"]) == (None, None)
    assert cleared["service"]["components"] == []
    assert await api.refused("dov", "saveService", id=key, runbookUrl="ftp://x") == ("INVALID_INPUT", "runbookUrl")


async def test_a_component_is_added_and_changed(api):
    fields = "component { id name group position description status }"
    added = await api.do("dov", "saveComponent", fields, name="Mail", group="Shop", position=9)
    key = added["component"].pop("id")
    assert added["component"] == {
        "name": "Mail",
        "group": "Shop",
        "position": 9,
        "description": None,
        "status": "OPERATIONAL",
    }
    changed = await api.do("dov", "saveComponent", fields, id=key, group=None, status="UNDER_MAINTENANCE")
    assert (changed["component"]["group"], changed["component"]["status"]) == (None, "UNDER_MAINTENANCE")
    assert await api.refused("dov", "saveComponent", id=key, position=None) == ("INVALID_INPUT", "position")


async def test_a_severity_is_added_and_its_next_version_leaves_incidents_alone(api):
    fields = (
        "severity { id name rank version examples archived"
        " obligations { pages requiredRoles { key } internalCadenceMinutes businessHoursOnly } }"
    )
    added = await api.do(
        "ada",
        "saveSeverity",
        fields,
        name="SEV4",
        rank=4,
        definition="Cosmetic.",
        obligations={**DEMANDS, "internalCadenceMinutes": 480},
    )
    key = added["severity"].pop("id")
    assert added["severity"] == {
        "name": "SEV4",
        "rank": 4,
        "version": 1,
        "examples": [],
        "archived": False,
        "obligations": {
            "pages": "ON_CALL",
            "requiredRoles": [{"key": "commander"}],
            "internalCadenceMinutes": 480,
            "businessHoursOnly": False,
        },
    }
    declared = await api.do("ben", "declareIncident", "incident { reference }", title="Typo", severity="SEV4")
    changed = await api.do("ada", "saveSeverity", fields, id=key, obligations=DEMANDS, expectedVersion=1)
    assert changed["severity"]["version"] == 2
    assert changed["severity"]["obligations"]["internalCadenceMinutes"] is None
    data, _ = await api.ask(
        "ben",
        "query ($ref: String!) { incident(ref: $ref) { severity { version } } }",
        ref=declared["incident"]["reference"],
    )
    assert data == {"incident": {"severity": {"version": 1}}}
    assert await api.refused("ada", "saveSeverity", id=key, rank=1) == ("CONFLICT", "rank")
    assert await api.refused("ada", "saveSeverity", id=key, name="X", expectedVersion=1) == (
        "VERSION_CONFLICT",
        "expectedVersion",
    )
    assert await api.refused(
        "ada", "saveSeverity", id=key, obligations={**DEMANDS, "requiredRoles": ["commander", "juggler"]}
    ) == ("NOT_FOUND", "obligations.requiredRoles.1")


async def test_the_hook_of_an_alert_source_is_shown_once(api):
    given = {"kind": "alertmanager", "name": "Prometheus", "idempotencyKey": "k1"}
    first = await api.do("ada", "createAlertSource", "source { id kind name } hookUrl cursor", **given)
    assert first["hookUrl"].startswith("http://127.0.0.1:8000/hooks/alertmanager/msh_")
    again = await api.do("ada", "createAlertSource", "source { id kind name } hookUrl cursor", **given)
    assert again == {**first, "hookUrl": None}
    assert await api.refused("ada", "createAlertSource", kind="carrier pigeon", name="P") == ("INVALID_INPUT", "kind")
    assert await api.refused("dov", "createAlertSource", kind="alertmanager", name="P") == ("FORBIDDEN", None)


async def test_a_routing_rule_is_added_changed_and_deleted(api):
    fields = "rule { id position name matchers service { slug } severity { name } createIncident }"
    added = await api.do(
        "ada",
        "saveRoutingRule",
        fields,
        name="Critical ones",
        matchers={"severity": "critical"},
        service="checkout-api",
        severity="SEV1",
    )
    key = added["rule"].pop("id")
    assert added["rule"] == {
        "position": 1,
        "name": "Critical ones",
        "matchers": {"severity": "critical"},
        "service": {"slug": "checkout-api"},
        "severity": {"name": "SEV1"},
        "createIncident": "ALWAYS",
    }
    changed = await api.do("ada", "saveRoutingRule", fields, id=key, severity=None, createIncident="NEVER")
    assert (changed["rule"]["severity"], changed["rule"]["createIncident"]) == (None, "NEVER")
    assert await api.refused("ada", "saveRoutingRule", id=key, matchers={"job": 7}) == (
        "INVALID_INPUT",
        "matchers.job",
    )
    about = {"id": key, "idempotencyKey": "k1"}
    deleted = await api.do("ada", "deleteRoutingRule", "id cursor", **about)
    assert deleted["id"] == key
    assert await api.do("ada", "deleteRoutingRule", "id cursor", **about) == deleted
    assert await api.refused("ada", "deleteRoutingRule", id=key) == ("NOT_FOUND", "id")


async def test_the_secret_of_a_webhook_is_shown_once(api):
    given = {"url": "https://hooks.quillhaven.example/muster", "kinds": ["update.published"], "idempotencyKey": "k1"}
    first = await api.do("ada", "createWebhook", "webhook { id url kinds } secret cursor", **given)
    assert first["secret"].startswith("whsec_")
    again = await api.do("ada", "createWebhook", "webhook { id url kinds } secret cursor", **given)
    assert again == {**first, "secret": None}
    assert await api.refused("ada", "createWebhook", url="gopher://x") == ("INVALID_INPUT", "url")
    deleted = await api.do("ada", "deleteWebhook", "id", id=first["webhook"]["id"])
    assert deleted == {"id": first["webhook"]["id"]}
    assert await api.refused("ada", "deleteWebhook", id=ids.encode("Webhook", 99)) == ("NOT_FOUND", "id")
