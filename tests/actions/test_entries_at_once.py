"""Entries that are written in one statement come to the same as those that go the long way."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.entries_at_once import add_entry_at_once
from actions.merges import merge_incident
from actions.roles import assign_role
from auth.actor import ANONYMOUS
from core.errors import DomainError, ErrorCode
from models.event import Event, EventText, Pin
from models.facts.response import EntryAdded
from models.incident import Incident
from models.integration import FOLLOWED
from models.job import Job
from models.words import EntryKind, Stage, Visibility
from tests.schema.client import Statements

ALIKE = ("incident_id", "kind", "actor_kind", "actor_id", "occurred_at", "entry_kind", "visibility")


async def declared(world, **more):
    return await world.do(declare_incident, world.ben, title="Checkout is slow", severity="SEV2", **more)


async def written(database, event_id):
    """An event as far as it should be alike, with its text, whether it is pinned, and the jobs that it caused."""
    async with database.reading() as reader:
        event = await reader.row(Event, select(Event).where(Event.id == event_id))
        body = await reader.scalar(select(EventText.body).where(EventText.event_id == event_id))
        pinned = await reader.scalar(select(Pin.event_id).where(Pin.event_id == event_id))
        jobs = await reader.rows(Job, select(Job).where(Job.name.in_(["postmortem.assemble", "outward.follow"])))
    told = {**{name: getattr(event, name) for name in ALIKE}, "data": event.data, "body": body, "pinned": bool(pinned)}
    caused = sorted((job.name, job.queue, "event_id" in job.args, job.args["incident_id"]) for job in jobs)
    return told, caused


async def forget_jobs(database):
    async with database.unit_of_work() as session:
        await session.execute(text("delete from job where name in ('postmortem.assemble', 'outward.follow')"))


@pytest.mark.parametrize("stage", [Stage.TRIAGE, Stage.RESPONSE, Stage.RESOLUTION, Stage.CLOSED])
@pytest.mark.parametrize("followed", [False, True])
async def test_both_ways_write_the_same(world, stage, followed):
    incident = await declared(world)
    async with world.database.unit_of_work() as session:
        changed = {"stage": stage, "followed": followed}
        await session.execute(update(Incident).where(Incident.id == incident.id).values(**changed))
    given = {
        "incident": incident.reference,
        "kind": EntryKind.DECISION,
        "text": "  We *roll back*.\n",
        "occurred_at": world.clock.now() - timedelta(minutes=5),
        "pinned": True,
    }
    await forget_jobs(world.database)
    long = await world.do(add_entry, world.ben, **given)
    told, jobs = await written(world.database, long.id)
    await forget_jobs(world.database)
    with Statements(world.database) as statements:
        short = await add_entry_at_once(world.database, world.ben, **given)
    assert await written(world.database, short.id) == (told, jobs)
    assert (short.number, told["body"]) == (long.number + 1, "We *roll back*.")
    assert len(statements.seen) == 1
    learns = {"postmortem.assemble"} if stage in (Stage.RESOLUTION, Stage.CLOSED) else set()
    assert {name for name, *_ in jobs} == learns


def test_no_entry_is_told_to_who_follows_an_incident_elsewhere():
    # or the statement would have to ask whether anybody does, as actions.record does
    assert EntryAdded.kind not in FOLLOWED


async def test_the_visibility_of_the_event_is_the_incidents(world):
    incident = await declared(world, visibility=Visibility.PRIVATE)
    event = await add_entry_at_once(
        world.database, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="Only us."
    )
    told, _ = await written(world.database, event.id)
    assert told["visibility"] is event.visibility is Visibility.PRIVATE


async def refusal(doing):
    with pytest.raises(DomainError) as refused:
        await doing
    return refused.value.code, refused.value.field, refused.value.message


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " "},
        {"text": "x" * 20_001},
        {"text": "a\0b"},
        {"incident": "nonsense"},
        {"incident": "99999999999999999999999"},
        {"days": 1},
    ],
)
async def test_both_ways_refuse_in_the_same_words(world, wrong):
    incident = await declared(world)
    given = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": "Odd.", **wrong}
    if "days" in given:
        given["occurred_at"] = world.clock.now() + timedelta(days=given.pop("days"))
    said = await refusal(world.do(add_entry, world.ben, **given))
    assert await refusal(add_entry_at_once(world.database, world.ben, **given)) == said


async def test_nothing_is_written_where_it_takes_more_than_that(world):
    incident, other = await declared(world), await declared(world)
    private = await declared(world, visibility=Visibility.PRIVATE)
    await world.do(merge_incident, world.ben, incident=other.reference, into=incident.reference)
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of("eve"))
    before = await world.events()
    given = {"kind": EntryKind.NOTE, "text": "Odd."}
    cases = [
        (world.ben, other.reference, ErrorCode.CONFLICT),  # merged
        (world.chi, private.reference, ErrorCode.NOT_FOUND),
        (world.ben, "INC-999999", ErrorCode.NOT_FOUND),
        (world.eve, other.reference, ErrorCode.FORBIDDEN),
    ]
    for actor, reference, code in cases:
        assert await add_entry_at_once(world.database, actor, incident=reference, **given) is None
        assert (await refusal(world.do(add_entry, actor, incident=reference, **given)))[0] is code
    assert await world.events() == before
    # Who may only look, but holds a role, is let in by the long way.
    assert await add_entry_at_once(world.database, world.eve, incident=incident.reference, **given) is None
    assert await world.do(add_entry, world.eve, incident=incident.reference, **given)
    code, *_ = await refusal(add_entry_at_once(world.database, ANONYMOUS, incident=incident.reference, **given))
    assert code is ErrorCode.UNAUTHENTICATED


async def test_numbers_have_no_gap_when_both_ways_write_at_once(world):
    incident = await declared(world)
    given = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": "Again."}
    await asyncio.gather(
        *(add_entry_at_once(world.database, world.ben, **given) for _ in range(10)),
        *(world.do(add_entry, world.ben, **given) for _ in range(10)),
    )
    numbers = [event.number for event in await world.events(incident.id) if event.number]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_who_waits_for_events_is_told_of_the_commit(world, monkeypatch):
    incident, told = await declared(world), []
    monkeypatch.setattr(world.database, "on_commit", told.append)
    event = await add_entry_at_once(
        world.database, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="Look."
    )
    assert [(journal.cursor, [each.id for each in journal.events]) for journal in told] == [(event.id, [event.id])]
    assert world.database.newest >= event.id
