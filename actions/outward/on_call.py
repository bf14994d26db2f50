"""Who is on call: pagers are asked every few minutes, by jobs, and what they told is noted here."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.vendors import VENDORS, Port
from actions.record import enqueue, now
from core.db import Database, Reader
from models.integration import Integration
from models.job import JobName
from models.on_call import OnCall, OnCallRoster

EVERY = timedelta(minutes=5)
"""How old what is known may become before a pager is asked again."""

Told = tuple[Integration, OnCallRoster | None]


def _pagers() -> list[str]:
    """The vendors that carry pagers."""
    return sorted(vendor.key for vendor in VENDORS.values() if Port.PAGER in vendor.ports)


async def sweep_on_call(database: Database) -> int:
    """Have each pager asked whose time has come; how many."""
    async with database.unit_of_work() as session:
        moment = now(session)
        due = await session.scalars(
            select(Integration.id)
            .outerjoin(OnCallRoster, OnCallRoster.integration_id == Integration.id)
            .where(
                Integration.vendor.in_(_pagers()),
                Integration.archived_at.is_(None),
                or_(OnCallRoster.due_at.is_(None), OnCallRoster.due_at <= moment),
            )
            .order_by(Integration.id)
            .with_for_update(of=Integration, key_share=True, skip_locked=True)
        )
        keys = due.all()
        for key in keys:
            await _write(session, key, due_at=moment + EVERY)
            ask_who(session, key)
    return len(keys)


def ask_who(session: AsyncSession, integration_id: int) -> None:
    """Have a pager asked who is on call."""
    enqueue(session, JobName.PAGER_ON_CALL, integration_id=integration_id)


async def note_on_call(session: AsyncSession, integration_id: int, people: Sequence[OnCall]) -> None:
    """Note who is on call now."""
    moment = now(session)
    listed = [each.as_json() for each in people]
    told = {"people": listed, "as_of": moment, "asked_at": moment, "error": None, "due_at": moment + EVERY}
    if await _connected(session, integration_id):
        await _write(session, integration_id, **told)


async def note_no_answer(session: AsyncSession, integration_id: int, words: str, *, after: float | None = None) -> None:
    """Note, in words, why a pager did not answer; what it told before stays. `after`: it asks for so many seconds."""
    moment = now(session)
    pause = max(EVERY, timedelta(seconds=after or 0))
    if await _connected(session, integration_id):
        await _write(session, integration_id, asked_at=moment, error=words, due_at=moment + pause)


async def forget_on_call(session: AsyncSession, integration_id: int) -> None:
    """Whom a pager named is not kept once it is not connected any more."""
    await session.execute(delete(OnCallRoster).where(OnCallRoster.integration_id == integration_id))


async def rosters(reader: Reader) -> list[Told]:
    """Every pager that is connected, by name, with what it told; None: it was not asked yet."""
    pagers = select(Integration).where(Integration.vendor.in_(_pagers()), Integration.archived_at.is_(None))
    rows = await reader.rows(Integration, pagers.order_by(Integration.name, Integration.id))
    mine = select(OnCallRoster).where(OnCallRoster.integration_id.in_([row.id for row in rows]))
    told = {each.integration_id: each for each in (await reader.rows(OnCallRoster, mine) if rows else ())}
    return [(row, told.get(row.id)) for row in rows]


async def _connected(session: AsyncSession, integration_id: int) -> bool:
    """Whether a pager still is connected: it may have been archived while it was asked. It is locked against that."""
    row = await session.get_one(Integration, integration_id, with_for_update={"read": True}, populate_existing=True)
    return not row.archived


async def _write(session: AsyncSession, integration_id: int, **told: object) -> None:
    new = insert(OnCallRoster).values(integration_id=integration_id, **told)
    await session.execute(new.on_conflict_do_update(index_elements=["integration_id"], set_=told))
