"""What the public must not know shows nowhere: private incidents, drills, internal words, internal titles."""

import pytest
from sqlalchemy import update

from actions.updates import publish_update, withdraw_update
from models.incident import Incident
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Visibility
from tests.telling import make_incident, tell, update_id

PATHS = (
    "/",
    "/status.json",
    "/history",
    "/history.atom",
    "/history.rss",
    "/feed.json",
    "/badge.svg",
    "/fragment.html",
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/api/v2/incidents.json",
    "/api/v2/incidents/unresolved.json",
    "/history?month=2026-11",
    "/history?q=secret",
)

SAYS_NO_MORE = {
    "/badge.svg",
    "/fragment.html",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/history?q=secret",
}
"""Tell how things stand, and not of which incidents; and nothing public holds that word."""


async def hidden(make_client, key):
    """Nothing of an incident is on any page, and its own address answers like one that never was."""
    async with make_client() as client:
        for path in PATHS:
            text = (await client.get(path)).text
            assert f"INC-{key}" not in text
            assert "Secret" not in text
            assert "melted" not in text
        there, never = await client.get(f"/incidents/INC-{key}"), await client.get("/incidents/INC-424242")
    assert there.status_code == never.status_code == 404
    assert there.content == never.content
    assert there.headers == never.headers


@pytest.mark.parametrize("columns", [{"visibility": Visibility.PRIVATE}, {"kind": IncidentKind.DRILL}])
async def test_a_private_incident_and_a_drill_show_nowhere(world, make_client, columns):
    await world.do(make_incident, 7, public_title="Secret", **columns)
    await hidden(make_client, 7)


@pytest.mark.parametrize("columns", [{"visibility": Visibility.PRIVATE}, {"kind": IncidentKind.DRILL}])
async def test_not_even_if_it_was_public_before(world, make_client, columns):
    await world.do(make_incident, 7)
    claims = [("checkout", ComponentStatus.OPERATIONAL)]
    await tell(world, 7, body="Secret words", public_title="Secret title", claims=claims)
    await tell(world, 7, PublicStatus.RESOLVED, "Secret end")
    async with world.database.unit_of_work() as session:
        await session.execute(update(Incident).where(Incident.id == 7).values(**columns))
    await hidden(make_client, 7)


async def test_an_incident_with_internal_updates_only_is_not_public(world, make_client):
    await world.do(make_incident, 7, public_title="Secret")
    await world.do(
        publish_update, world.ben, incident="INC-7", audience=Audience.INTERNAL, body="Secret: the pool is empty."
    )
    await hidden(make_client, 7)


async def test_an_incident_whose_public_updates_were_all_withdrawn_is_gone(world, make_client):
    await world.do(make_incident, 7)
    written = await tell(world, 7, body="Secret", public_title="Secret")
    await world.do(withdraw_update, world.ben, update=update_id(written), reason="Secret")
    await hidden(make_client, 7)


async def test_internal_words_and_titles_of_a_public_incident_stay_inside(world, make_client):
    await world.do(make_incident, 7, summary="Secret summary", labels={"customer": "Secret"})
    await world.do(publish_update, world.ben, incident="INC-7", audience=Audience.INTERNAL, body="Secret: pool empty.")
    await tell(world, 7, body="Something is slow.")
    await world.do(publish_update, world.ben, incident="INC-7", audience=Audience.INTERNAL, body="Secret: it is not.")
    async with make_client() as client:
        for path in (*PATHS, "/incidents/INC-7"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "INC-7" in answer.text or path in SAYS_NO_MORE
            for word in ("Secret", "melted", "Acme", "Ben Silva"):
                assert word not in answer.text
