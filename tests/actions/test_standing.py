"""What gives out rights that last is refused to who lost theirs while the request was under way."""

import asyncio

import pytest
from sqlalchemy import func, select, text

from actions.catalogue.people import save_user
from actions.oauth.clients import create_oauth_client
from actions.service_accounts import create_service_account, save_service_account
from actions.sessions import invite, revoke_session
from actions.sign_in import create_sign_in_link, use_sign_in_link
from actions.tokens import create_token, revoke_token, rotate_token
from auth.actor import SYSTEM, Actor
from auth.identify import NOBODY, Identity
from core.errors import DomainError
from core.ids import encode
from models.access import AccessToken, BrowserSession, OAuthClient, ServiceAccount, SignInLink
from models.person import User
from models.words import AccessRole, ActorKind

VIEWER, ADMIN = AccessRole.VIEWER, AccessRole.ADMIN
KEPT = (AccessToken, OAuthClient, ServiceAccount, SignInLink, User, BrowserSession)
WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


@pytest.fixture
async def mallory(world):
    """A second admin, as a request that is under way knows them."""
    row = await world.do(save_user, SYSTEM, name="Mallory Ray", email="mallory@quillhaven.example", access_role=ADMIN)
    return Actor(ActorKind.USER, row.id, row.name, ADMIN)


@pytest.fixture
async def account(world):
    made = await world.do(create_service_account, SYSTEM, name="Deploy bot", access_role=VIEWER)
    return encode("ServiceAccount", made.id)


@pytest.fixture
async def token(world, account):
    row, _ = await world.do(create_token, SYSTEM, name="ci", access_role=VIEWER, service_account=account)
    return encode("Token", row.id)


DENIED = {"UNAUTHENTICATED", "FORBIDDEN"}


ACTS = {
    "token": (create_token, {"name": "x", "access_role": ADMIN}),
    "token of an account": (create_token, {"name": "x", "access_role": VIEWER, "service_account": "an account"}),
    "successor": (rotate_token, {"token": "its token"}),
    "link": (invite, {"user": "ben"}),
    "client": (create_oauth_client, {"service_account": "an account", "name": "x", "access_role": VIEWER}),
    "account": (create_service_account, {"name": "x", "access_role": ADMIN}),
    "wider account": (save_service_account, {"id": "an account", "access_role": ADMIN}),
    "admin": (save_user, {"id": "ben", "access_role": ADMIN}),
    "person": (save_user, {"name": "X", "email": "x@quillhaven.example"}),
}
"""What lasts: the action, and its input with words for what is there already."""


@pytest.fixture
def acts(world, account, token):
    there = {"an account": account, "its token": token, "ben": world.id_of("ben")}
    return {
        what: (action, {name: there.get(value, value) for name, value in given.items()})
        for what, (action, given) in ACTS.items()
    }


async def kept(world):
    async with world.database.reading() as reader:
        counts = [await reader.scalar(select(func.count()).select_from(model)) for model in KEPT]
        return counts, await reader.execute(select(User.id, User.access_role).order_by(User.id))


async def refused(world, act, actor, identity=NOBODY):
    action, given = act
    before = await kept(world)
    with pytest.raises(DomainError) as refusal:
        async with world.database.unit_of_work() as session:
            session.info["identity"] = identity
            await action(session, actor, **given)
    assert await kept(world) == before
    return refusal.value.code


@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize("change", [{"archived": True}, {"access_role": VIEWER}])
async def test_a_person_who_lost_their_rights(world, mallory, acts, what, change):
    await world.do(save_user, world.ada, id=encode("User", mallory.id), **change)
    assert await refused(world, acts[what], mallory) == ("UNAUTHENTICATED" if "archived" in change else "FORBIDDEN")


@pytest.mark.parametrize("what", ACTS)
async def test_a_token_or_session_that_was_ended(world, mallory, acts, what):
    own, _ = await world.do(create_token, mallory, name="own", access_role=ADMIN)
    await world.do(revoke_token, world.ada, token=encode("Token", own.id))
    assert await refused(world, acts[what], mallory, Identity(mallory, token_id=own.id)) in DENIED
    async with world.database.unit_of_work() as session:
        user = await session.get_one(User, mallory.id)
        await use_sign_in_link(session, await create_sign_in_link(session, SYSTEM, user))
    async with world.database.reading() as reader:
        key = await reader.scalar(select(BrowserSession.id))
    await world.do(revoke_session, world.ada, session=encode("Session", key))
    assert await refused(world, acts[what], mallory, Identity(mallory, session_id=key)) == "UNAUTHENTICATED"


@pytest.mark.parametrize("change", [{"archived": True}, {"access_role": VIEWER}])
async def test_a_service_account_that_lost_its_rights(world, acts, change):
    made = await world.do(create_service_account, SYSTEM, name="Directory", access_role=ADMIN)
    bot = Actor(ActorKind.SERVICE_ACCOUNT, made.id, made.name, ADMIN)
    await world.do(save_service_account, world.ada, id=encode("ServiceAccount", made.id), **change)
    for what in ACTS.keys() - {"token"}:  # only people have their own
        assert await refused(world, acts[what], bot) in DENIED


async def test_who_is_archived_at_this_very_moment_is_waited_for(world, mallory, account):
    given = {"name": "x", "access_role": VIEWER, "service_account": account}
    async with world.database.unit_of_work() as session:
        await save_user(session, world.ada, id=encode("User", mallory.id), archived=True)
        making = asyncio.create_task(world.do(create_token, mallory, **given))
        await somebody_waits(world)
    with pytest.raises(DomainError, match="under way"):
        await making


async def test_a_link_that_is_used_while_its_person_is_archived_opens_nothing(world):
    secret = await world.do(create_sign_in_link, SYSTEM, world.users["ben"])
    async with world.database.unit_of_work() as session:
        await save_user(session, world.ada, id=world.id_of("ben"), archived=True)
        using = asyncio.create_task(world.do(use_sign_in_link, secret))
        await somebody_waits(world)
    with pytest.raises(DomainError, match="already used"):
        await using
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=False)
    async with world.database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(BrowserSession)) == 0


async def somebody_waits(world):
    """Return when a statement waits for a lock."""
    async with asyncio.timeout(3):
        while True:
            async with world.database.reading() as reader:
                if await reader.scalar(WAITING):
                    return


async def test_one_link_opens_one_session_however_many_use_it_at_once(world):
    secret = await world.do(create_sign_in_link, SYSTEM, world.users["ben"])
    used = await asyncio.gather(*(world.do(use_sign_in_link, secret) for _ in range(4)), return_exceptions=True)
    assert sorted(isinstance(each, DomainError) for each in used) == [False, True, True, True]


async def test_a_token_has_one_successor_however_many_ask_at_once(world, token):
    made = await asyncio.gather(
        *(world.do(rotate_token, world.ada, token=token) for _ in range(4)), return_exceptions=True
    )
    assert sorted(isinstance(each, DomainError) for each in made) == [False, True, True, True]
