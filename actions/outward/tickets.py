"""The ticket that stands for an incident where other teams plan their work."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.outward.order import order
from actions.outward.settings import find_integration
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from models.integration import OutwardAction
from models.words import OutwardVerb


async def open_ticket(session: AsyncSession, actor: Actor, *, incident: str, integration: str) -> OutwardAction:
    """Have a ticket opened for an incident. It has one: asked for again, it stays the same.

    CONFLICT for a merged incident, which goes on as another, or if the integration is none for tickets. A job opens it;
    the timeline then says where it is.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.OPEN_TICKET, incident)
    refuse_merged(target)
    chosen = await find_integration(session, integration)
    return await order(session, target, OutwardVerb.OPEN_TICKET, chosen, name="ticket")
