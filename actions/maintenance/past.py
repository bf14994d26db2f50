"""Work that is over before Muster hears of it: the past of its components is told anew, as far as nothing was worse."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.service import ComponentPeriod
from models.words import ComponentStatus


async def note_past_work(
    session: AsyncSession, component_ids: Collection[int], since: datetime, until: datetime
) -> None:
    """Let components have been under maintenance between two moments that have passed, wherever they were operational.

    The components are locked. What they are now does not change, so there is no event of it: the page's bars differ.
    """
    periods = await session.scalars(
        select(ComponentPeriod)
        .where(
            ComponentPeriod.component_id.in_(component_ids),
            ComponentPeriod.status == ComponentStatus.OPERATIONAL,
            ComponentPeriod.started_at < until,
            ComponentPeriod.ended_at.is_(None) | (ComponentPeriod.ended_at > since),
        )
        .order_by(ComponentPeriod.component_id, ComponentPeriod.started_at)
    )
    for period in periods.all():
        begin, ended = max(since, period.started_at), period.ended_at
        end = until if ended is None else min(until, ended)
        period.ended_at = begin
        await session.flush()  # only one period of a component may be open
        session.add(_period(period, ComponentStatus.UNDER_MAINTENANCE, begin, end))
        if ended is None or ended > end:
            session.add(_period(period, ComponentStatus.OPERATIONAL, end, ended))
        if begin == period.started_at:
            await session.delete(period)
        await session.flush()


def _period(
    like: ComponentPeriod, status: ComponentStatus, started_at: datetime, ended_at: datetime | None
) -> ComponentPeriod:
    return ComponentPeriod(component_id=like.component_id, status=status, started_at=started_at, ended_at=ended_at)
