"""Pages that proposed routing rules would have spared people, told from a dry run."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select
from strawberry.scalars import JSON

from actions.alerts.rehearsal import Rehearsal, RoutingFate
from auth.permission import Permission, require
from models.alert import Alert
from models.integration import OutwardAction
from models.paging.run import Page
from resolvers.context import Context
from resolvers.fatigue import ASKED, USUAL
from resolvers.routing import Trial, trial_of

WAKING = (RoutingFate.ASKS, RoutingFate.PAGES)


class Saved(NamedTuple):
    """What proposed routing rules would have spared people."""

    alerts: int
    since: datetime
    cut: bool
    incidents_before: int
    incidents_after: int
    pages: int
    pages_saved: int


async def pages_saved(ctx: Context, *, rules: JSON, days: int = USUAL) -> Saved:
    """How many pages of the last days these rules would have spared, told from a dry run beside the present rules.

    As routing_dry_run; needs the permission to administer.
    """
    require(ctx.actor, Permission.ADMINISTER)
    return await spared(ctx, await trial_of(ctx, rules=rules, days=days))


async def spared(ctx: Context, tried: Trial) -> Saved:
    """What a dry run comes to in pages, ours and those that vendors' pagers were asked for. Three statements.

    A page of an incident is spared if the present rules would have opened that for an alert of it, and the proposed
    ones would open none for any; one of alerts without an incident if the present rules page or ask for one of these,
    and the proposed ones for none. What people did by hand is not thought away.
    """
    before, after = await asyncio.to_thread(lambda: (_woken(tried.before, tried.rows), _woken(tried.after, tried.rows)))
    pages = await _pages(ctx, before)
    return Saved(
        len(tried.rows),
        tried.since,
        tried.cut,
        tried.before.count(RoutingFate.NEW_INCIDENT),
        tried.after.count(RoutingFate.NEW_INCIDENT),
        sum(pages.values()),
        sum(number for key, number in pages.items() if key not in after),
    )


Cause = tuple[str, int]
"""What pages were for: `incident` and its key, or `run` and the key of a paging run of alerts alone."""


def _woken(rehearsal: Rehearsal, rows: Sequence[Alert]) -> set[Cause]:
    """The real incidents and runs of alerts for which there would have been one."""
    found: set[Cause] = set()
    for row in rows:
        fate = rehearsal.outcomes[row.id].fate
        if row.incident_id is not None and fate is RoutingFate.NEW_INCIDENT:
            found.add(("incident", row.incident_id))
        if row.paging_run_id is not None and fate in WAKING:
            found.add(("run", row.paging_run_id))
    return found


async def _pages(ctx: Context, causes: Collection[Cause]) -> dict[Cause, int]:
    """How often people were paged for each."""
    incidents = [key for kind, key in causes if kind == "incident"]
    runs = [key for kind, key in causes if kind == "run"]
    number = func.count()
    ours = select(Page.incident_id, number).where(Page.incident_id.in_(incidents)).group_by(Page.incident_id)
    theirs = (
        select(OutwardAction.incident_id, number)
        .where(OutwardAction.incident_id.in_(incidents), *ASKED)
        .group_by(OutwardAction.incident_id)
    )
    # What was asked may have become an incident, which is counted already where it is one of these.
    other = or_(Page.incident_id.is_(None), Page.incident_id.not_in(incidents))
    alone = select(Page.run_id, number).where(Page.run_id.in_(runs), other).group_by(Page.run_id)
    found: dict[Cause, int] = {}
    for kind, statement in (("incident", ours), ("incident", theirs), ("run", alone)):
        for key, pages in await ctx.reader.execute(statement):
            found[kind, key] = found.get((kind, key), 0) + pages
    return found
