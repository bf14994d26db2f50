"""The hash chain over audited events: what is done to the database behind Muster's back is found, and named."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import func, select

from actions import audit_chain
from actions.audit_chain import chain
from actions.audit_verify import verify
from actions.record import record
from actions.reports import report_incident
from auth.actor import SYSTEM
from core.client import Client
from models.event import AuditLink
from models.facts.access import AccessGranted
from models.facts.incident import VisibilityChanged
from models.words import Visibility

TABLES = ("event", "event_text", "event_origin", "audit_link")
ABROAD = Client("192.0.2.7", "Café/1.0 “quoted”")


async def happen(database, number=1, client=ABROAD):
    """So many audited events, every other with a text."""
    async with database.unit_of_work(client) as session:
        for key in range(number):
            fact = AccessGranted(noun="token", key=key + 1)
            if key % 2:
                fact = VisibilityChanged(before="ORGANISATION", after="PRIVATE", reason="Geheim — größer")
            record(session, SYSTEM, fact, visibility=Visibility.PRIVATE)


async def tamper(database, *statements):
    """Do something as the superuser with all guards off."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        for table in TABLES:
            await connection.execute(f"alter table {table} disable trigger user")
        await connection.execute("set session_replication_role = replica")  # foreign keys too
        for statement in statements:
            await connection.execute(statement)
        for table in TABLES:
            await connection.execute(f"alter table {table} enable trigger user")
    finally:
        await connection.close()


async def count_links(database):
    async with database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(AuditLink))


@pytest.fixture
async def trail(database):
    """Ten events, linked."""
    await happen(database, 10)
    assert await chain(database) == 10
    return database


async def test_a_trail_that_nobody_touched_verifies(trail):
    found = await verify(trail)
    assert (found.fault, found.links, found.head_event, found.waiting) == (None, 10, 10, 0)
    assert len(found.head) == 64
    assert await chain(trail) == 0, "nothing is linked twice"
    await happen(trail, 3)
    assert (await verify(trail)).waiting == 3
    assert await chain(trail) == 3
    assert (await verify(trail)).links == 13


async def test_an_empty_trail_verifies(database):
    found = await verify(database)
    assert (found.fault, found.links, found.head) == (None, 0, "")


async def test_links_cannot_be_changed_by_accident(trail):
    for statement in ("update audit_link set digest = ''", "delete from audit_link", "truncate audit_link"):
        url = trail.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)
        await connection.close()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update event set kind = 'access.revoked' where id = 5", "event 5 (access.revoked) does not match"),
        ("update event set actor_id = 7 where id = 5", "event 5 "),
        ("update event set incident_id = 7 where id = 5", "event 5 "),
        ("update event set visibility = 'ORGANISATION' where id = 5", "event 5 "),
        ("update event set recorded_at = recorded_at + interval '1 microsecond' where id = 5", "event 5 "),
        ("update event set data = data || '{\"key\": 99}' where id = 5", "event 5 "),
        ("update event set text_digest = null where id = 6", "event 6 "),
        ("update event set origin_digest = null where id = 5", "event 5 "),
        ("delete from event where id = 5", "event 5 was removed"),
        (
            "delete from event where id = 5; delete from audit_link where event_id = 5",
            "something before it after event 4 was removed",
        ),
        ("delete from event where id = 1; delete from audit_link where event_id = 1", "event 2 "),
        ("delete from audit_link where event_id = 5", "event 5 has no link"),
        ("update audit_link set digest = sha256('x') where event_id = 5", "event 5 "),
        ("update audit_link set event_id = 11 where event_id = 5", "event 5 has no link"),
        ("update event_text set body = 'Harmless' where event_id = 6", "the text of event 6 (incident.visibility"),
        ("update event_origin set address = '10.0.0.1' where event_id = 5", "the origin of event 5 (access.granted)"),
        ("update event_origin set user_agent = '' where event_id = 5", "the origin of event 5"),
        ("update event set id = 0 where id = 5", "event 5 was removed"),
        (
            """delete from event where id = 5; delete from audit_link where event_id = 5;
            update event set id = 5 where id = 6; update audit_link set event_id = 5 where event_id = 6""",
            "event 5 ",
        ),
    ],
)
async def test_what_was_done_is_named(trail, statement, named):
    await tamper(trail, statement)
    found = await verify(trail)
    assert named in found.fault
    assert found.head_event <= 5, "what was before it is good"


async def test_an_event_that_was_slipped_in_is_found(database):
    await happen(database, 4)
    await tamper(database, "update event set id = id + 10", "update event_origin set event_id = event_id + 10")
    await tamper(database, "update event_text set event_id = event_id + 10")
    assert await chain(database) == 4
    await tamper(
        database,
        "insert into event select (jsonb_populate_record(e, '{\"id\": 3}')).* from event e where id = 11",
    )
    assert "event 3 has no link" in (await verify(database)).fault


async def test_a_tail_that_was_cut_off_is_told_by_an_earlier_head(trail):
    head = (await verify(trail)).head
    await tamper(trail, "delete from audit_link where event_id > 8", "delete from event where id > 8")
    shorter = await verify(trail, head=head)
    assert (shorter.fault, shorter.knows_head, shorter.links) == (None, False, 8)
    await happen(trail, 2)
    await chain(trail)
    assert not (await verify(trail, head=head)).knows_head


async def test_a_chain_that_was_made_anew_is_told_by_an_earlier_head(trail):
    head = (await verify(trail)).head
    await happen(trail)
    await chain(trail)
    assert (await verify(trail, head=head)).knows_head, "an older head stays a part of it"
    await tamper(trail, "update event set actor_id = 7 where id = 5", "delete from audit_link")
    await chain(trail)
    anew = await verify(trail, head=head)
    assert (anew.fault, anew.knows_head) == (None, False)


async def test_an_erasure_leaves_the_trail_whole(trail):
    await tamper(
        trail, "delete from event_text where event_id = 6", "delete from event_origin where event_id in (6, 7)"
    )
    found = await verify(trail)
    assert (found.fault, found.links) == (None, 10)


async def test_verification_may_begin_in_the_middle(trail):
    await tamper(trail, "update event set actor_id = 7 where id = 5")
    assert (await verify(trail, after=5)).links == 5
    assert (await verify(trail, after=4)).fault is not None
    assert (await verify(trail, after=77)).fault == "event 77 has no link to begin with"


async def test_two_at_once_make_one_chain(database, monkeypatch):
    monkeypatch.setattr(audit_chain, "BATCH", 7)
    await happen(database, 60)
    while sum(await asyncio.gather(*(chain(database) for _ in range(4)))):
        pass
    found = await verify(database)
    assert (found.fault, found.links) == (None, 60)


async def test_one_that_is_killed_leaves_nothing_half_done(database):
    await happen(database, 30)
    task = asyncio.create_task(chain(database))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await count_links(database) in (0, 30)
    await chain(database)
    assert (await verify(database)).links == 30


async def test_events_that_are_no_matter_of_access_are_not_linked(world, database):
    await world.do(report_incident, world.ben, title="Odd")
    assert await chain(database) == 0
