"""A person is erased: nothing of who they were is left, but for what others wrote, and that is listed."""

import re

import pytest
from sqlalchemy import Text, cast, func, select

from actions.audit_chain import chain
from actions.audit_verify import verify
from actions.catalogue.people import save_user
from actions.chat.people import note_person
from actions.erasing.person import erase_person, rehearse_erasure
from actions.erasing.person_search import mentions_of
from actions.erasing.text import erase_text
from actions.narrate import narrate
from auth.actor import SYSTEM
from core import ids
from core.errors import ErrorCode
from models.access import AccessToken, BrowserSession
from models.chat import ChatMessage
from models.delivery import Delivery
from models.event import EventOrigin
from models.paging.contact import ContactMethod
from models.person import User
from models.personal import ERASED, SEARCHED
from models.tables import metadata
from models.words import DeliveryState
from tests.actions.lifecycle import refused
from tests.erasing.person import EMAIL, NAME, NEEDLES, PHONE, SLACK, Life
from tests.models.test_personal import holds_words
from tests.subscribers.test_preview import everything

REASON = "Request 4711"
TITLES = {"event", "event_change", "incident", "task"}
"""Where titles stand: they are edited by hand, and the log keeps what they were."""


@pytest.fixture
async def life(world):
    return await Life.lived(world)


async def erase(world, reference, person="ada", reason=REASON):
    return await world.do(erase_person, getattr(world, person), user=reference, reason=reason)


async def rehearse(world, reference, actor=None):
    async with world.database.rehearsal() as session:
        return await rehearse_erasure(session, actor or world.ada, user=reference)


async def rows_that_tell(world):
    """`(table, key)` of every row of the database in which anything of the person stands."""
    found = set()
    for table, lines in (await everything(world.database)).items():
        for line in lines:
            if any(needle in line.lower() for needle in NEEDLES):
                found.add((table, re.match(r"\((\w+)", line)[1]))
    return found


async def column_tells(world, table, column):
    row = metadata.tables[table]
    async with world.database.looking() as reader:
        values = await reader.execute(select(func.lower(cast(row.c[column], Text))))
    return any(needle in (value or "") for (value,) in values for needle in NEEDLES)


async def test_the_life_stands_in_every_column_that_is_erased(life):
    """Else the next test would prove nothing of a column that somebody adds."""
    world = life.world
    silent = []
    for table, columns in ERASED.items():
        for name in columns.split():
            kind = metadata.tables[table].c[name].type.__class__.__name__
            if kind != "LargeBinary" and not await column_tells(world, table, name):
                silent.append(f"{table}.{name}")
    assert silent == []


async def test_nothing_of_who_they_were_is_left_but_what_the_report_lists(life):
    world = life.world
    assert await chain(world.database) > 0
    before = await verify(world.database)
    seen = await rehearse(world, life.reference)
    assert seen.refusals == []
    listed = await mentions_of(world.database, SYSTEM, seen.known)
    assert listed.unread == []
    told = {(each.place.partition(".")[0], each.key) for each in listed.found}
    assert await rows_that_tell(world) > told

    row = await erase(world, life.reference)

    assert row.id == life.key
    assert (row.name, row.email) == (f"Erased person {life.key}", f"erased-{life.key}@erased.invalid")
    assert row.archived
    assert row.erased
    left = await rows_that_tell(world)
    assert left == told
    assert listed.count == len(listed.found)
    assert {table for table, _ in left} <= set(SEARCHED)
    assert {each.incident for each in listed.found if each.event} == {life.incident.reference}
    assert await chain(world.database) > 0
    after = await verify(world.database, head=before.head)
    assert (after.fault, after.knows_head) == (None, True)


async def test_what_the_report_names_can_be_erased_by_hand(life):
    world = life.world
    listed = await mentions_of(world.database, SYSTEM, (await rehearse(world, life.reference)).known)
    await erase(world, life.reference)
    for each in listed.found:
        about = {"event": each.event, "update": each.update, "maintenance_update": each.maintenance_update}
        given = {name: value for name, value in about.items() if value is not None}
        if given and each.place.startswith(("event_text", "maintenance_update")):
            await world.do(erase_text, world.ada, **given, reason=REASON)
    left = {table for table, _ in await rows_that_tell(world)}
    assert left == {*TITLES, "chat_message"}
    assert await chain(world.database) > 0
    assert (await verify(world.database)).fault is None


