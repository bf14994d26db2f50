"""Incidents: the root fields, and what hangs on each of many."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Select, func, select

from actions.find import incident_key
from auth.actor import Actor
from auth.visibility import REMEMBERED, visible_to
from core.kept import among, with_keys
from models.incident import Incident, IncidentMember, IncidentService
from models.person import User
from models.postmortem import Postmortem
from models.public_postmortem import PublicPostmortem
from models.service import Service
from models.severity import SeverityVersion
from models.words import Audience, IncidentKind
from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.incident_filter import MEANINGS, IncidentFilter, IncidentOrder, Wanted, plain_filter, read_filter
from resolvers.incident_order import ORDERS, listed
from resolvers.page import Cursor, Page, Window, paging
from resolvers.past import incident_as_of
from resolvers.rows import by_key, children, page
from resolvers.unchanging import unchanging

SERVICES = (
    select(Service, IncidentService.incident_id)
    .join(IncidentService, IncidentService.service_id == Service.id)
    .where(among(IncidentService.incident_id))
    .order_by(func.lower(Service.name), Service.id)
)
MEMBERS = (
    select(User, IncidentMember.incident_id)
    .join(IncidentMember, IncidentMember.user_id == User.id)
    .where(among(IncidentMember.incident_id))
    .order_by(IncidentMember.id)
)
POSTMORTEMS = select(Postmortem).where(among(Postmortem.incident_id))
STANDING = select(PublicPostmortem).where(among(PublicPostmortem.incident_id), PublicPostmortem.withdrawn_at.is_(None))


async def incident(ctx: Context, *, ref: str, as_of: Cursor | None = None) -> Incident | None:
    """One incident by reference, number or id, today or at a cursor; None if there is none that the viewer may see."""
    key = incident_key(ref, "ref")
    today = await ctx.reader.row(Incident, _visible(ctx.actor), with_keys([key]))
    return today if today is None or as_of is None else await incident_as_of(ctx, today, as_of)


@lru_cache(REMEMBERED)
def _visible(actor: Actor) -> Select[Incident]:
    return select(Incident).where(among(Incident.id), visible_to(actor))


async def incidents(
    ctx: Context,
    selected: Selected = EVERYTHING,
    *,
    filter: IncidentFilter | None = None,  # noqa: A002 (the name that was promised to clients)
    order_by: IncidentOrder = IncidentOrder.NEWEST,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Incident]:
    """A page of the incidents that the viewer may see and that meet the filter."""
    slice_ = paging(first, after, last, before)
    plain = plain_filter(filter) if order_by in ORDERS else None
    if plain is not None:
        window = Window(ORDERS[order_by], slice_)
        of = partial(_plainly, ctx.actor, plain)
        return await page(ctx, Incident, of, window, kept=(ctx.actor, tuple(plain.items())), selected=selected)
    wanted = await read_filter(ctx, filter) if filter is not None else Wanted([])
    visible = replace(wanted, conditions=[visible_to(ctx.actor), *wanted.conditions])
    return await page(ctx, Incident, *listed(order_by, visible, slice_))


def _plainly(actor: Actor, plain: dict[str, Any]) -> Select[Incident]:
    return select(Incident).where(visible_to(actor), *(MEANINGS[name](value) for name, value in plain.items()))


async def incident_of(ctx: Context, rows: Sequence[Any]) -> list[Incident | None]:
    """The incident that each row belongs to; None where it belongs to none or to one that the viewer may not see."""
    found = await by_key(ctx, Incident, (row.incident_id for row in rows), visible_to(ctx.actor))
    return [found.get(row.incident_id) for row in rows]


async def merged_into(ctx: Context, incidents: Sequence[Incident]) -> list[Incident | None]:
    """The incident in which each goes on; None also where the viewer may not see it."""
    found = await by_key(ctx, Incident, (incident.merged_into_id for incident in incidents), visible_to(ctx.actor))
    return [found.get(incident.merged_into_id or 0) for incident in incidents]


async def merged_from(ctx: Context, incidents: Sequence[Incident]) -> list[list[Incident]]:
    """The incidents that were merged into each and that the viewer may see, by number."""
    keys = with_keys(incident.id for incident in incidents)
    found: dict[int, list[Incident]] = {}
    for row in await ctx.reader.rows(Incident, _merged(ctx.actor), keys):
        found.setdefault(row.merged_into_id or 0, []).append(row)
    return [found.get(incident.id, []) for incident in incidents]


@lru_cache(REMEMBERED)
def _merged(actor: Actor) -> Select[Incident]:
    return select(Incident).where(among(Incident.merged_into_id), visible_to(actor)).order_by(Incident.id)


async def severities(ctx: Context, incidents: Sequence[Incident]) -> list[SeverityVersion | None]:
    """The severity of each, in the version that it was given."""
    keys = [incident.severity_version_id for incident in incidents]
    found = await unchanging(ctx.reader, SeverityVersion, {key for key in keys if key is not None})
    return [None if key is None else found.get(key) for key in keys]


async def services(ctx: Context, incidents: Sequence[Incident]) -> list[list[Service]]:
    """The services that each touches, by name."""
    found = await children(ctx, Service, SERVICES, with_keys(incident.id for incident in incidents))
    return [found.get(incident.id, []) for incident in incidents]


async def members(ctx: Context, incidents: Sequence[Incident]) -> list[list[User]]:
    """The people who may see each while it is private, in the order in which they came."""
    found = await children(ctx, User, MEMBERS, with_keys(incident.id for incident in incidents))
    return [found.get(incident.id, []) for incident in incidents]


async def urls(ctx: Context, incidents: Sequence[Incident]) -> list[str]:
    """Where responders find each in the console."""
    return [f"{ctx.base_url}/console/incidents/{incident.reference}" for incident in incidents]


async def public_urls(ctx: Context, incidents: Sequence[Incident]) -> list[str | None]:
    """Where customers read about each; None for one that is not public."""
    return [f"{ctx.base_url}/incidents/{i.reference}" if is_public(i) else None for i in incidents]


def is_public(incident: Incident) -> bool:
    """Whether customers read of it: only with a PUBLIC update, and never a private one or a drill (DESIGN §3)."""
    return incident.public_since is not None and not incident.private and incident.kind is not IncidentKind.DRILL


async def next_updates_due(ctx: Context, incidents: Sequence[Incident], *, audience: Audience) -> list[Any]:
    """When the next update for an audience was promised for."""
    del ctx
    return [incident.next_update_due_at(audience) for incident in incidents]


async def public_postmortems(ctx: Context, incidents: Sequence[Incident]) -> list[PublicPostmortem | None]:
    """What customers read was learned of each."""
    keys = with_keys(incident.id for incident in incidents)
    found = {row.incident_id: row for row in await ctx.reader.rows(PublicPostmortem, STANDING, keys)}
    return [found.get(incident.id) for incident in incidents]


async def postmortems(ctx: Context, incidents: Sequence[Incident]) -> list[Postmortem | None]:
    """The postmortem of each."""
    keys = with_keys(incident.id for incident in incidents)
    found = {row.incident_id: row for row in await ctx.reader.rows(Postmortem, POSTMORTEMS, keys)}
    return [found.get(incident.id) for incident in incidents]
