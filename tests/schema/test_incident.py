"""Everything that the API shows of an incident, field group by field group."""

import pytest
from sqlalchemy import select

from core.ids import encode
from models.delivery import Delivery
from models.words import DeliveryState
from tests.schema.story import one, tell


@pytest.fixture
async def story(world):
    return await tell(world, summary="Carts time out.", labels={"region": "eu-1"})


async def test_what_it_is(client, story):
    fields = "id reference number title publicTitle summary labels stage kind visibility version url publicUrl"
    assert await one(client, story, fields) == {
        "id": encode("Incident", story.incident.id),
        "reference": story.ref,
        "number": story.incident.id,
        "title": "Checkout is slow",
        "publicTitle": "Payments fail",
        "summary": "Carts time out.",
        "labels": {"region": "eu-1"},
        "stage": "RESPONSE",
        "kind": "REAL",
        "visibility": "ORGANISATION",
        "version": 2,  # its public title was set by the update
        "url": f"http://muster.example/console/incidents/{story.ref}",
        "publicUrl": f"http://muster.example/incidents/{story.ref}",
    }


async def test_its_severity_and_what_that_demands(client, story):
    severity = (
        await one(
            client, story, "severity { id name rank version archived obligations { pages requiredRoles { key } } }"
        )
    )["severity"]
    assert severity.pop("obligations")["requiredRoles"][0] == {"key": "commander"}
    assert severity == {"id": encode("Severity", 1), "name": "SEV1", "rank": 1, "version": 1, "archived": False}


async def test_its_moments_are_utc_with_microseconds(client, story):
    moments = await one(client, story, "detectedAt acknowledgedAt declaredAt mitigatedAt impactStartedAt closedAt")
    assert moments["declaredAt"] == moments["acknowledgedAt"]
    assert moments["declaredAt"].startswith("2026-11-24T03:00:00.0000")
    assert len(moments["declaredAt"]) == len("2026-11-24T03:00:00.000000Z")
    assert moments["mitigatedAt"] is moments["impactStartedAt"] is moments["closedAt"] is None


async def test_who_works_on_it(client, story):
    found = await one(
        client,
        story,
        "reportedBy { kind name user { email } } commander { name } members { name } unfilledRoles { key }"
        " roles { role { key name duties archived } user { name } assumedAt relinquishedAt }"
        " history: roles(current: false) { role { key } user { name } relinquishedAt }",
    )
    assert found["reportedBy"] == {"kind": "USER", "name": "Ben Silva", "user": {"email": "ben@quillhaven.example"}}
    assert found["commander"] == {"name": "Chi Tran"}
    assert [m["name"] for m in found["members"]] == ["Ben Silva", "Chi Tran", "Dov Levi"]
    assert [(r["role"]["key"], r["user"]["name"]) for r in found["roles"]] == [
        ("commander", "Chi Tran"),
        ("scribe", "Dov Levi"),
    ]
    assert [r["relinquishedAt"] is None for r in found["history"]] == [False, True, True]
    assert found["unfilledRoles"] == [{"key": "technical_lead"}, {"key": "communications_lead"}]


async def test_what_it_touches(client, story):
    found = await one(
        client, story, "services { slug owner { slug members { name } } components { name status group } }"
    )
    assert found["services"] == [
        {
            "slug": "checkout-api",
            "owner": {"slug": "payments", "members": [{"name": "Ben Silva"}, {"name": "Chi Tran"}]},
            "components": [{"name": "Checkout", "status": "PARTIAL_OUTAGE", "group": "Shop"}],
        }
    ]


async def test_its_tasks(client, story):
    found = await one(
        client, story, "tasks { nodes { title state claimedBy { kind name } claimedAt doneAt incident { reference } } }"
    )
    claimed, free = found["tasks"]["nodes"]
    assert claimed["claimedBy"] == {"kind": "USER", "name": "Ben Silva"}
    assert claimed["claimedAt"] is not None
    assert free == {
        "title": "Call the provider",
        "state": "OPEN",
        "claimedBy": None,
        "claimedAt": None,
        "doneAt": None,
        "incident": {"reference": story.ref},
    }


