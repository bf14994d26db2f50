"""What is public, and what is private at every exit of the API."""

import pytest

from actions.merges import merge_incident
from actions.updates import withdraw_update
from core.ids import encode
from models.incident import Incident
from models.words import IncidentKind, Visibility
from tests.schema.story import one, tell


@pytest.fixture
async def story(world):
    return await tell(world)


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
