"""Tickets where other teams plan their work: for an incident, and for what is to be done so that it does not recur."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed, require_on
from actions.bound import find_bound
from actions.outward.order import Subject, order
from actions.outward.settings import find_integration
from actions.outward.ticket_state import look_at_ticket
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import NEEDS, Act
from auth.permission import Permission, require
from auth.visibility import visible_action_items
from core.errors import conflict
from models.integration import Integration, OutwardAction
from models.postmortem import FINISHED, ActionItem
from models.words import OutwardState, OutwardVerb


async def open_ticket(session: AsyncSession, actor: Actor, *, incident: str, integration: str) -> OutwardAction:
    """Have a ticket opened for an incident. It has one: asked for again, it stays the same, and is looked at.

    CONFLICT for a merged incident, which goes on as another, or if the integration is none for tickets. A job opens it;
    the timeline then says where it is.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.OPEN_TICKET, incident)
    refuse_merged(target)
    chosen = await find_integration(session, integration)
    return await _ordered(session, target, chosen)


async def open_action_item_ticket(
    session: AsyncSession, actor: Actor, *, action_item: str, integration: str
) -> OutwardAction:
    """Have a ticket opened for an action item. It has one: asked for again, it stays the same, and is looked at.

    CONFLICT for one that is done or will not be done and has none, or if the integration is none for tickets. A job
    opens it; from then on one is done once the other is.
    """
    require(actor, Permission.READ)
    found = await find_bound(session, actor, ActionItem, action_item, visible_action_items(actor), noun="action item")
    await require_on(session, actor, NEEDS[Act.OPEN_ACTION_ITEM_TICKET].permission, found.incident)
    if found.row.state in FINISHED and found.row.ticket_url is None:
        raise conflict("This action item is finished.", field="action_item", hint="Reopen it first.")
    chosen = await find_integration(session, integration)
    return await _ordered(session, found.row, chosen)


async def _ordered(session: AsyncSession, subject: Subject, integration: Integration) -> OutwardAction:
    row = await order(session, subject, OutwardVerb.OPEN_TICKET, integration, name="ticket")
    if row.state is OutwardState.DONE:
        await look_at_ticket(session, row)
    return row
