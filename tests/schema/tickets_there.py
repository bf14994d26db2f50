"""Tickets, from their order to their end, with what the tracker does in between."""

from sqlalchemy import func, select

from actions.outward.following import follow
from actions.outward.ledger import Failure, Made, claim_action, mark_done, mark_failed
from actions.outward.ticket_state import TicketStatus, hear_of_ticket
from core import ids
from models.event import Event
from models.integration import OutwardAction
from models.words import TicketState


async def tickets_there(do, database, incident: str, ordered: str) -> None:
    """Open the ticket that was ordered for an incident, and one for an action item; each is closed on either side."""
    integration = await opened(database, ordered, "#1")
    await do("openTicket", "outwardAction", incident=incident, integration="github")
    await _told(database, integration, "#1")
    await looked_at(database, f"{incident}/ticket/state", "#1", TicketState.DONE)
    item = (await do("addActionItem", "actionItem", incident=incident, title="Mend it", owner="team-1"))["id"]
    wish = {"actionItem": item, "integration": "github"}
    await opened(database, (await do("openActionItemTicket", "outwardAction", **wish))["id"], "#2")
    await _told(database, integration, "#2")
    state = f"ITEM-{ids.decode(item)[1]}/ticket/state"
    await looked_at(database, state, "#2", TicketState.DONE)
    await do("changeActionItem", "actionItem", actionItem=item, state="OPEN")
    await _failed(database, state)
    await _ended(do, database, incident)


async def opened(database, order: str, ticket: str) -> int:
    """Take a ticket to be opened; the key of its integration."""
    async with database.unit_of_work() as session:
        claimed = await claim_action(session, ids.decode(order)[1])
    async with database.unit_of_work() as session:
        await mark_done(session, claimed, Made(ticket, f"https://github.example/acme/shop/issues/{ticket[1:]}"))
    return claimed.integration_id


async def _told(database, integration: int, ticket: str) -> None:
    async with database.unit_of_work() as session:
        assert await hear_of_ticket(session, integration, [ticket], "delivery-1")
    async with database.unit_of_work() as session:
        assert not await hear_of_ticket(session, integration, [ticket], "delivery-1")


async def _claimed(database, key: str):
    async with database.reading() as reader:
        action_id = await reader.scalar(select(OutwardAction.id).where(OutwardAction.key == key))
    async with database.unit_of_work() as session:
        return await claim_action(session, action_id)


async def looked_at(database, key: str, ticket: str, state: TicketState) -> None:
    claimed = await _claimed(database, key)
    async with database.unit_of_work() as session:
        await mark_done(session, claimed, Made(ticket, status=TicketStatus(ticket, state, "closed", "sam")))


async def _failed(database, key: str) -> None:
    claimed = await _claimed(database, key)
    async with database.unit_of_work() as session:
        await mark_failed(session, claimed, Failure.PERMANENT, "It is not there any more.")


async def _ended(do, database, incident: str) -> None:
    """The incident ends, and its ticket is to be closed with it."""
    await do("declineIncident", incident=incident, reason="Nothing.")
    key = int(incident.removeprefix("INC-"))
    async with database.reading() as reader:
        event = await reader.scalar(select(func.max(Event.id)).where(Event.incident_id == key))
    async with database.unit_of_work() as session:
        await follow(session, key, event)
