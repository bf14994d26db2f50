"""Shorthand for tests of the feed: committing bare events, and waiting for them."""

import asyncio

from sqlalchemy import text

from core.journal import PendingEvent, journal_of

SOON = 5
"""Seconds within which whatever should happen has happened."""


async def note(database, *kinds, incident_id=None):
    """Commit events of these kinds in one transaction; returns their ids."""
    moment = database.clock.now()
    async with database.unit_of_work() as session:
        journal = journal_of(session)
        for kind in kinds:
            journal.events.append(
                PendingEvent(
                    kind,
                    "SYSTEM",
                    None,
                    moment,
                    moment,
                    {},
                    "ORGANISATION",
                    incident_id=incident_id,
                    numbered=incident_id is not None,
                )
            )
    return [event.id for event in journal.events]


async def make_incidents(database, *keys):
    async with database.unit_of_work() as session:
        for key in keys:
            await session.execute(
                text(
                    "insert into incident(id, title, stage, kind, visibility, reported_by_kind, labels, version,"
                    " last_event_number, created_at, detected_at)"
                    " values (:key, 'x', 'RESPONSE', 'REAL', 'ORGANISATION', 'SYSTEM', '{}', 1, 0, :now, :now)"
                ),
                {"key": key, "now": database.clock.now()},
            )


async def take(subscription, count):
    """The ids of the next `count` events, or a few more if they came together."""
    ids = []
    async with asyncio.timeout(SOON):
        while len(ids) < count:
            ids += [row.id for row in await subscription.batch()]
    return ids


async def seen(live, place):
    """Wait until this process has seen the feed up to a place."""
    reached = asyncio.Event()
    stop = live.watch(lambda rows: reached.set() if rows[-1].id >= place else None)
    async with asyncio.timeout(SOON):
        if live.cursor < place:
            await reached.wait()
    stop()
