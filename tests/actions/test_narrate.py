"""Events in words: who, what, and how many statements that takes."""

import pytest
from sqlalchemy import event as sqlalchemy_event

from actions.entries import add_entry
from actions.narrate import actor_names, names_of, narrate, sentences
from actions.record import now, record
from auth.actor import ANONYMOUS, SYSTEM, integration
from core.journal import journal_of
from models.access import ServiceAccount
from models.alert import AlertSource
from models.facts.communication import ComponentStatusChanged, UpdatePublished
from models.facts.incident import IncidentMerged, IncidentReported
from models.facts.response import RoleAssigned, RolesUnfilled
from models.facts.settings import SettingSaved
from models.incident import Incident
from models.words import ActorKind, EntryKind, IncidentKind, Stage, Visibility


async def make_incident(session, key=1):
    moment = now(session)
    incident = Incident(
        id=key,
        title="Checkout is down",
        stage=Stage.RESPONSE,
        kind=IncidentKind.REAL,
        visibility=Visibility.ORGANISATION,
        reported_by_kind=ActorKind.SYSTEM,
        created_at=moment,
        detected_at=moment,
    )
    session.add(incident)
    return incident


async def read(world, how=narrate, **options):
    events = await world.events(1)
    async with world.database.reading() as reader:
        return await how(reader, events, **options)


@pytest.fixture
def statements(world):
    """Every statement that reaches the database."""
    seen = []
    engine = world.database.engine.sync_engine

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    yield seen
    sqlalchemy_event.remove(engine, "before_cursor_execute", note)


async def test_an_entry_is_what_was_written(world):
    await world.do(make_incident)
    await world.do(add_entry, world.ben, incident="INC-1", kind=EntryKind.NOTE, text="lower case <b>kept</b>")
    assert await read(world) == ["lower case <b>kept</b>"]


async def test_a_fact_is_a_sentence_with_todays_names(world):
    incident = await world.do(make_incident)
    users, component = world.users, world.components["checkout"].id

    async def happen(session):
        record(session, world.ben, RoleAssigned(role_id=1, user_id=users["ben"].id), incident=incident)
        record(
            session,
            world.ada,
            RoleAssigned(role_id=1, user_id=users["chi"].id, previous_user_id=users["ben"].id),
            incident=incident,
        )
        record(session, SYSTEM, RolesUnfilled(role_ids=[1, 2]), incident=incident)
        changed = ComponentStatusChanged(component_id=component, before="OPERATIONAL", after="MAJOR_OUTAGE")
        record(session, world.ada, changed, incident=incident)
        record(session, world.ada, IncidentMerged(from_stage="RESPONSE", into_incident_id=7), incident=incident)

    await world.do(happen)
    assert await read(world) == [
        "Ben Silva took the role Incident Commander.",
        "Ben Silva handed Incident Commander over to Chi Tran.",
        "Still vacant: Incident Commander, Technical Lead.",
        "Checkout went from operational to major outage.",
        "Ada Okafor merged the incident into INC-7.",
    ]


async def test_the_words_of_an_update_follow_its_sentence(world):
    incident = await world.do(make_incident)

    async def happen(session):
        fact = UpdatePublished(update_id=1, audience="PUBLIC", status="IDENTIFIED")
        record(session, world.ada, fact, incident=incident, text="We found it.")

    await world.do(happen)
    assert await read(world) == ["Ada Okafor published a public update (identified).\n\nWe found it."]
    assert await read(world, sentences) == ["Ada Okafor published a public update (identified)."]


async def test_people_can_be_called_by_what_they_were_at_the_time(world):
    incident = await world.do(make_incident)
    moments = []

    async def happen(session):
        record(session, world.ben, IncidentReported(title="Checkout is down"), incident=incident)

    def called(user_id, moment):
        moments.append(moment)
        return "the Scribe" if user_id == world.users["ben"].id else "someone else"

    await world.do(happen)
    (event,) = await world.events(1)
    assert await read(world, sentences, called=called) == ["The Scribe reported “Checkout is down”."]
    assert set(moments) == {event.occurred_at}


async def test_every_kind_of_actor_has_a_name(world):
    async def create(session):
        account = ServiceAccount(name="deploy bot", access_role="RESPONDER", created_at=now(session))
        source = AlertSource(kind="alertmanager", name="prod alerts", key_digest=b"x", created_at=now(session))
        session.add_all([account, source])
        await session.flush()
        return account.id, source.id

    account, source = await world.do(create)
    keys = {
        (ActorKind.USER, world.users["eve"].id): "Eve Novak",
        (ActorKind.SERVICE_ACCOUNT, account): "deploy bot",
        (integration(source, "").kind, source): "prod alerts",
        (SYSTEM.kind, None): "Muster",
        (ANONYMOUS.kind, None): "Anonymous",
        (ActorKind.USER, 999_999): "a user",
    }
    async with world.database.reading() as reader:
        assert await actor_names(reader, set(keys)) == keys


async def test_every_noun_has_a_name(world):
    async with world.database.reading() as reader:
        names = await names_of(
            reader,
            {
                ("team", world.teams["payments"].id),
                ("service", world.services["search-api"].id),
                ("severity", 1),
                ("incident", 12),
                ("source", 4),
            },
        )
    assert names.of("team", world.teams["payments"].id) == "Payments"
    assert names.of("service", world.services["search-api"].id) == "Search API"
    assert names.of("severity", 1) == "SEV1"
    assert names.of("incident", 12) == "INC-12"
    assert names.of("source", 4) == "a source"


async def test_an_event_of_a_later_version_is_named(world):
    incident = await world.do(make_incident)

    async def happen(session):
        record(session, SYSTEM, SettingSaved(noun="x", key=1, created=True, changed={}), incident=incident)
        journal_of(session).events[-1].kind = "moon.landed"

    await world.do(happen)
    assert await read(world) == ["moon.landed happened."]


async def test_two_hundred_events_take_two_statements(world, statements):
    incident = await world.do(make_incident)

    async def happen(session):
        for number in range(100):
            await add_entry(session, world.ben, incident="INC-1", kind=EntryKind.NOTE, text=f"line {number}")
            record(session, world.chi, RoleAssigned(role_id=1, user_id=world.users["ada"].id), incident=incident)

    await world.do(happen)
    events = await world.events(1)
    statements.clear()
    async with world.database.reading() as reader:
        words = await narrate(reader, events)
        assert await narrate(reader, []) == []
    assert (len(words), len(statements)) == (200, 2)
    assert words[198:] == ["line 99", "Chi Tran made Ada Okafor Incident Commander."]


async def test_forty_thousand_names_are_one_statement(world, statements):
    async with world.database.reading() as reader:
        names = await names_of(reader, {("user", key) for key in range(1, 40_000)})
    assert len(statements) == 1
    assert names.of("user", world.users["ada"].id) == "Ada Okafor"
