"""Who comes after: the same accounts are other people, and what is asked at the same moment ends in one of two ways."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from actions.directory.listed import Listed
from actions.directory.people import change_person, enrol_person
from actions.entries import add_entry
from actions.erasing.person import erase_person, rehearse_erasure
from actions.erasing.person_search import mentions_of
from actions.provider_sign_in import admit
from actions.reports import report_incident
from actions.roles import assign_role
from actions.visibility_changes import change_visibility
from auth.actor import SYSTEM
from auth.oidc.claims import Claimed
from core import ids
from core.errors import DomainError, ErrorCode
from core.oidc_settings import ProviderSettings
from models.access import BrowserSession, UserIdentity
from models.person import User
from models.personal import SEARCHED
from models.role import RoleAssignment
from models.words import AccessRole, EntryKind, Visibility
from tests.actions.lifecycle import refused
from tests.erasing.person import EMAIL, EXTERNAL, NAME, SUBJECT, Life

REASON = "Request 4711"
PROVIDER = ProviderSettings(key="sso", issuer="https://zebulon.example", client_id="x", client_secret="y")


@pytest.fixture
async def life(world):
    return await Life.lived(world)


async def erase(world, reference, person="ada"):
    return await world.do(erase_person, getattr(world, person), user=reference, reason=REASON)


async def test_a_directory_enrols_somebody_new_and_does_not_see_the_old_one(life):
    world = life.world
    await erase(world, life.reference)
    listed = Listed(email=EMAIL, name=NAME, external_id=EXTERNAL, active=True)
    again = await world.do(enrol_person, world.ada, listed=listed)
    assert again.id != life.key
    with refused(ErrorCode.NOT_FOUND, "id", ""):
        await world.do(change_person, world.ada, reference=life.reference, change=lambda found: found)


async def test_a_provider_lets_somebody_new_in(life):
    world = life.world
    claimed = Claimed(PROVIDER.issuer, SUBJECT, EMAIL, NAME, None, None, None)
    await erase(world, life.reference)
    await world.do(admit, PROVIDER, claimed, id_token="x", lives=timedelta(hours=1))
    async with world.database.reading() as reader:
        identity = await reader.row(UserIdentity, select(UserIdentity).where(UserIdentity.subject == SUBJECT))
        session = await reader.row(BrowserSession, select(BrowserSession).where(BrowserSession.subject == SUBJECT))
    assert identity.user_id == session.user_id != life.key


async def test_private_incidents_are_searched_for_those_alone_who_may_see_them(world):
    incident = await world.do(report_incident, world.ben, title="A leak by Eve Novak")
    about = {"incident": incident.reference}
    await world.do(add_entry, world.ben, **about, kind=EntryKind.NOTE, text="It was Eve Novak")
    await world.do(change_visibility, world.ben, **about, visibility=Visibility.PRIVATE, reason="Hush")
    async with world.database.rehearsal() as session:
        known = (await rehearse_erasure(session, world.ada, user=world.id_of("eve"))).known
    seen = {name: await mentions_of(world.database, getattr(world, name), known) for name in ("ada", "ben")}
    assert [each for each in seen["ada"].found if each.incident] == []
    assert seen["ada"].count == 0
    places = {each.place for each in seen["ben"].found if each.incident == incident.reference}
    assert {"incident.title", "event_text.body", "event.data", "event_change.rows"} <= places


async def test_a_name_that_stands_in_other_words_is_left_alone(world):
    """Generated texts lose the name, not what begins like it."""
    life = await Life.lived(world)
    async with world.database.unit_of_work() as session:
        said = "Zebulon Quetzalcoatl, Zebulon Quetzal."
        await session.execute(text("update postmortem_section set generated = :said"), {"said": said})
    await erase(world, life.reference)
    async with world.database.reading() as reader:
        found = {row.generated for row in await reader.execute(text("select generated from postmortem_section"))}
    assert found == {f"Zebulon Quetzalcoatl, Erased person {life.key}."}


async def test_a_search_that_takes_too_long_says_what_it_left_out(life):
    world = life.world
    async with world.database.rehearsal() as session:
        known = (await rehearse_erasure(session, world.ada, user=life.reference)).known
    none = await mentions_of(world.database, SYSTEM, known, patience=-1)
    assert (none.found, none.unread) == ([], sorted(SEARCHED))
    # A table that somebody changes answers late: then the others are told of all the same.
    connection = await asyncpg.connect(world.database.url.set(drivername="postgresql").render_as_string(False))
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("lock table task in access exclusive mode")
    late = await mentions_of(world.database, SYSTEM, known)
    await transaction.rollback()
    await connection.close()
    assert late.unread[0] == "task"
    assert late.count > 5


async def outcome(coroutine):
    """None for what was done, else the code of its refusal; a deadlock is none."""
    try:
        await coroutine
    except DomainError as error:
        return error.code
    except DBAPIError as error:
        return str(error.orig)
    return None


async def test_two_admins_at_once_erase_once(life):
    world = life.world
    async with world.database.unit_of_work() as session:
        other = await session.get(User, world.users["dov"].id)
        other.access_role = AccessRole.ADMIN
    dov = replace(world.dov, access_role=AccessRole.ADMIN)
    both = [world.do(erase_person, who, user=life.reference, reason=REASON) for who in (world.ada, dov)]
    assert sorted(map(str, await asyncio.gather(*map(outcome, both)))) == ["CONFLICT", "None"]


async def test_whoever_is_given_a_role_meanwhile_is_not_erased_or_is_not_given_it(world):
    """Whatever comes first, nobody who was erased has a role; nothing waits in a circle."""
    database = world.database
    async with database.reading() as reader:
        counted = text("select deadlocks from pg_stat_database where datname = current_database()")
        before = await reader.scalar(counted)
    for place in range(8):
        async with database.unit_of_work() as session:
            about = {"access_role": AccessRole.RESPONDER, "created_at": world.clock.now()}
            row = User(name=f"Fay {place}", email=f"fay{place}@x.example", **about)
            session.add(row)
        who = ids.encode("User", row.id)
        incident = await world.do(report_incident, world.ben, title="Odd")
        given = {"incident": incident.reference, "role": "commander", "user": who}

        deeds = [erase(world, who), world.do(assign_role, world.ben, **given)]
        done = await asyncio.gather(*map(outcome, deeds[:: (-1) ** place]))
        assert set(done) <= {None, ErrorCode.CONFLICT, ErrorCode.INVALID_INPUT}, done
        assert None in done
        async with database.reading() as reader:
            erased = await reader.scalar(select(User.erased_at).where(User.id == row.id))
            roles = await reader.scalar(
                select(func.count()).select_from(RoleAssignment).where(RoleAssignment.user_id == row.id)
            )
        assert (erased is None) == (roles == 1)
    async with database.reading() as reader:
        assert await reader.scalar(counted) == before
