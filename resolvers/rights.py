"""What the viewer may do: everywhere, and on each of many incidents."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, exists, outerjoin, select

from auth.acts import Act, Beside, possible
from auth.permission import Permission, may, permissions
from core.kept import among, with_keys
from models.incident import Incident
from models.integration import OutwardAction
from models.postmortem import Postmortem
from models.public_postmortem import PublicPostmortem
from models.role import roles_held
from models.words import OutwardState, OutwardVerb
from resolvers.context import Context
from resolvers.people import Who


async def permissions_of(ctx: Context, actors: Sequence[Who]) -> list[list[Permission] | None]:
    """What the viewer may do everywhere, in the order of the enumeration; None for anybody else."""
    held = permissions(ctx.actor)
    own = [permission for permission in Permission if permission in held]
    viewer = Who(ctx.actor.kind, ctx.actor.id)
    return [own if who == viewer else None for who in actors]


async def allowed_actions(ctx: Context, incidents: Sequence[Incident]) -> list[list[str]]:
    """The mutations that the viewer may carry out now on each incident, by name."""
    return await allowed_to(ctx, incidents, await _own_roles(ctx, {incident.id for incident in incidents}))


async def allowed_to(
    ctx: Context, incidents: Sequence[Incident], roles: Mapping[int, Sequence[str]]
) -> list[list[str]]:
    """The same where it is known which roles, by key, the viewer holds on each incident."""
    beside = await _beside(ctx, {incident.id for incident in incidents})
    return [
        [act.value for act in possible(ctx.actor, incident, roles.get(incident.id, ()), beside[incident.id])]
        for incident in incidents
    ]


async def may_act(ctx: Context, incidents: Sequence[Incident | None], act: Act, permission: Permission) -> list[bool]:
    """Whether the viewer may carry out an act on each incident now; where there is none, by a permission everywhere."""
    known = list({incident.id: incident for incident in incidents if incident is not None}.values())
    acts = dict(zip((each.id for each in known), await allowed_actions(ctx, known), strict=True))
    everywhere = may(ctx.actor, permission)
    return [everywhere if incident is None else act in acts[incident.id] for incident in incidents]


async def _own_roles(ctx: Context, keys: set[int]) -> dict[int, list[str]]:
    """The keys of the roles that the viewer holds on these incidents, by incident."""
    found: dict[int, list[str]] = {}
    if ctx.actor.user_id is None:
        return found
    for row in await ctx.reader.execute(*roles_held(ctx.actor.user_id, keys)):
        found.setdefault(row.incident_id, []).append(row.key)
    return found


async def _beside(ctx: Context, keys: set[int]) -> dict[int, Beside]:
    """Where the postmortems of these incidents stand, which of them customers read, and which have a channel."""
    rows = await ctx.reader.execute(_hangs_on(), with_keys(keys))
    return {row.id: Beside(row.status, row.public, row.channel) for row in rows}


@cache
def _hangs_on() -> Select[*tuple[Any, ...]]:
    own = outerjoin(Incident, Postmortem, Postmortem.incident_id == Incident.id)
    told = and_(PublicPostmortem.incident_id == Incident.id, PublicPostmortem.withdrawn_at.is_(None))
    opened = exists().where(
        OutwardAction.incident_id == Incident.id,
        OutwardAction.verb == OutwardVerb.OPEN_CHANNEL,
        OutwardAction.state == OutwardState.DONE,
    )
    public = PublicPostmortem.id.is_not(None)
    return (
        select(Incident.id, Postmortem.status, public.label("public"), opened.label("channel"))
        .select_from(outerjoin(own, PublicPostmortem, told))
        .where(among(Incident.id))
    )