async def test_its_updates(client, story):
    found = await one(
        client,
        story,
        "updates { nodes { audience status body author { name } components { component { name } from to } nextUpdateBy"
        " editedAt withdrawnAt incident { number } } } internal: updates(audience: INTERNAL) { nodes { id } }"
        " nextUpdateDueAt(audience: PUBLIC)",
    )
    (update,) = found["updates"]["nodes"]
    assert update["components"] == [{"component": {"name": "Checkout"}, "from": "OPERATIONAL", "to": "PARTIAL_OUTAGE"}]
    assert (update["audience"], update["status"], update["author"]["name"]) == ("PUBLIC", "INVESTIGATING", "Ben Silva")
    assert update["nextUpdateBy"] == found["nextUpdateDueAt"]
    assert found["internal"]["nodes"] == []


async def test_its_alerts_and_action_items(client, story):
    found = await one(
        client,
        story,
        "alerts { nodes { title state count labels annotations source { name kind archived } incident { reference } } }"
        " actionItems { nodes { title owner { name } assignee { name } priority dueOn state incident { number } } }",
    )
    (alert,) = found["alerts"]["nodes"]
    assert alert["incident"] == {"reference": story.ref}
    assert (alert["labels"], alert["count"], alert["source"]["kind"]) == ({"job": "api"}, 3, "alertmanager")
    assert alert["annotations"] == {}
    (item,) = found["actionItems"]["nodes"]
    assert (item["dueOn"], item["owner"], item["assignee"]) == ("2026-12-01", {"name": "Payments"}, None)


async def test_its_postmortem_rests_on_events(client, story):
    found = await one(
        client,
        story,
        "postmortem { status version markdown sections { key title markdown version }"
        " statements { section text generated sources { number } } incident { reference } }",
    )
    postmortem = found["postmortem"]
    assert postmortem["sections"] == [{"key": "summary", "title": "Summary", "markdown": "Very slow.", "version": 1}]
    assert postmortem["statements"][0]["sources"] == [{"number": story.notes[0].number}]
    assert "Very slow." in postmortem["markdown"]


async def test_everybody_sees_which_colleagues_were_told_and_auditors_what_else_was_sent(client, story, world):
    async with world.database.unit_of_work() as session:
        mail = await session.scalar(select(Delivery))
        own = {"event_id": mail.event_id, "incident_id": mail.incident_id, "created_at": mail.created_at}
        hook = {"channel": "webhook", "template": "incident.declared", "to": "https://hooks.example/1", "user_id": None}
        session.add(Delivery(state=DeliveryState.FAILED, error="HTTP 500", **hook, **own))
        mail.user_id = world.chi.user_id
    query = """query($r: String!) { incident(ref: $r) {
      deliveries { nodes { id to state error user { name } template event { number } } } } }"""
    both = (await client.ask(query, {"r": story.ref}, by="dov"))["incident"]["deliveries"]["nodes"]
    assert [(row["to"], row["state"], row["error"]) for row in both] == [
        ("chi@quillhaven.example", "SENT", None),
        ("https://hooks.example/1", "FAILED", "HTTP 500"),
    ]
    (told,) = (await client.ask(query, {"r": story.ref}, by="eve"))["incident"]["deliveries"]["nodes"]
    assert told == both[0]
    assert told["user"] == {"name": "Chi Tran"}
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert [(await client.ask(node, {"id": row["id"]}, by="eve"))["node"] for row in both] == [{"id": told["id"]}, None]


@pytest.mark.parametrize("ref", ["INC-{}", "inc-{}", "{}"])
async def test_it_answers_to_its_reference_and_number(client, story, ref):
    data = await client.ask("query($r: String!) { incident(ref: $r) { number } }", {"r": ref.format(story.incident.id)})
    assert data["incident"] == {"number": story.incident.id}


async def test_it_answers_to_its_id_and_nothing_else(client, story):
    query = "query($r: String!) { incident(ref: $r) { number } }"
    data = await client.ask(query, {"r": encode("Incident", story.incident.id)})
    assert data["incident"] == {"number": story.incident.id}
    assert (await client.ask(query, {"r": "INC-99999"}))["incident"] is None
    error = await client.refusal(query, {"r": "the big one"})
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "ref")
