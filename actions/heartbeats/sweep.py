"""Heartbeats that did not report in time: each becomes an alert."""

import logging

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.heartbeats.listening import nobody_listens
from actions.heartbeats.rows import held, rest
from actions.heartbeats.telling import tell
from actions.record import now
from core.db import Database
from core.errors import DomainError
from models.heartbeat import Heartbeat, HeartbeatState

BATCH = 50

log = logging.getLogger(__name__)


async def sweep_heartbeats(database: Database) -> int:
    """Have those fire that are due, each in a unit of work; how many did. None while nobody can report.

    One whose incidents are being moved at this moment is left for the next look.
    """
    async with database.unit_of_work() as session:
        if await nobody_listens(session):
            return 0
        due = select(Heartbeat.id).where(Heartbeat.due_at <= now(session)).order_by(Heartbeat.due_at).limit(BATCH)
        keys = (await session.scalars(due)).all()
    fired = 0
    for key in keys:
        try:
            async with database.unit_of_work() as session:
                fired += await _fire(session, key)
        except DomainError as error:
            log.info("heartbeat %s is looked at again: %s", key, error)
    return fired


async def _fire(session: AsyncSession, key: int) -> int:
    row = await held(session, key)
    if row is None or row.due_at is None or row.due_at > now(session):
        return 0  # it reported, or was paused, in the meantime
    since = row.due_at
    await tell(session, row, since, over=None)
    rest(row, HeartbeatState.DOWN, since)
    return 1
