"""Heartbeats, as they stand now."""

from collections.abc import Sequence

from sqlalchemy import func, select

from actions.heartbeats.saving import heartbeat_path
from models.heartbeat import Heartbeat, HeartbeatState
from resolvers.context import Context
from resolvers.mutations.perform import Outcome
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import page

IN_ORDER = Order("heartbeats", (Heartbeat.id,))


async def heartbeats(
    ctx: Context,
    *,
    archived: bool = False,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Heartbeat]:
    """A page of those in use, or of those that are archived, in the order in which they were made."""
    window = Window(IN_ORDER, paging(first, after, last, before))
    wanted = Heartbeat.archived_at.is_not(None) if archived else Heartbeat.archived_at.is_(None)
    return await page(ctx, Heartbeat, select(Heartbeat).where(wanted), window)


async def all_heartbeats(ctx: Context) -> list[Heartbeat]:
    """All by name, archived ones last."""
    order = (Heartbeat.archived_at.is_not(None), func.lower(Heartbeat.name), Heartbeat.id)
    return await ctx.reader.rows(Heartbeat, select(Heartbeat).order_by(*order))


async def states(ctx: Context, rows: Sequence[Heartbeat]) -> list[HeartbeatState]:
    """Where each stands now."""
    now = ctx.reader.clock.now()
    return [row.state_at(now) for row in rows]


async def heartbeat_urls(ctx: Context, outcomes: Sequence[Outcome]) -> list[str | None]:
    """Where a heartbeat reports to; None when the request was a repeated one: its key is kept nowhere."""
    return [f"{ctx.base_url}{heartbeat_path(o.secret)}" if o.secret is not None else None for o in outcomes]
