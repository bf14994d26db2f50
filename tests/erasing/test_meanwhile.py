"""Who takes the place of an erased person, and what is written by whoever was at work while they were erased."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from actions.catalogue.people import save_user
from actions.directory.listed import Listed
from actions.directory.people import enrol_person
from actions.erasing.person import erase_person
from actions.erasing.person_after import SOON, erase_afterwards
from actions.paging.contacts import save_contact_method
from actions.provider_sign_in import admit
from auth.oidc.claims import Claimed
from core.errors import ErrorCode
from core.oidc_settings import ProviderSettings
from models.access import BrowserSession, UserIdentity
from models.delivery import Delivery
from models.event import Event
from models.job import JobName
from models.paging.words import PageWay
from models.person import User
from models.personal import placeholder, placeholder_address
from models.words import DeliveryState
from tests.actions.lifecycle import refused
from tests.erasing.person import ADDRESS, EMAIL, NAME, SUBJECT, THERE, Life

REASON = "Request 4711"
PROVIDER = ProviderSettings(key="sso", issuer="https://zebulon.example", client_id="x", client_secret="y")
WAITING = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
LEFT = text(
    """
    select (select count(*) from delivery where user_id = :key and "to" not like 'erased:%')
      + (select count(*) from contact_method where user_id = :key and sealed_address is not null)
      + (select count(*) from event_origin where address = :address)
    """
)


@pytest.fixture
async def life(world):
    return await Life.lived(world)


async def erase(world, reference):
    return await world.do(erase_person, world.ada, user=reference, reason=REASON)


@pytest.mark.parametrize("spelt", [str, str.upper])
async def test_nobody_can_have_the_address_of_somebody_who_was_erased(life, spelt):
    """Neither to be who they were, nor to stand in the way of erasing somebody."""
    world, address = life.world, spelt(placeholder_address(life.key))
    listed = Listed(email=address, name="Back", external_id=None, active=True)
    for erased in (False, True):
        if erased:
            await erase(world, life.reference)
        with refused(ErrorCode.INVALID_INPUT, "email", ""):
            await world.do(enrol_person, world.ada, listed=listed)
        with refused(ErrorCode.INVALID_INPUT, "email", ""):
            await world.do(save_user, world.ada, name="Back", email=address)
    async with world.database.reading() as reader:
        row = await reader.row(User, select(User).where(User.id == life.key))
    assert row.archived
    assert (row.erased, row.name) == (True, placeholder(life.key))


async def test_what_was_under_way_when_they_were_erased_is_erased_a_moment_later(life):
    """A mail, a way to be paged, and an origin, by a transaction for which the erasure had to wait."""
    world = life.world
    async with world.database.unit_of_work(THERE) as late:
        await save_contact_method(late, world.chi, way=PageWay.MAIL, label=NAME, address=EMAIL)
        event = await late.scalar(select(func.max(Event.id)))
        row = {"to": EMAIL, "user_id": life.key, "state": DeliveryState.PENDING, "created_at": world.clock.now()}
        late.add(Delivery(event_id=event, channel="mail", template="late", attempts=0, **row))
        await late.flush()
        erasing = asyncio.create_task(erase(world, life.reference))
        async with asyncio.timeout(4), world.database.looking() as reader:
            while not await reader.scalar(WAITING):
                pass
    await erasing
    given = {"key": life.key, "address": ADDRESS}
    async with world.database.reading() as reader:
        assert await reader.scalar(LEFT, given) > 0, "what was not there yet when deliveries were erased"
    (job,) = await world.jobs(JobName.PERSON_ERASE)
    assert job.args == {"user_id": life.key}
    assert job.run_at > world.clock.now() + SOON / 2
    for _ in range(2):
        await world.do(erase_afterwards, life.key)
    async with world.database.reading() as reader:
        assert await reader.scalar(LEFT, given) == 0
        late = await reader.row(Delivery, select(Delivery).where(Delivery.template == "late"))
    assert late.state is DeliveryState.SUPPRESSED


async def test_whoever_signs_in_while_they_are_erased_is_somebody_new(life):
    world = life.world
    claimed = Claimed(PROVIDER.issuer, SUBJECT, EMAIL, NAME, None, None, None)
    async with world.database.unit_of_work() as session:
        await erase_person(session, world.ada, user=life.reference, reason=REASON)
        await session.flush()
        comes = asyncio.create_task(world.do(admit, PROVIDER, claimed, id_token="x", lives=timedelta(hours=1)))
        async with asyncio.timeout(4), world.database.looking() as reader:
            while not await reader.scalar(WAITING):
                pass
    assert await comes
    async with world.database.reading() as reader:
        identity = await reader.row(UserIdentity, select(UserIdentity).where(UserIdentity.subject == SUBJECT))
        opened = await reader.row(BrowserSession, select(BrowserSession).where(BrowserSession.subject == SUBJECT))
    assert identity.user_id == opened.user_id != life.key


async def test_nothing_is_taken_from_whoever_was_not_erased(life):
    world = life.world
    await world.do(erase_afterwards, life.key)
    async with world.database.reading() as reader:
        assert await reader.scalar(LEFT, {"key": life.key, "address": ADDRESS}) > 0
