"""What a heartbeat reports: that all is well, or that it failed."""

from datetime import timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.heartbeats.rows import held, rest, wait
from actions.heartbeats.telling import FAILED, tell
from actions.record import now
from auth.actor import SYSTEM
from auth.permission import Permission, require
from auth.secret import digest
from core.db import Database
from models.heartbeat import Heartbeat, HeartbeatState

AGAIN = timedelta(seconds=1)
"""Reports of one that is up are written once in this time: a loop that reports without a pause costs reads alone."""


async def heartbeat_of(database: Database, key: str) -> int | None:
    """Whose address has this key, now or until its overlap ends; None: nobody's, or one that is archived."""
    known, moment = digest(key), database.clock.now()
    good = or_(Heartbeat.key_digest == known, and_(Heartbeat.old_key_digest == known, Heartbeat.old_key_until > moment))
    async with database.reading() as reader:
        found: int | None = await reader.scalar(select(Heartbeat.id).where(good, Heartbeat.archived_at.is_(None)))
    return found


async def report(database: Database, key: int, *, failed: bool = False, said: str = "") -> None:
    """Take a report. All is well: its alert, if it has one, is over. Failed: it fires at once.

    One that is paused is noted and stays so. CONFLICT (nothing is written; report again) as for any delivery.
    """
    async with database.unit_of_work() as session:
        require(SYSTEM, Permission.REPORT)
        row = await held(session, key)
        if row is not None and not row.archived:
            await _take(session, row, failed=failed, said=said)


async def _take(session: AsyncSession, row: Heartbeat, *, failed: bool, said: str) -> None:
    moment, seen = now(session), row.last_seen_at
    if row.paused:
        row.last_seen_at = moment
    elif failed:
        since = row.down_since or moment
        if row.down_since is None:
            await tell(session, row, since, reason=FAILED, said=said, over=None)
        row.last_seen_at = moment
        rest(row, HeartbeatState.DOWN, since)
    elif row.state is not HeartbeatState.UP or seen is None or moment - seen >= AGAIN:
        if row.down_since is not None:
            await tell(session, row, row.down_since, over=moment)
        row.last_seen_at = moment
        wait(row, moment + row.every)