async def test_what_happened_stays_as_it_was_under_another_name(life):
    world = life.world
    events = await world.events(life.incident.id)
    await erase(world, life.reference)
    after = [each for each in await world.events(life.incident.id) if each.id <= events[-1].id]
    assert after == events
    async with world.database.reading() as reader:
        told = await narrate(reader, events)
        deliveries = await reader.rows(Delivery, select(Delivery).order_by(Delivery.id))
        messages = await reader.rows(ChatMessage, select(ChatMessage).order_by(ChatMessage.id))
        method = await reader.row(ContactMethod, select(ContactMethod).where(ContactMethod.user_id == life.key))
    assert any(f"Erased person {life.key}" in line for line in told)
    mine = [each for each in deliveries if each.to == f"erased:{each.id}"]
    assert len(mine) == 3
    assert {each.state for each in mine} == {DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.SUPPRESSED}
    wrote, mentions, _ = messages
    assert wrote.body == "It is the cache"
    assert mentions.body == f"<@{wrote.author}> is right"
    assert SLACK not in wrote.author
    assert (method.sealed_address, method.archived) == (None, True)


async def test_the_origins_of_others_stay(life):
    world = life.world
    async with world.database.reading() as reader:
        there = await reader.scalar(select(func.count()).select_from(EventOrigin))
    found = await rehearse(world, life.reference)
    gone = next(each.count for each in found.erased if each.what == "addresses in the audit trail")
    assert 0 < gone < there
    await erase(world, life.reference)
    async with world.database.reading() as reader:
        left = await reader.scalar(select(func.count()).select_from(EventOrigin))
        (event,) = [each for each in await world.events() if each.kind == "person.erased"]
        origin = await reader.scalar(select(EventOrigin.event_id).where(EventOrigin.event_id == event.id))
    assert origin == event.id
    assert left > there - gone
    assert event.data["user_id"] == life.key
    assert await world.text_of(event.id) == REASON


async def test_a_rehearsal_changes_nothing(life):
    world = life.world
    before = await everything(world.database)
    await rehearse(world, life.reference)
    assert await everything(world.database) == before


async def test_whoever_has_the_name_and_the_accounts_afterwards_is_another_person(life):
    world = life.world
    await erase(world, life.reference)
    again = await world.do(save_user, world.ada, name=NAME, email=EMAIL)
    assert again.id != life.key
    async with world.database.unit_of_work() as session:
        assert await note_person(session, life.chat, SLACK, name=NAME, email=EMAIL) == again.id
    async with world.database.reading() as reader:
        old = await reader.row(User, select(User).where(User.id == life.key))
        wrote = await reader.row(ChatMessage, select(ChatMessage).order_by(ChatMessage.id).limit(1))
        ways = [
            await reader.scalar(select(func.count()).select_from(model).where(model.user_id == life.key))
            for model in (AccessToken, BrowserSession)
        ]
    assert old.name == f"Erased person {life.key}"
    assert wrote.author != SLACK
    assert ways == [1, 0], "a token that tells nothing, and has ended"


async def test_twice_is_a_conflict_and_nobody_brings_them_back(life):
    world = life.world
    await erase(world, life.reference)
    with refused(ErrorCode.CONFLICT, "user", "erased before"):
        await erase(world, life.reference)
    with refused(ErrorCode.CONFLICT, "user", "erased before"):
        await rehearse(world, life.reference)
    with refused(ErrorCode.CONFLICT, "id", "was erased"):
        await world.do(save_user, world.ada, id=life.reference, archived=False)


@pytest.mark.parametrize("reason", [f"{NAME} asked", f"Mail of {EMAIL}", f"Call of {PHONE}", SLACK.lower()])
async def test_the_reason_must_not_say_who(life, reason):
    with refused(ErrorCode.INVALID_INPUT, "reason", "names the person"):
        await erase(life.world, life.reference, reason=reason)
    assert await column_tells(life.world, "app_user", "name"), "and then nothing was erased"


async def test_not_oneself_not_the_last_admin_and_nobody_unknown(world):
    with refused(ErrorCode.CONFLICT, "user", "yourself"):
        await erase(world, world.id_of("ada"))
    with refused(ErrorCode.CONFLICT, "user", "the last admin"):
        await world.do(erase_person, SYSTEM, user=world.id_of("ada"), reason=REASON)
    with refused(ErrorCode.FORBIDDEN, None, ""):
        await erase(world, world.id_of("ben"), person="dov")
    with refused(ErrorCode.NOT_FOUND, "user", ""):
        await erase(world, ids.encode("User", 4711))


def test_lists_name_every_column_once_more():
    assert all(holds_words(metadata.tables[table].c[name]) for table in ERASED for name in ERASED[table].split())
