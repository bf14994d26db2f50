"""Until when heartbeats could report: who did not while nobody could listen is not late.

Every API process notes each few seconds that it listens. While none did for LAPSE, silence means nothing, and nobody
becomes late (sweep). Once one listens again, whoever was expected by then, and not given up before, is taken to have
reported at that moment: their report may have been lost, and they will next come by their own rhythm.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from core.db import Database
from core.outage import outage_of, tell
from models.heartbeat import Heartbeat, HeartbeatState, HeartbeatWatch

EVERY = 10.0
"""Seconds between two notes."""
LAPSE = timedelta(seconds=30)
"""After how long without a note nobody listens: three that were missed."""
ROW = 1

log = logging.getLogger(__name__)


async def note_listening(database: Database) -> int:
    """Note that somebody listens. Returns how many heartbeats were excused because nobody did before."""
    async with database.unit_of_work() as session:
        moment = now(session)
        first = insert(HeartbeatWatch).values(id=ROW, listening_at=moment).on_conflict_do_nothing()
        await session.execute(first)
        watch = await session.get_one(HeartbeatWatch, ROW, with_for_update={"key_share": True})
        before, watch.listening_at = watch.listening_at, max(watch.listening_at, moment)
        return await _excuse(session, before, moment) if moment - before > LAPSE else 0


async def nobody_listens(session: AsyncSession) -> bool:
    """Whether no API process noted for LAPSE that it listens."""
    at: datetime | None = await session.scalar(select(HeartbeatWatch.listening_at).where(HeartbeatWatch.id == ROW))
    return at is None or now(session) - at > LAPSE


async def _excuse(session: AsyncSession, before: datetime, moment: datetime) -> int:
    """Have those wait anew that were expected while nobody listened. Who was overdue before that stays overdue."""
    concerned = (
        select(Heartbeat.id)
        .where(
            Heartbeat.state == HeartbeatState.UP,
            Heartbeat.expected_at <= moment,
            Heartbeat.due_at > before,
        )
        .order_by(Heartbeat.id)
        .with_for_update(key_share=True)
    )
    expected = moment + func.make_interval(0, 0, 0, 0, 0, 0, Heartbeat.every_seconds)
    due = moment + func.make_interval(0, 0, 0, 0, 0, 0, Heartbeat.every_seconds + Heartbeat.grace_seconds)
    changed = await session.execute(
        update(Heartbeat)
        .where(Heartbeat.id.in_(concerned))
        .values(expected_at=expected, due_at=due)
        .returning(Heartbeat.id)
        .execution_options(synchronize_session=False)
    )
    excused = len(changed.all())
    if excused:
        log.warning("nobody could report since %s: %s heartbeats are waited for anew", before.isoformat(), excused)
    return excused


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[None]:
    """Note while the block lasts that somebody listens."""
    task = asyncio.create_task(_keep_noting(database))
    try:
        yield
    finally:
        task.cancel()


async def _keep_noting(database: Database) -> None:
    while True:
        try:
            await note_listening(database)
        except Exception as error:
            if outage_of(error) is None:
                log.exception("could not note that heartbeats can report")
            else:
                tell(error)
        await asyncio.sleep(EVERY)
