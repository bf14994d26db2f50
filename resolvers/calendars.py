"""Links to calendars of shifts."""

from collections.abc import Sequence

from actions.schedules.links import PATH, SUFFIX
from resolvers.context import Context
from resolvers.mutations.perform import Outcome


async def calendar_urls(ctx: Context, outcomes: Sequence[Outcome]) -> list[str | None]:
    """Where each calendar is; None when the request was a repeated one."""
    return [f"{ctx.base_url}{PATH}{each.secret}{SUFFIX}" if each.secret else None for each in outcomes]
