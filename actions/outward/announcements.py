"""The announcement of an incident, where everybody reads it."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.outward.order import order
from actions.outward.settings import find_integration
from actions.transitions import refuse_ended
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.integration import OutwardAction
from models.words import OutwardVerb


async def announce(session: AsyncSession, actor: Actor, *, incident: str, integration: str) -> OutwardAction:
    """Have an incident announced by an integration, once; from then on its announcement follows what happens to it.

    CONFLICT for a private incident, which is told to its members only, once nobody works on the incident any more, or
    if the integration announces nothing. A job does it; the timeline then says where the announcement is.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ANNOUNCE, incident)
    refuse_ended(target)
    if target.private:
        raise conflict(
            f"{target.reference} is private: announcements are read by everybody.",
            field="incident",
            hint="Open a channel for it: that of a private incident is private.",
        )
    chosen = await find_integration(session, integration)
    return await order(session, target, OutwardVerb.ANNOUNCE, chosen, name=announcement_by(chosen.id))


def announcement_by(integration_id: int) -> str:
    """What the announcement of an incident by an integration is called: an incident may have one by each."""
    return f"announcement/{integration_id}"
