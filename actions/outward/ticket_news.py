"""What follows from how far a ticket is: its order shows it, the timeline tells it, its action item follows it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.action_items import change_action_item
from actions.outward.ticket_state import TicketStatus
from actions.record import now, record
from auth.actor import Actor, vendor
from core.ids import encode
from models.facts.outward import TicketClosed, TicketReopened
from models.incident import Incident
from models.integration import Integration, OutwardAction
from models.postmortem import FINISHED, ActionItem
from models.words import ActionItemState, OutwardVerb, Stage, TicketState

WORDS = 100
"""Characters of a status or a name that are kept."""


async def note_status(
    session: AsyncSession,
    integration: Integration,
    order: OutwardAction,
    status: TicketStatus,
    subject: Incident | ActionItem,
    *,
    ours: bool,
) -> None:
    """Take note of how far a ticket is. `order` is the one that found out; `ours`: it is so because we made it so.

    Nothing advances by itself (DESIGN §3): of an incident the timeline tells that its ticket was closed or reopened,
    and no more. An action item is done once its ticket is, and open again with it.
    """
    ticket = await _ticket_of(session, order)
    before = ticket.ticket_done
    ticket.ticket_state, ticket.heard_at = status.state, now(session)
    ticket.ticket_status, ticket.ticket_assignee = _short(status.words), _short(status.assignee or "") or None
    _rename(ticket, status.ticket)
    if ours or ticket.ticket_done is before:
        return
    actor = vendor(integration.id, integration.name)
    if isinstance(subject, ActionItem):
        await _carry_over(session, actor, subject, ticket, dropped=status.dropped)
    elif subject.stage is not Stage.MERGED:
        kind = TicketClosed if ticket.ticket_done else TicketReopened
        told = kind(
            action_id=ticket.id, integration_id=integration.id, ticket=status.ticket, status=_short(status.words)
        )
        record(session, actor, told, incident=subject)


async def _ticket_of(session: AsyncSession, order: OutwardAction) -> OutwardAction:
    """The order by which the ticket was opened that another order is about; it is locked."""
    same = (
        OutwardAction.action_item_id == order.action_item_id
        if order.action_item_id is not None
        else OutwardAction.incident_id == order.incident_id
    )
    opened = select(OutwardAction).where(same, OutwardAction.verb == OutwardVerb.OPEN_TICKET)
    return (await session.scalars(opened.with_for_update())).one()


async def _carry_over(
    session: AsyncSession, actor: Actor, item: ActionItem, ticket: OutwardAction, *, dropped: bool
) -> None:
    """Bring an action item to where its ticket is."""
    if (item.state in FINISHED) is ticket.ticket_done:
        return
    to, verb = ActionItemState.DONE, "closed"
    if not ticket.ticket_done:
        verb = "reopened"
        begun = ticket.ticket_state is TicketState.IN_PROGRESS
        to = ActionItemState.IN_PROGRESS if begun else ActionItemState.OPEN
    elif dropped:
        to = ActionItemState.WONT_DO
    reason = f"{ticket.external_id} was {verb} in {actor.name} ({ticket.ticket_status})."
    reference = encode("ActionItem", item.id)
    await change_action_item(session, actor, action_item=reference, state=to, reason=reason[: check.LINE])


def _rename(ticket: OutwardAction, name: str) -> None:
    """Take over what the vendor calls it today: Jira's issues get another key when they move to another project."""
    before, ticket.external_id = str(ticket.external_id), name
    if ticket.url is not None and ticket.url.endswith(f"/{before}"):
        ticket.url = ticket.url.removesuffix(before) + name


def _short(said: str) -> str:
    """Words of a vendor's in one line, as far as they are kept, and no NUL."""
    return " ".join(said.replace("\x00", "").split())[:WORDS]
