"""The timeline: its pages, orders and filters, and what was merged into it."""

import pytest

from actions.merges import merge_incident
from core.ids import encode
from tests.schema.story import DOZEN, one, tell


@pytest.fixture
async def story(world):
    return await tell(world)


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
        ' not: timeline(pinned: false, kinds: ["entry.added"]) { nodes { text } }'
        " notes: timeline(entryKinds: [NOTE]) { nodes { entryKind } } none: timeline(entryKinds: []) { nodes { id } }",
    )
    assert [e["entryKind"] for e in found["notes"]["nodes"]] == ["NOTE"] * DOZEN
    assert found["none"]["nodes"] == []
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
