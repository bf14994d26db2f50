"""Deliveries of monitors that could not be read, for those who administer."""

from collections.abc import Sequence

import strawberry
from sqlalchemy import select

from actions.alerts.unread import opened_post
from core.ids import decode_as
from models.alert_delivery import UnreadDelivery
from resolvers.context import Context
from resolvers.mutations.fields import gone
from resolvers.mutations.perform import Outcome
from resolvers.rows import by_key

MOST = 100
SHOWN = 20_000
"""Characters of a body."""


async def unread_deliveries(
    ctx: Context,
    *,
    source: strawberry.ID | None = None,
) -> list[UnreadDelivery]:
    """The newest of all sources, or of one."""
    found = select(UnreadDelivery).order_by(UnreadDelivery.id.desc()).limit(MOST)
    if source is not None:
        found = found.where(UnreadDelivery.source_id == decode_as("AlertSource", source, "source"))
    return await ctx.reader.rows(UnreadDelivery, found)


async def bodies(ctx: Context, deliveries: Sequence[UnreadDelivery]) -> list[str | None]:
    """What was sent, as text."""
    secrets = ctx.runtime.database.secrets
    posts = [opened_post(secrets, each) for each in deliveries]
    return [None if post is None else post[1].decode("utf-8", "replace")[:SHOWN] for post in posts]


async def replayed(ctx: Context, outcomes: Sequence[Outcome]) -> list[UnreadDelivery | Exception]:
    """The deliveries that are read again, as they stand."""
    found = await by_key(ctx, UnreadDelivery, [outcome.key for outcome in outcomes])
    return [found.get(outcome.key) or gone("UnreadDelivery") for outcome in outcomes]
