"""How far tickets are, both ways. What ends here is closed where its ticket is kept; news from there is looked up.

One order for each ticket, `…/ticket/state`, does both: it moves the ticket if that is wished for, and looks at it. So
one comes after the other, and what we caused is known before its news comes back, which then changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.order import Subject, key_of, renew
from models.incident import Incident
from models.integration import TICKET_SQL, Integration, OutwardAction
from models.postmortem import ActionItem
from models.words import OutwardState, OutwardVerb, TicketState

NAME = "ticket/state"
"""How the order is called, after what it is for."""
SWITCH = "closes_tickets"
"""The field of a configuration that says whether we move tickets at all."""
STAYS = {"read": True, "key_share": True}
"""How a new order locks what it points to. That is locked so before it: others lock it first, too (docs/locks.md)."""
REMEMBERED = 20
"""The news of a ticket that are known again when they are sent again."""


@dataclass(frozen=True, slots=True)
class TicketStatus:
    """How far a ticket is, as its vendor says."""

    ticket: str
    """What the vendor calls it today."""
    state: TicketState
    words: str
    """What the vendor calls that state."""
    assignee: str | None
    """Who has it, as people call them."""
    dropped: bool = False
    """Whether it was closed without being done."""


async def want_ticket(
    session: AsyncSession,
    subject: Subject,
    ticket: OutwardAction,
    integration: Integration,
    to: TicketState,
    *,
    dropped: bool = False,
) -> None:
    """Have a ticket closed (`to` DONE; `dropped`: without being done) or reopened, unless it is so already.

    The integration is locked. Nothing happens where it is told to leave tickets alone.
    """
    if not integration.configuration.get(SWITCH, True):
        return
    told = await _told(session, subject)
    as_wished = ticket.ticket_state is not None and ticket.ticket_done is (to is TicketState.DONE)
    if as_wished and told.get("to") is None:
        return
    wish = {"ticket": ticket.external_id, "to": to, "dropped": dropped, "asked": told.get("asked", 0) + 1}
    await renew(session, subject, OutwardVerb.FOLLOW_TICKET, integration, name=NAME, arguments=wish)


async def hear_of_ticket(
    session: AsyncSession, integration_id: int, tickets: Sequence[str], delivery: str | None
) -> bool:
    """Have a ticket looked at, as there is news of it; whether it is one of ours, and the news new.

    `tickets`: what the vendor calls it, now and before; `delivery`: what it calls the news, if it does.
    """
    ours = select(OutwardAction).where(
        OutwardAction.integration_id == integration_id,
        text(TICKET_SQL),
        OutwardAction.external_id.in_(tickets),
        OutwardAction.state == OutwardState.DONE,
    )
    ticket = (await session.scalars(ours.order_by(OutwardAction.id).limit(1))).first()
    return ticket is not None and await look_at_ticket(session, ticket, delivery)


async def look_at_ticket(session: AsyncSession, ticket: OutwardAction, delivery: str | None = None) -> bool:
    """Have a ticket looked at; what could not be done on it is tried again. False for a delivery that came before."""
    subject: Subject
    if ticket.action_item_id is not None:
        subject = await session.get_one(ActionItem, ticket.action_item_id, with_for_update=STAYS)
    else:
        subject = await session.get_one(Incident, ticket.incident_id, with_for_update=STAYS)
    integration = await session.get_one(Integration, ticket.integration_id, with_for_update=STAYS)
    told = await _told(session, subject)
    before = told.get("told", [])
    if delivery is not None and delivery in before:
        return False
    news = {"told": [*before, delivery][-REMEMBERED:]} if delivery is not None else {}
    given = {"ticket": ticket.external_id, **news}
    await renew(session, subject, OutwardVerb.FOLLOW_TICKET, integration, name=NAME, arguments=given)
    return True


async def _told(session: AsyncSession, subject: Subject) -> dict[str, Any]:
    """What the order of a ticket was told so far; it is locked."""
    known = select(OutwardAction).where(OutwardAction.key == key_of(subject, NAME)).with_for_update()
    row = (await session.scalars(known)).one_or_none()
    return row.arguments if row is not None else {}


def granted(now: dict[str, Any], attempted: dict[str, Any]) -> dict[str, Any]:
    """What an order is told once an attempt with some arguments succeeded: its wish is fulfilled, if it is that one."""
    if now.get("asked") != attempted.get("asked"):
        return now
    return {name: value for name, value in now.items() if name not in ("to", "dropped")}
