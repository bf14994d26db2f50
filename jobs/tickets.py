"""Opening tickets, and bringing them and us to the same state."""

from actions.outward.ledger import Claimed, Made
from integrations.ports import Item, Matter, TicketPort
from jobs.following import settle
from models.words import TicketState


async def open_once(tickets: TicketPort, claimed: Claimed, subject: Matter | Item) -> Made:
    """The ticket of an incident or an action item: the one that an earlier attempt opened, else a new one."""
    if not claimed.uncertain:
        return await tickets.open_ticket(subject)
    settle(claimed, "whether the ticket was opened")
    return await tickets.find_ticket(subject) or await tickets.open_ticket(subject)


async def follow(tickets: TicketPort, claimed: Claimed) -> Made:
    """How far a ticket is, after it was moved if that is wished: whether it is so already is looked up first."""
    told = claimed.arguments
    if told.get("to") is None:
        status = await tickets.ticket_status(told["ticket"])
    else:
        settle(claimed, "whether the ticket was moved")
        status = await tickets.move_ticket(told["ticket"], TicketState(told["to"]), dropped=bool(told["dropped"]))
    return Made(status.ticket, status=status)
