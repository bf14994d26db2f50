"""Members of private incidents."""

import pytest

from actions.members import add_member, remove_member
from actions.merges import merge_incident
from actions.roles import assign_role
from auth.actor import SYSTEM, Actor
from core import ids
from core.errors import ErrorCode
from models.access import ServiceAccount
from models.words import AccessRole, ActorKind, Visibility
from tests.actions.lifecycle import can_see, declared, kinds, last_event, members, refused


@pytest.fixture
async def secret(world):
    """A private incident that Ben declared."""
    return await declared(world, visibility=Visibility.PRIVATE)


async def add(world, incident, person, actor=None):
    return await world.do(add_member, actor or world.ben, incident=incident.reference, user=world.id_of(person))


async def remove(world, incident, person, actor=None):
    return await world.do(remove_member, actor or world.ben, incident=incident.reference, user=world.id_of(person))


async def archive(world, person):
    async with world.database.unit_of_work() as session:
        (await session.merge(world.users[person])).archived_at = world.clock.now()


async def test_a_member_sees_it_until_removed(world, secret):
    assert not await can_see(world, world.chi, secret)
    await add(world, secret, "chi")
    assert await can_see(world, world.chi, secret)
    assert (await last_event(world, secret)).data == {"user_id": world.chi.id}
    await remove(world, secret, "chi")
    assert not await can_see(world, world.chi, secret)
    assert await kinds(world, secret) == ["incident.declared", "member.added", "member.removed"]


async def test_what_is_so_already_leaves_no_trace(world, secret):
    await add(world, secret, "ben")
    await remove(world, secret, "chi")
    assert await kinds(world, secret) == ["incident.declared"]


async def test_an_admin_who_is_no_member_finds_nothing(world, secret):
    for action in (add, remove):
        with refused(ErrorCode.NOT_FOUND, "incident"):
            await action(world, secret, "ada", world.ada)


async def test_nobody_locks_themselves_out(world, secret):
    await add(world, secret, "chi")
    with refused(ErrorCode.CONFLICT, "user", "another member"):
        await remove(world, secret, "ben")
    await remove(world, secret, "ben", world.chi)
    assert await members(world, secret) == ["chi"]


async def test_the_last_person_stays(world):
    async with world.database.unit_of_work() as session:
        account = ServiceAccount(name="scanner", access_role="RESPONDER", created_at=world.clock.now())
        session.add(account)
    bot = Actor(ActorKind.SERVICE_ACCOUNT, account.id, "scanner", AccessRole.RESPONDER)
    incident = await declared(world, bot, visibility=Visibility.PRIVATE, members=[world.id_of("chi")])
    with refused(ErrorCode.CONFLICT, "user", "last person"):
        await remove(world, incident, "chi", bot)
    await add(world, incident, "dov", bot)
    await archive(world, "dov")
    with refused(ErrorCode.CONFLICT, "user", "last person"):
        await remove(world, incident, "chi", bot)
    await remove(world, incident, "dov", bot)
    assert await members(world, incident) == ["chi"]


async def test_a_role_holder_hands_over_before_leaving(world, secret):
    await world.do(assign_role, world.ben, incident=secret.reference, role="scribe", user=world.id_of("chi"))
    with refused(ErrorCode.CONFLICT, "user", "Chi Tran is Scribe"):
        await remove(world, secret, "chi")
    await world.do(assign_role, world.ben, incident=secret.reference, role="scribe", user=world.id_of("dov"))
    await remove(world, secret, "chi")
    assert await members(world, secret) == ["ben", "dov"]


async def test_of_a_visible_incident_anybody_can_leave(world):
    incident = await declared(world)
    await remove(world, incident, "ben")
    assert await members(world, incident) == []


async def test_unknown_and_archived_people(world, secret):
    for action in (add_member, remove_member):
        with refused(ErrorCode.NOT_FOUND, "user"):
            await world.do(action, world.ben, incident=secret.reference, user=ids.encode("User", 999))
    await archive(world, "chi")
    with refused(ErrorCode.INVALID_INPUT, "user", "archived"):
        await add(world, secret, "chi")


async def test_a_viewer_changes_no_members(world):
    incident = await declared(world, members=[world.id_of("eve")], visibility=Visibility.PRIVATE)
    for action in (add, remove):
        with refused(ErrorCode.FORBIDDEN):
            await action(world, incident, "chi", world.eve)


async def test_muster_itself_is_never_a_member(world):
    incident = await declared(world, SYSTEM)
    assert await members(world, incident) == []


async def test_members_of_what_was_merged_are_those_of_the_incident_that_it_goes_on_as(world, secret):
    target = await declared(world, visibility=Visibility.PRIVATE)
    await world.do(merge_incident, world.ben, incident=secret.reference, into=target.reference)
    before = await kinds(world, secret)
    for change in (add, remove):
        with refused(ErrorCode.CONFLICT, "incident", target.reference):
            await change(world, secret, "chi")
    assert await kinds(world, secret) == before
    await add(world, target, "chi")
    assert await can_see(world, world.chi, secret)
