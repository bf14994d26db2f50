"""Everything that the API shows of an incident, field group by field group."""

import pytest

from actions.merges import merge_incident
from actions.updates import withdraw_update
from core.ids import encode
from models.incident import Incident
from models.words import IncidentKind, Visibility
from tests.schema.story import DOZEN, tell


@pytest.fixture
async def story(world):
    return await tell(world, summary="Carts time out.", labels={"region": "eu-1"})


async def one(client, story, selection, by="ben"):
    data = await client.ask(f"query($r: String!) {{ incident(ref: $r) {{ {selection} }} }}", {"r": story.ref}, by=by)
    return data["incident"]


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
        "alerts { nodes { title state count labels source { name kind archived } incident { reference } } }"
        " actionItems { nodes { title owner { name } assignee { name } priority dueOn state incident { number } } }",
    )
    (alert,) = found["alerts"]["nodes"]
    assert alert["incident"] == {"reference": story.ref}
    assert (alert["labels"], alert["count"], alert["source"]["kind"]) == ({"job": "api"}, 3, "alertmanager")
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


async def test_deliveries_are_for_auditors(client, story):
    query = "query($r: String!) { incident(ref: $r) { reference deliveries { nodes { to state event { number } } } } }"
    data = await client.ask(query, {"r": story.ref}, by="dov")
    (delivery,) = data["incident"]["deliveries"]["nodes"]
    assert (delivery["to"], delivery["state"]) == ("chi@quillhaven.example", "SENT")
    answer = await client.answer(query, {"r": story.ref}, by="ben")
    assert answer["data"] == {"incident": {"reference": story.ref, "deliveries": None}}
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["incident", "deliveries"], "FORBIDDEN")


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


# ---- the timeline


