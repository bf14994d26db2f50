"""The journal: numbers without gaps, ids at commit, nothing changed afterwards (DESIGN §1)."""

import hashlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from actions.entries import add_entry
from actions.record import now
from models.incident import Incident
from models.words import ActorKind, EntryKind, IncidentKind, Stage, Visibility


async def make_incident(session, key=1):
    moment = now(session)
    session.add(
        Incident(
            id=key,
            title="Checkout is down",
            stage=Stage.RESPONSE,
            kind=IncidentKind.REAL,
            visibility=Visibility.ORGANISATION,
            reported_by_kind=ActorKind.SYSTEM,
            created_at=moment,
            detected_at=moment,
        )
    )


async def test_a_rolled_back_event_leaves_no_gap_in_the_numbers(world):
    await world.do(make_incident)
    await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="first")
    with pytest.raises(RuntimeError):
        async with world.database.unit_of_work() as session:
            await add_entry(session, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="never")
            raise RuntimeError
    event = await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="second")
    assert event.number == 2
    assert [e.number for e in await world.events(1)] == [1, 2]
    assert await world.text_of(event.id) == "second"


@pytest.mark.parametrize(
    "statement",
    ["update event set kind = 'x'", "delete from event", "truncate event cascade", "update event_text set body = ''"],
)
async def test_events_refuse_to_change(world, statement):
    await world.do(make_incident)
    await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="first")
    with pytest.raises(DBAPIError, match="events are never changed"):
        async with world.database.unit_of_work() as session:
            await session.execute(text(statement))
    assert len(await world.events(1)) == 1


async def test_nothing_but_the_journal_inserts_events(world):
    with pytest.raises(DBAPIError, match="only journal_write"):
        async with world.database.unit_of_work() as session:
            await session.execute(
                text(
                    "insert into event(id, kind, actor_kind, occurred_at, recorded_at, visibility, data)"
                    " values (1, 'x', 'SYSTEM', now(), now(), 'ORGANISATION', '{}')"
                )
            )


async def test_the_digest_of_a_text_can_be_checked(world):
    await world.do(make_incident)
    event = await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="Zürich ☎")
    async with world.database.reading() as reader:
        salt = await reader.scalar(text(f"select salt from event_text where event_id = {event.id}"))
    (written,) = await world.events(1)
    assert written.text_digest == hashlib.sha256(salt + "Zürich ☎".encode()).digest()
