"""The call in which an incident is worked on."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.outward.order import order
from actions.outward.settings import find_integration
from actions.transitions import refuse_ended
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from models.integration import OutwardAction
from models.words import OutwardVerb


async def open_bridge(session: AsyncSession, actor: Actor, *, incident: str, integration: str) -> OutwardAction:
    """Have a conference call opened for an incident. It has one: asked for again, it stays the same.

    CONFLICT once nobody works on the incident any more, or if the integration is none for calls. A job opens it; the
    timeline then says where it is.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.OPEN_BRIDGE, incident)
    refuse_ended(target)
    chosen = await find_integration(session, integration)
    return await order(session, target, OutwardVerb.OPEN_BRIDGE, chosen, name="bridge")
