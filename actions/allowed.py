"""Finding an incident to do something on it, for those who may: by their access role, or by a role on that incident.

The order of refusals is the same for every act (auth.acts). UNAUTHENTICATED for nobody in particular; NOT_FOUND for an
incident that the actor may not see, whatever they may do otherwise; FORBIDDEN for one that they see and may not change.
A role counts as long as it is held: it is looked up under the incident's lock, which every hand-over takes.
"""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from actions.families import find_families
from actions.find import find_incident
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, may, may_by_role, may_on, refusal
from models.incident import Incident
from models.role import roles_held


async def find_allowed(
    session: AsyncSession, actor: Actor, act: Act, reference: str, *, field: str = "incident"
) -> Incident:
    """The incident, locked, for an actor who may do this on it. NOT_FOUND, FORBIDDEN."""
    incident = await find_incident(session, actor, reference, field=field)
    await require_on(session, actor, NEEDS[act].permission, incident)
    return incident


async def find_allowed_families(
    session: AsyncSession, actor: Actor, act: Act, references: Mapping[str, str]
) -> tuple[dict[str, Incident], list[Incident]]:
    """Incidents by field and those merged into them, locked, for an actor who may do this on each that is named."""
    heads, merged = await find_families(session, actor, references)
    for head in heads.values():
        await require_on(session, actor, NEEDS[act].permission, head)
    return heads, merged


async def require_on(session: AsyncSession, actor: Actor, permission: Permission, incident: Incident | None) -> None:
    """Refuse with UNAUTHENTICATED or FORBIDDEN unless the actor has a permission on a locked incident, which they see.

    None is no incident: what belongs to none is everybody's, and only an access role allows it.
    """
    if may(actor, permission):
        return
    if incident is None or not may_by_role(actor, permission):
        raise refusal(actor, permission)
    if not may_on(actor, permission, await _held(session, actor, incident)):
        raise refusal(actor, permission)


async def _held(session: AsyncSession, actor: Actor, incident: Incident) -> frozenset[str]:
    """The keys of the roles that a person holds on an incident now."""
    held = await session.execute(*roles_held(actor.user_id, [incident.id]))
    return frozenset(row.key for row in held)
