"""Groups of the directory are teams, as far as it goes about who is in them."""

import pytest
from sqlalchemy import select

from core import ids
from models.person import Team


async def team(world, key):
    async with world.database.reading() as reader:
        return await reader.row(Team, select(Team).where(Team.id == ids.decode_as("Team", key)))


def members(shown):
    return [each["value"] for each in shown.get("members", [])]


async def test_a_group_becomes_a_team(scim, world):
    made = await scim.group("Data & Ödland", [world.id_of("ben"), world.id_of("eve")], externalId="g1")
    assert members(made) == [world.id_of("ben"), world.id_of("eve")]
    assert (made["externalId"], made["meta"]["resourceType"]) == ("g1", "Group")
    row = await team(world, made["id"])
    assert (row.slug, row.name, row.external_id) == ("data-odland", "Data & Ödland", "g1")
    assert (await scim.group("Data (Ödland)"))["displayName"] == "Data (Ödland)"
    assert await scim.refused("POST", "/Groups", {"displayName": "DATA & ödland"}) == (409, "uniqueness")
    user = await scim.ok("GET", f"/Users/{world.id_of('eve')}")
    assert [(each["value"], each["display"]) for each in user["groups"]] == [(made["id"], "Data & Ödland")]


async def test_members_come_and_go_with_an_event_each(scim, world):
    path = f"/Groups/{ids.encode('Team', world.teams['payments'].id)}"
    eve, ben = world.id_of("eve"), world.id_of("ben")
    before = len(await world.events())
    shown = await scim.patch(
        path,
        {"op": "Add", "path": "members", "value": [{"value": eve}, {"value": ben}]},
        {"op": "Remove", "path": f'members[value eq "{world.id_of("chi")}"]'},
    )
    assert sorted(members(shown)) == sorted([ben, eve])
    (event,) = (await world.events())[before:]
    assert event.data["changed"]["members"] == {"added": [world.eve.id], "removed": [world.chi.id]}
    row = await team(world, shown["id"])
    assert (row.slug, row.name) == ("payments", "Payments"), "all else of it stays"
    assert members(await scim.patch(path, {"op": "replace", "path": "members", "value": [{"value": ben}]})) == [ben]
    assert members(await scim.patch(path, {"op": "remove", "path": "members"})) == []


@pytest.mark.parametrize("value", ["VXNlcjo5OTk5", "nobody", "", None])
async def test_a_member_must_be_somebody(scim, world, value):
    path = f"/Groups/{ids.encode('Team', world.teams['payments'].id)}"
    adding = {"op": "add", "path": "members", "value": [{"value": value}]}
    assert await scim.refused("PATCH", path, {"Operations": [adding]}) == (400, "invalidValue")
    nested = [{"value": ids.encode("Team", world.teams["platform"].id), "type": "Group"}]
    assert await scim.refused("PUT", path, {"displayName": "Payments", "members": nested}) == (400, "invalidValue")


async def test_a_group_that_owns_something_is_not_dissolved(scim, world):
    payments, platform = (ids.encode("Team", world.teams[name].id) for name in ("payments", "platform"))
    answer = await scim.send("DELETE", f"/Groups/{payments}")
    assert answer.status_code == 409
    assert "Checkout API" in answer.json()["detail"]
    await scim.ok("DELETE", f"/Groups/{platform}", status=204)
    assert await scim.refused("GET", f"/Groups/{platform}") == (404, None)
    assert (await team(world, platform)).archived


async def test_a_dissolved_group_comes_back_as_the_team_it_was(scim, world):
    made = await scim.group(externalId="g1")
    await scim.ok("DELETE", f"/Groups/{made['id']}", status=204)
    back = await scim.group("Data again", [world.id_of("eve")], externalId="g1")
    assert (back["id"], back["displayName"], members(back)) == (made["id"], "Data again", [world.id_of("eve")])


async def test_only_what_is_asked_for_is_shown(scim, world):
    path = f"/Groups/{ids.encode('Team', world.teams['payments'].id)}"
    assert "members" not in await scim.ok("GET", path, params={"excludedAttributes": "members"})
    named = await scim.ok("GET", path, params={"attributes": "members.display"})
    assert named["members"] == [{"display": "Ben Silva"}, {"display": "Chi Tran"}]
