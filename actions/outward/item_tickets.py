"""The ticket of an action item, where a team plans its work."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.ticket_state import STAYS, want_ticket
from models.integration import Integration, OutwardAction
from models.postmortem import FINISHED, ActionItem
from models.words import ActionItemState, OutwardState, OutwardVerb, TicketState


async def follow_item(session: AsyncSession, item: ActionItem) -> None:
    """Have the ticket of an action item, which is locked, closed or reopened with it, if it has one."""
    opened = (
        select(OutwardAction, Integration)
        .join(Integration, Integration.id == OutwardAction.integration_id)
        .where(
            OutwardAction.action_item_id == item.id,
            OutwardAction.verb == OutwardVerb.OPEN_TICKET,
            OutwardAction.state == OutwardState.DONE,
            Integration.archived_at.is_(None),
        )
        .with_for_update(of=Integration, **STAYS)
    )
    for ticket, integration in await session.execute(opened):
        dropped = item.state is ActionItemState.WONT_DO
        await want_ticket(session, item, ticket, integration, to=_wanted(item), dropped=dropped)


async def note_opened(session: AsyncSession, item: ActionItem, url: str | None) -> None:
    """Take note of where the ticket of an action item is. One that was finished meanwhile has it closed at once."""
    item.ticket_url = url
    if item.state in FINISHED:
        await follow_item(session, item)


def _wanted(item: ActionItem) -> TicketState:
    if item.state in FINISHED:
        return TicketState.DONE
    return TicketState.IN_PROGRESS if item.state is ActionItemState.IN_PROGRESS else TicketState.OPEN
