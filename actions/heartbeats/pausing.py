"""Not waiting for a heartbeat for a while: during work on what it watches, say."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.heartbeats.rows import find_heartbeat, rest, wait
from actions.heartbeats.saving import NOUN
from actions.heartbeats.telling import tell
from actions.record import now, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict
from models.heartbeat import Heartbeat, HeartbeatState


async def pause_heartbeat(session: AsyncSession, actor: Actor, *, heartbeat: str) -> Heartbeat:
    """Wait for no report until somebody resumes it; its alert is over. Again is no change.

    Reports that come meanwhile are noted, and wake nothing.
    """
    require(actor, Permission.ALERT)
    row = await _in_use(session, heartbeat)
    if row.paused:
        return row
    if row.down_since is not None:
        await tell(session, row, row.down_since, over=now(session))
    rest(row, HeartbeatState.PAUSED)
    record_saved(session, actor, NOUN, row.id, {"paused": {"from": False, "to": True}})
    return row


async def resume_heartbeat(session: AsyncSession, actor: Actor, *, heartbeat: str) -> Heartbeat:
    """Wait for it again, from now on; one that never reported is NEW. One that is not paused stays as it is."""
    require(actor, Permission.ALERT)
    row = await _in_use(session, heartbeat)
    if not row.paused:
        return row
    if row.last_seen_at is None:
        rest(row, HeartbeatState.NEW)
    else:
        wait(row, now(session) + row.every)
    record_saved(session, actor, NOUN, row.id, {"paused": {"from": True, "to": False}})
    return row


async def _in_use(session: AsyncSession, reference: str) -> Heartbeat:
    row = await find_heartbeat(session, reference)
    if row.archived:
        raise conflict(f"The heartbeat “{row.name}” is archived.", field="heartbeat", hint="Bring it back first.")
    return row
