"""Deliveries that a vendor sends again: each is taken once, for a day."""

from datetime import timedelta
from typing import Any

from sqlalchemy import any_, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now
from core.db import Database
from models.alert_delivery import AlertDelivery

KEPT = timedelta(days=1)
"""How long a delivery that comes again is known."""
BATCH = 1000
"""Rows that are deleted in one transaction; the timer goes on while there are more."""


class RepeatedError(Exception):
    """Somebody else took this very delivery in the meantime."""


async def answered(database: Database, source_id: int, name: str) -> dict[str, Any] | None:
    """What a delivery was answered with when it was taken; None if it was not, or a day ago."""
    taken = select(AlertDelivery.answer).where(
        AlertDelivery.source_id == source_id,
        AlertDelivery.name == name,
        AlertDelivery.received_at > database.clock.now() - KEPT,
    )
    async with database.reading() as reader:
        answer: dict[str, Any] | None = await reader.scalar(taken)
    return answer


async def remember(session: AsyncSession, source_id: int, name: str, answer: dict[str, Any]) -> None:
    """Note that a delivery is taken, with all else of this transaction. RepeatedError: nothing of that may stay."""
    moment = now(session)
    row = insert(AlertDelivery).values(source_id=source_id, name=name, answer=answer, received_at=moment)
    kept = {"answer": answer, "received_at": moment}
    old = AlertDelivery.received_at <= moment - KEPT
    written = row.on_conflict_do_update(index_elements=["source_id", "name"], set_=kept, where=old)
    if await session.scalar(written.returning(AlertDelivery.id)) is None:
        raise RepeatedError


async def forget_deliveries(database: Database) -> int:
    """Forget some of the deliveries that were taken over a day ago; how many. Run by a timer."""
    over = select(AlertDelivery.id).where(AlertDelivery.received_at < database.clock.now() - KEPT)
    async with database.unit_of_work() as session:
        some = over.limit(literal_column(str(BATCH))).with_for_update(skip_locked=True)
        # As an array: joined to them, the whole table may be read from end to end.
        these = AlertDelivery.id == any_(func.array(some.scalar_subquery()))
        gone = await session.execute(delete(AlertDelivery).where(these).returning(AlertDelivery.id))
        return len(gone.all())
