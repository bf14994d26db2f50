"""Who is behind a request: tokens, browser sessions, and everything that is neither."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.sign_in import create_sign_in_link, end_session, use_sign_in_link
from auth.actor import ANONYMOUS, SYSTEM, Actor
from auth.identify import identify
from auth.secret import SESSION, TOKEN, new_secret
from auth.token import issue_token
from core.errors import DomainError
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.access import AccessToken, ServiceAccount
from models.words import AccessRole, ActorKind
from tests.identity import HERE, actor_of, identity_of
from tests.schema.client import Statements


async def token_of(world, role, person=None):
    async with world.database.unit_of_work() as session:
        user = world.users[person] if person else None
        secret, token = await issue_token(session, world.clock, name="bot", access_role=role, user=user)
    return f"Bearer {secret}", token.id


async def session_of(world, person):
    async with world.database.unit_of_work() as session:
        return await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, world.users[person]))


async def test_nobody_is_anonymous(database):
    assert await actor_of(database, None, None) == ANONYMOUS


async def test_a_token_of_a_person_is_that_person(world, database):
    authorization, key = await token_of(world, AccessRole.ADMIN, "ada")
    assert await actor_of(database, authorization, None) == world.ada
    assert (await identity_of(database, authorization)).token_id == key


@pytest.mark.parametrize(
    ("token", "person", "found"),
    [
        (AccessRole.VIEWER, "ada", AccessRole.VIEWER),
        (AccessRole.ADMIN, "eve", AccessRole.VIEWER),
        (AccessRole.MANAGER, "ben", AccessRole.RESPONDER),
    ],
)
async def test_a_token_never_lifts_its_owner_nor_itself(world, database, token, person, found):
    authorization, _ = await token_of(world, token, person)
    assert (await actor_of(database, authorization, None)).access_role is found


async def test_a_token_of_a_script_is_a_service_account(world, database):
    authorization, _ = await token_of(world, AccessRole.RESPONDER)
    actor = await actor_of(database, authorization, None)
    assert (actor.kind, actor.name, actor.access_role) == (ActorKind.SERVICE_ACCOUNT, "bot", AccessRole.RESPONDER)


@pytest.mark.parametrize("spelling", ["bearer {}", "BEARER {}", "Bearer   {}  "])
async def test_the_scheme_is_read_as_the_rfc_says(world, database, spelling):
    authorization, _ = await token_of(world, AccessRole.ADMIN, "ben")
    secret = authorization.removeprefix("Bearer ")
    assert await actor_of(database, spelling.format(secret), None) == world.ben


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "mst_secret",
        "Bearer secret",
        "Bearer mst_é",
        f"Bearer mst_{'x' * 500}",
        "Bearer mst_unknown",
        "Bearer mst_\x00",
        "Bearer msl_link",
        "Bearer\tmst_unknown",
    ],
)
async def test_what_is_no_token_is_refused(database, authorization):
    with pytest.raises(DomainError) as refusal:
        await actor_of(database, authorization, None)
    assert refusal.value.code == "UNAUTHENTICATED"
    assert "Authorization: Bearer" in refusal.value.hint


async def test_a_revoked_token_is_refused(world, database, clock):
    authorization, key = await token_of(world, AccessRole.RESPONDER, "ben")
    async with database.unit_of_work() as session:
        (await session.get(AccessToken, key)).revoked_at = clock.now()
    with pytest.raises(DomainError):
        await actor_of(database, authorization, None)


async def test_a_token_of_someone_who_left_is_refused(world, database, clock):
    mine, _ = await token_of(world, AccessRole.RESPONDER, "ben")
    scripts, _ = await token_of(world, AccessRole.RESPONDER)
    async with database.unit_of_work() as session:
        (await session.merge(world.users["ben"])).archived_at = clock.now()
        (await session.scalars(select(ServiceAccount))).one().archived_at = clock.now()
    for authorization in (mine, scripts):
        with pytest.raises(DomainError):
            await actor_of(database, authorization, None)


async def test_a_browser_session_is_its_person_with_their_present_role(world, database):
    cookie = await session_of(world, "chi")
    assert await actor_of(database, None, cookie) == world.chi
    async with database.unit_of_work() as session:
        (await session.merge(world.users["chi"])).access_role = AccessRole.VIEWER
    assert (await actor_of(database, None, cookie)).access_role is AccessRole.VIEWER


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "mss_", f"mss_{'x' * 500}", "mss_\x00", "mss_é", pytest.param(new_secret(SESSION), id="well-formed")],
)
async def test_a_cookie_that_is_no_session_is_nobody(database, cookie):
    assert await actor_of(database, None, cookie) == ANONYMOUS


async def test_an_ended_session_is_nobody(world, database, clock):
    signed_out, expired, left = [await session_of(world, person) for person in ("chi", "dov", "ben")]
    async with database.unit_of_work() as session:
        await end_session(session, signed_out)
        (await session.merge(world.users["ben"])).archived_at = clock.now()
    assert await actor_of(database, None, signed_out) == ANONYMOUS
    assert await actor_of(database, None, left) == ANONYMOUS
    assert isinstance(await actor_of(database, None, expired), Actor)
    clock.advance(days=timedelta(days=15).days)
    assert await actor_of(database, None, expired) == ANONYMOUS


async def test_what_is_over_is_looked_up_as_often_as_what_never_was(world, database, clock):
    """Else a quicker second answer would tell that a token or session was once good."""
    authorization, key = await token_of(world, AccessRole.RESPONDER, "ben")
    cookie = await session_of(world, "chi")
    async with database.unit_of_work() as session:
        (await session.get(AccessToken, key)).expires_at = clock.now()
    clock.advance(days=15)
    runtime = Runtime(Settings(), database, Live(database))
    tried = [(f"Bearer {new_secret(TOKEN)}", None), (authorization, None), (None, new_secret(SESSION)), (None, cookie)]
    for sent, brought in tried * 2:
        with Statements(database) as statements, suppress(DomainError):
            await identify(runtime, HERE, authorization=sent, cookie=brought)
        assert len(statements.seen) == 1, (sent, brought)


async def test_a_token_counts_before_a_session_even_if_it_is_no_good(world, database):
    cookie = await session_of(world, "chi")
    authorization, _ = await token_of(world, AccessRole.ADMIN, "ben")
    assert await actor_of(database, authorization, cookie) == world.ben
    with pytest.raises(DomainError):
        await actor_of(database, "Bearer mst_unknown", cookie)
