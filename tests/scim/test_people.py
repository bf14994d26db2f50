"""What a directory does to people, and what it must not."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from actions.roles import assign_role
from actions.sign_in import open_session
from actions.visibility_changes import change_visibility
from auth.cookies import SESSION as COOKIE
from auth.token import issue_token
from core import ids
from core.client import Client
from models.incident import Incident
from models.person import TeamMember, User
from models.role import RoleAssignment
from models.words import AccessRole, ActorKind, Visibility
from schema import endpoint, websocket
from tests.schema.client import HOST, app_of
from tests.schema.credentials import Scripts
from tests.schema.sockets import connected, serving, token_of

OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


async def row(world, key):
    async with world.database.reading() as reader:
        return await reader.row(User, select(User).where(User.id == key))


def key_of(user):
    return ids.decode_as("User", user["id"])


async def test_a_person_is_enrolled_and_shown_as_kept(scim, world):
    given = {"externalId": "00u1", "name": {"givenName": "Fay", "familyName": "Moss"}, "roles": [{"value": "Manager"}]}
    made = await scim.user(**given)
    assert made.pop("meta").keys() == {"resourceType", "created", "lastModified", "location", "version"}
    key = made.pop("id")
    assert made == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": "00u1",
        "userName": "fay@quillhaven.example",
        "name": {"familyName": "Moss", "givenName": "Fay"},
        "displayName": "Fay Moss",
        "active": True,
        "emails": [{"value": "fay@quillhaven.example", "type": "work", "primary": True}],
        "roles": [{"value": "manager"}],
    }
    person = await row(world, ids.decode_as("User", key))
    assert (person.name, person.email, person.access_role) == (
        "Fay Moss",
        "fay@quillhaven.example",
        AccessRole.MANAGER,
    )
    (event,) = [e for e in await world.events(None, "setting.saved") if e.data["key"] == person.id]
    assert (event.actor_kind, event.data["created"]) == (ActorKind.SERVICE_ACCOUNT, True)
    assert "Fay" not in str(event.data)
    assert "quillhaven" not in str(event.data)


async def test_names_are_made_of_what_there_is(scim):
    for more, name in (
        ({"displayName": None, "name": {"givenName": "Gil", "familyName": "Ode"}}, "Gil Ode"),
        ({"displayName": None, "name": {"formatted": "Dr. Ode"}}, "Dr. Ode"),
        ({"displayName": " "}, "gil"),
    ):
        made = await scim.user("gil@quillhaven.example", **more)
        assert (made["displayName"], made["roles"]) == (name, [{"value": "responder"}])
        await scim.ok("DELETE", f"/Users/{made['id']}", status=204)


async def test_an_address_and_an_external_id_are_one_persons(scim, world):
    assert await scim.refused("POST", "/Users", {"userName": "BEN@quillhaven.example"}) == (409, "uniqueness")
    made = await scim.user(externalId="00u1")
    again = {"userName": "other@quillhaven.example", "externalId": "00u1"}
    assert await scim.refused("POST", "/Users", again) == (409, "uniqueness")
    ben = f"/Users/{world.id_of('ben')}"
    assert await scim.refused("PUT", ben, {"userName": made["userName"], "displayName": "B"}) == (409, "uniqueness")
    assert await scim.refused("PUT", ben, {"userName": "no address", "displayName": "B"}) == (400, "invalidValue")
    assert await scim.refused("POST", "/Users", {"displayName": "Nobody"}) == (400, "invalidValue")


async def test_whoever_is_deactivated_loses_every_way_in_at_once(scim, world, runtime):
    async with world.database.unit_of_work(Client("198.51.100.7", "Firefox")) as session:
        cookie = open_session(session, world.users["chi"], lives=timedelta(days=14))
        token, _ = await issue_token(
            session, world.clock, name="cli", access_role=AccessRole.RESPONDER, user=world.users["chi"]
        )
    scripts = Scripts(None, runtime)
    assert await scripts.code(token) == (200, None)
    before = len(await world.events())
    shown = await scim.patch(f"/Users/{world.id_of('chi')}", OFF)
    assert shown["active"] is False
    assert await scripts.code(token) == (401, "UNAUTHENTICATED")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(runtime)), base_url=HOST) as http:
        headers = {"cookie": f"{COOKIE}={cookie}", "origin": HOST}
        answer = await http.post("/graphql", json={"query": "{ viewer { kind } }"}, headers=headers)
    assert answer.json()["data"]["viewer"]["kind"] == "ANONYMOUS"
    events = (await world.events())[before:]
    assert [e.kind for e in events] == ["person.signed_out", "access.revoked", "setting.saved"]
    assert {e.actor_kind for e in events} == {ActorKind.SERVICE_ACCOUNT}
    await scim.patch(f"/Users/{world.id_of('chi')}", OFF)
    assert len(await world.events()) == before + 3, "what changes nothing records nothing"
    await scim.patch(f"/Users/{world.id_of('chi')}", ON)
    assert await scripts.code(token) == (401, "UNAUTHENTICATED"), "and for good"


@pytest.mark.parametrize("way", ["PATCH", "DELETE"])
async def test_a_subscription_is_cut_within_a_second(scim, world, runtime, way):
    token, _ = await token_of(world, "chi")
    routes = [*endpoint.routes(runtime), *websocket.routes(runtime)]
    async with runtime.live.running(), serving(routes) as address, connected(address, token) as client:
        await client.start("a", "subscription { feed { cursor } }")
        await asyncio.sleep(0.2)
        started = asyncio.get_running_loop().time()
        path = f"/Users/{world.id_of('chi')}"
        await (scim.patch(path, OFF) if way == "PATCH" else scim.ok("DELETE", path, status=204))
        assert await client.closing() in (4401, 4403)
        assert asyncio.get_running_loop().time() - started < 1


async def test_roles_in_open_incidents_are_handed_in_so_that_the_gap_is_seen(scim, world):
    roles = {"title": "Down", "severity": "SEV1"}
    public = await world.do(declare_incident, world.dov, **roles)
    secret = await world.do(declare_incident, world.dov, **roles)
    over = await world.do(declare_incident, world.dov, **roles)
    for incident in (public, secret, over):
        given = {"incident": incident.reference, "role": "commander", "user": world.id_of("ben")}
        await world.do(assign_role, world.dov, **given)
    private = {"incident": secret.reference, "visibility": Visibility.PRIVATE, "reason": "Security"}
    await world.do(change_visibility, world.dov, **private)
    async with world.database.unit_of_work() as session:
        (await session.get_one(Incident, over.id)).stage = "CLOSED"
    await scim.patch(f"/Users/{world.id_of('ben')}", OFF)
    async with world.database.reading() as reader:
        held = await reader.execute(
            select(RoleAssignment.incident_id).where(
                RoleAssignment.user_id == world.ben.id, RoleAssignment.relinquished_at.is_(None)
            )
        )
    assert [each[0] for each in held] == [over.id], "what is over is past"
    for incident in (public, secret):
        (event,) = await world.events(incident.id, "role.relinquished")
        assert (event.actor_kind, event.data["user_id"]) == (ActorKind.SERVICE_ACCOUNT, world.ben.id)
        assert event.number is not None
        assert (await world.incident(incident.id)).roles_due_at is not None
    assert (await world.events(secret.id, "role.relinquished"))[0].visibility is Visibility.PRIVATE


async def test_the_last_admin_stays(scim, world):
    ada = f"/Users/{world.id_of('ada')}"
    for method, body in (("PUT", {"userName": "ada@quillhaven.example", "active": False}), ("DELETE", None)):
        answer = await scim.send(method, ada, body)
        assert answer.status_code == 409
        assert "last admin" in answer.json()["detail"]
    async with world.database.unit_of_work() as session:
        (await session.get_one(User, world.dov.id)).access_role = AccessRole.ADMIN
    assert (await scim.patch(ada, OFF))["active"] is False
    assert await scim.refused("DELETE", f"/Users/{world.id_of('dov')}") == (409, None)


async def test_two_admins_can_not_be_deactivated_at_the_same_time(scim, world):
    async with world.database.unit_of_work() as session:
        (await session.get_one(User, world.dov.id)).access_role = AccessRole.ADMIN
    bodies = {"Operations": [OFF]}
    paths = [f"/Users/{world.id_of(name)}" for name in ("ada", "dov")]
    answers = await asyncio.gather(*(scim.send("PATCH", path, bodies) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_the_directory_neither_makes_nor_demotes_admins_nor_says_how_one_comes_in(scim, world):
    ada, ben = (f"/Users/{world.id_of(name)}" for name in ("ada", "ben"))
    admin = {"op": "replace", "path": "roles", "value": [{"value": "admin"}]}
    assert await scim.refused("PATCH", ben, {"Operations": [admin]}) == (403, None)
    assert await scim.refused("POST", "/Users", {"userName": "m@x.example", "roles": admin["value"]}) == (403, None)
    for operation in (
        {"op": "replace", "path": "roles", "value": [{"value": "manager"}]},
        {"op": "replace", "path": "userName", "value": "mallory@evil.example"},
    ):
        assert await scim.refused("PATCH", ada, {"Operations": [operation]}) == (403, None)
    shown = await scim.patch(ada, admin, {"op": "replace", "path": "displayName", "value": "Ada O."})
    assert (shown["displayName"], shown["roles"]) == ("Ada O.", [{"value": "admin"}])
    assert (await row(world, world.ben.id)).access_role is AccessRole.RESPONDER


async def test_whoever_returns_has_the_rights_of_a_responder_until_somebody_gives_more(scim, world):
    dov = f"/Users/{world.id_of('dov')}"
    gone = await scim.patch(dov, OFF)
    assert gone["roles"] == [{"value": "responder"}]
    back = await scim.patch(dov, ON)
    assert (back["active"], back["roles"]) == (True, [{"value": "responder"}])
    more = await scim.patch(dov, {"op": "replace", "path": "roles", "value": [{"value": "manager"}]})
    assert more["roles"] == [{"value": "manager"}]
    (left,) = [e for e in await world.events(None, "setting.saved") if "from" in e.data["changed"].get("archived", {})][
        :1
    ]
    assert left.data["changed"]["access_role"] == {"from": "MANAGER", "to": "RESPONDER"}


async def test_an_admin_who_was_archived_by_hand_does_not_return_as_one(scim, world):
    async with world.database.unit_of_work() as session:
        dov = await session.get_one(User, world.dov.id)
        dov.access_role, dov.sees_private, dov.archived_at = AccessRole.ADMIN, True, world.clock.now()
    back = await scim.patch(f"/Users/{world.id_of('dov')}", ON)
    assert back["roles"] == [{"value": "responder"}]
    assert (await row(world, world.dov.id)).sees_private is False


async def test_whoever_is_struck_off_is_hidden_and_returns_as_who_they_were(scim, world):
    chi = world.id_of("chi")
    async with world.database.unit_of_work() as session:
        (await session.get_one(User, world.chi.id)).external_id = "00uC"
    await scim.ok("DELETE", f"/Users/{chi}", status=204)
    for method, body in (("GET", None), ("DELETE", None), ("PUT", {"userName": "chi@quillhaven.example"})):
        assert await scim.refused(method, f"/Users/{chi}", body) == (404, None)
    assert await scim.found("/Users", 'userName eq "chi@quillhaven.example"') == []
    payments = await scim.ok("GET", f"/Groups/{ids.encode('Team', world.teams['payments'].id)}")
    assert [m["value"] for m in payments["members"]] == [world.id_of("ben")]
    assert (await row(world, world.chi.id)).name == "Chi Tran", "their past keeps their name"
    other = {"userName": "chi@quillhaven.example", "externalId": "00uX"}
    assert await scim.refused("POST", "/Users", other) == (409, "uniqueness"), "an address that was given to another"
    back = await scim.user("chi.tran@quillhaven.example", externalId="00uC", displayName="Chi Tran")
    assert (back["id"], back["active"]) == (chi, True)
    assert back["userName"] == "chi.tran@quillhaven.example"
    async with world.database.reading() as reader:
        assert await reader.execute(select(TeamMember).where(TeamMember.user_id == world.chi.id)) == []


async def test_somebody_cannot_strike_themselves_off(scim, world):
    async with world.database.unit_of_work() as session:
        (await session.get_one(User, world.dov.id)).access_role = AccessRole.ADMIN
    token, _ = await token_of(world, "ada")
    assert await scim.refused("DELETE", f"/Users/{world.id_of('ada')}", token=token) == (409, None)


async def test_versions_keep_two_from_overwriting_each_other(scim):
    made = await scim.user()
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    got = await scim.send("GET", path)
    assert (got.headers["etag"], got.json()["meta"]["version"]) == (version, version)
    assert (await scim.send("GET", path, headers={"if-none-match": version})).status_code == 304
    stale = {"if-match": 'W/"1"'}
    assert (await scim.send("PATCH", path, {"Operations": [OFF]}, headers=stale)).status_code == 412
    assert (await scim.send("DELETE", path, headers=stale)).status_code == 412
    shown = await scim.patch(path, OFF, headers={"if-match": version})
    assert shown["meta"]["version"] != version
    assert shown["meta"]["lastModified"] > made["meta"]["lastModified"]
    assert (await scim.send("PUT", path, {"userName": "f@x.example"}, headers={"if-match": version})).status_code == 412
    assert (await scim.send("DELETE", path, headers={"if-match": "*"})).status_code == 204


async def test_what_is_left_out_of_a_put_stays_but_for_the_parts_of_the_name(scim):
    made = await scim.user(externalId="00u1", name={"givenName": "Fay"}, roles=[{"value": "viewer"}])
    path = f"/Users/{made['id']}"
    await scim.patch(path, OFF)
    put = await scim.ok("PUT", path, {"userName": made["userName"], "displayName": "Fay"})
    kept = {name: put.get(name) for name in ("externalId", "name", "roles", "active")}
    assert kept == {"externalId": "00u1", "name": None, "roles": [{"value": "viewer"}], "active": False}