async def test_the_timeline_pages_from_its_first_event_on(client, story):
    query = (
        "query($r: String!, $after: Cursor) { incident(ref: $r) { timeline(first: 7, after: $after)"
        " { edges { cursor node { number } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"
    )
    numbers, after = [], None
    while True:
        page = (await client.ask(query, {"r": story.ref, "after": after}))["incident"]["timeline"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        numbers += [edge["node"]["number"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == len([e for e in await client.world.events(story.incident.id) if e.number])


async def test_the_newest_five_come_last(client, story):
    found = await one(client, story, "timeline(last: 5) { nodes { number } pageInfo { hasNextPage hasPreviousPage } }")
    newest = max(e.number for e in await client.world.events(story.incident.id) if e.number)
    assert [e["number"] for e in found["timeline"]["nodes"]] == list(range(newest - 4, newest + 1))
    assert found["timeline"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}


async def test_the_timeline_as_it_happened_begins_with_what_was_back_dated(client, story):
    found = await one(client, story, f"timeline(order: OCCURRED, first: {DOZEN}) {{ nodes {{ text occurredAt }} }}")
    assert [e["text"] for e in found["timeline"]["nodes"]] == [f"Note {n}" for n in range(DOZEN)]


async def test_the_timeline_by_kind_and_by_pins(client, story):
    found = await one(
        client,
        story,
        'pins: timeline(pinned: true) { nodes { text pinned entryKind } } roles: timeline(kinds: ["role.assigned"])'
        " { nodes { kind actor { name user { name } } text data } }"
        ' not: timeline(pinned: false, kinds: ["entry.added"]) { nodes { text } }',
    )
    assert found["pins"]["nodes"] == [{"text": "Note 3", "pinned": True, "entryKind": "NOTE"}]
    assert {e["kind"] for e in found["roles"]["nodes"]} == {"role.assigned"}
    assert found["roles"]["nodes"][0]["text"].startswith("Ben Silva")
    assert len(found["not"]["nodes"]) == DOZEN - 1


async def test_a_kind_that_there_is_not_is_refused_by_name(client, story):
    error = await client.refusal(
        'query($r: String!) { incident(ref: $r) { timeline(kinds: ["entry.added", "party.begun"]) { nodes { id } } } }',
        {"r": story.ref},
    )
    assert error["extensions"]["field"] == "kinds.1"
    assert error["path"] == ["incident", "timeline"]


async def test_a_cursor_of_one_order_is_refused_in_the_other(client, story):
    found = await one(client, story, "timeline(first: 1) { pageInfo { endCursor } }")
    error = await client.refusal(
        "query($r: String!, $c: Cursor)"
        " { incident(ref: $r) { timeline(order: OCCURRED, after: $c) { nodes { id } } } }",
        {"r": story.ref, "c": found["timeline"]["pageInfo"]["endCursor"]},
    )
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", "after")


async def test_what_was_merged_into_it_is_on_its_timeline(client, world, story):
    other = await tell(world, title="Search is slow")
    await world.do(merge_incident, world.ben, incident=other.ref, into=story.ref)
    both = [e.id for key in (story.incident.id, other.incident.id) for e in await world.events(key) if e.number]
    found = await one(
        client,
        story,
        "mergedFrom { reference } timeline(first: 100) { nodes { id incident { reference } } }"
        " newest: timeline(last: 3) { nodes { id } pageInfo { hasPreviousPage } }"
        " occurred: timeline(first: 100, order: OCCURRED) { nodes { id } }",
    )
    assert found["mergedFrom"] == [{"reference": other.ref}]
    ids = [encode("Event", key) for key in sorted(both)]
    assert [e["id"] for e in found["timeline"]["nodes"]] == ids
    assert [e["id"] for e in found["newest"]["nodes"]] == ids[-3:]
    assert sorted(e["id"] for e in found["occurred"]["nodes"]) == sorted(ids)
    into = await client.ask(
        "query($r: String!) { incident(ref: $r) { stage mergedInto { reference } } }", {"r": other.ref}
    )
    assert into["incident"] == {"stage": "MERGED", "mergedInto": {"reference": story.ref}}


# ---- what is public, and what is private


async def test_without_a_public_update_it_is_not_public(client, world, story):
    assert (await one(client, story, "publicUrl"))["publicUrl"] is not None
    await world.do(withdraw_update, world.ben, update=encode("Update", story.update.id), reason="Wrong incident.")
    assert (await one(client, story, "publicUrl"))["publicUrl"] is None


async def test_a_drill_is_never_public(client):
    data = await client.ask(
        'mutation { declareIncident(input: {title: "Fire drill", severity: "SEV3", kind: DRILL})'
        " { incident { kind publicUrl nextUpdateDueAt(audience: PUBLIC) } } }"
    )
    assert data["declareIncident"]["incident"] == {
        "kind": IncidentKind.DRILL,
        "publicUrl": None,
        "nextUpdateDueAt": None,
    }


async def test_a_private_incident_is_not_there_for_others_not_even_admins(client, world):
    story = await tell(world, title="Leaked keys", visibility=Visibility.PRIVATE)
    ids = {
        noun: encode(noun, key)
        for noun, key in {
            "Incident": story.incident.id,
            "Event": story.notes[0].id,
            "Task": story.task.id,
            "Update": story.update.id,
            "Alert": story.alert.id,
            "Delivery": story.delivery.id,
            "Postmortem": story.postmortem.id,
            "ActionItem": story.item.id,
        }.items()
    }
    selection = " ".join(f'{noun}: node(id: "{key}") {{ id }}' for noun, key in ids.items())
    roots = (
        f'incident(ref: "{story.ref}") {{ id }} incidents {{ nodes {{ id }} }} alerts {{ nodes {{ id }} }}'
        f' actionItems {{ nodes {{ id }} }} alert(id: "{ids["Alert"]}") {{ id }}'
        ' found: incidents(filter: {text: "leaked"}) { nodes { id } }'
    )
    hidden = await client.ask(f"{{ {selection} {roots} }}", by="ada")
    for noun in ids:
        assert hidden[noun] is None, noun
    assert hidden["incident"] is hidden["alert"] is None
    assert [hidden[name]["nodes"] for name in ("incidents", "alerts", "actionItems", "found")] == [[], [], [], []]
    shown = await client.ask(f"{{ {selection} {roots} }}", by="dov")  # the scribe: a member, and an auditor
    assert {noun: shown[noun]["id"] for noun in ids} == ids
    assert len(shown["found"]["nodes"]) == 1


async def test_links_to_a_private_incident_lead_nowhere_for_others(client, world, story):
    other = await tell(world, title="Search is slow")
    await world.do(merge_incident, world.ben, incident=other.ref, into=story.ref)
    async with world.database.unit_of_work() as session:  # as if it had been made private and nothing else were
        (await session.get(Incident, story.incident.id)).visibility = Visibility.PRIVATE
    query = f'{{ incident(ref: "{other.ref}") {{ stage mergedInto {{ reference }} }} }}'
    assert (await client.ask(query, by="eve"))["incident"] == {"stage": "MERGED", "mergedInto": None}
    assert (await client.ask(query, by="chi"))["incident"]["mergedInto"] == {"reference": story.ref}


async def test_what_was_merged_from_a_private_incident_is_not_shown_to_others(client, world, story):
    other = await tell(world, title="Search is slow")
    await world.do(merge_incident, world.ben, incident=other.ref, into=story.ref)
    async with world.database.unit_of_work() as session:
        (await session.get(Incident, other.incident.id)).visibility = Visibility.PRIVATE
    query = (
        f'{{ incident(ref: "{story.ref}") {{ mergedFrom {{ id }} timeline(first: 100) {{ nodes {{ number }} }} }} }}'
    )
    shown, hidden = [(await client.ask(query, by=person))["incident"] for person in ("chi", "eve")]
    assert (len(shown["mergedFrom"]), len(hidden["mergedFrom"])) == (1, 0)
    assert len(hidden["timeline"]["nodes"]) < len(shown["timeline"]["nodes"])
