"""Every route of the directory's door, as everybody."""

import pytest

from auth.permission import PERMISSIONS, Permission
from auth.scope import SCOPES, Scope
from auth.token import issue_token
from integrations.scim.addresses import ADDRESSES
from integrations.scim.handlers import HANDLERS
from models.person import User
from models.words import AccessRole
from tests.scim.conftest import account_token

ROLES = {"eve": AccessRole.VIEWER, "ben": AccessRole.RESPONDER, "dov": AccessRole.MANAGER, "ada": AccessRole.ADMIN}


def everything():
    """Every method of every route; `*` stands for any method."""
    for path, handlers in HANDLERS.items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if "*" in handlers else handlers:
            yield method, path.replace("{id}", "unknown").replace("{path:path}", "unknown")


async def statuses(scim, token):
    return {
        (method, path): (await scim.send(method, path, {}, token=token)).status_code for method, path in everything()
    }


def test_every_address_is_known_before_its_handlers_are_loaded():
    assert tuple(HANDLERS) == ADDRESSES


async def test_nobody_comes_in_without_a_token(scim, world):
    assert set((await statuses(scim, False)).values()) == {401}
    assert set((await statuses(scim, "mst_guess")).values()) == {401}
    assert len(await world.events()) == 0


@pytest.mark.parametrize("who", [*ROLES, *Scope])
async def test_only_who_may_administer_people_comes_in(scim, world, who):
    if isinstance(who, Scope):
        token, may = await account_token(world, [who]), Permission.ADMINISTER_PEOPLE in SCOPES[who]
    else:
        async with world.database.unit_of_work() as session:
            user = await session.get_one(User, world.users[who].id)
            token, _ = await issue_token(session, world.clock, name="x", access_role=ROLES[who], user=user)
        may = Permission.ADMINISTER_PEOPLE in PERMISSIONS[ROLES[who]]
    found = await statuses(scim, token)
    if may:
        assert {401, 403, 500} & set(found.values()) == set()
    else:
        assert set(found.values()) == {403}


async def test_a_token_that_is_bound_to_documents_stays_outside(scim, world):
    token = await account_token(world, documents=["a" * 64])
    assert set((await statuses(scim, token)).values()) == {403}


async def test_other_methods_are_refused_in_the_same_words(scim):
    assert await scim.refused("DELETE", "/Users") == (405, None)
    assert (await scim.send("PUT", "/Schemas", {})).headers["allow"] == "GET"
    assert await scim.refused("POST", "/Bulk", {}) == (501, None)
    assert await scim.refused("GET", "/Nowhere/else") == (404, None)
    assert await scim.refused("GET", "/Schemas", params={"filter": "id pr"}) == (403, None)
