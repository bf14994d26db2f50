"""Changes of services: all of them, and those that an incident is seen beside."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import BigInteger, DateTime, func, literal, select, true
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import ARRAY

from models.change import Change
from models.incident import Incident, IncidentService
from models.service import Service
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import by_key, page

NEWEST = Order("changes", (Change.happened_at, Change.id), descending=True, moments=1)
BEFORE = timedelta(hours=24)
"""How long before an incident began changes are looked for."""
MOMENT = DateTime(timezone=True)
MOST = 20
"""Changes of one incident."""


async def changes(
    ctx: Context,
    *,
    service: str | None = None,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Change]:
    """A page of the changes, the newest first; of one service by slug, if asked for."""
    window = Window(NEWEST, paging(first, after, last, before))
    found = select(Change)
    if service is not None:
        found = found.where(Change.service_id == await _key(ctx, service))
    return await page(ctx, Change, found, window)


async def _key(ctx: Context, slug: str) -> int:
    """The service with a slug; 0, which is none, for nobody's."""
    key = await ctx.reader.scalar(select(Service.id).where(Service.slug == slug)) if slug.isprintable() else None
    return int(key or 0)


async def recent_changes(ctx: Context, incidents: Sequence[Incident]) -> list[list[Change]]:
    """Of each incident the newest changes of its services, from a day before it began until it was resolved."""
    now = ctx.reader.clock.now()
    begun = [min(moment for moment in (i.impact_started_at, i.detected_at) if moment) for i in incidents]
    keys = literal([i.id for i in incidents], ARRAY(BigInteger))
    since = literal([moment - BEFORE for moment in begun], ARRAY(MOMENT))
    until = literal([i.resolved_at or now for i in incidents], ARRAY(MOMENT))
    columns = (named("id", BigInteger), named("since", MOMENT), named("until", MOMENT))
    sent = func.unnest(keys, since, until).table_valued(*columns, name="sent").render_derived()
    newest = (
        select(Change.id, Change.happened_at)
        .join(IncidentService, IncidentService.service_id == Change.service_id)
        .where(
            IncidentService.incident_id == sent.c.id,
            Change.happened_at >= sent.c.since,
            Change.happened_at <= sent.c.until,
        )
        .order_by(Change.happened_at.desc(), Change.id.desc())
        .limit(MOST)
        .lateral("newest")
    )
    statement = select(sent.c.id.label("incident"), newest.c.id).select_from(sent.join(newest, true()))
    order = (newest.c.happened_at.desc(), newest.c.id.desc())
    pairs = [(row[0], row[1]) for row in await ctx.reader.execute(statement.order_by(*order))]
    rows = await by_key(ctx, Change, {key for _, key in pairs})
    found: dict[int, list[Change]] = {}
    for incident, key in pairs:
        found.setdefault(incident, []).append(rows[key])
    return [found.get(incident.id, []) for incident in incidents]
