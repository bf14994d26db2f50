"""What stands for an incident at vendors follows what happens to it: what an event asks for is ordered here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.reading import read_soon
from actions.outward.announcements import announcement_by
from actions.outward.order import order, renew
from actions.outward.saying import say_questions, say_runbooks
from actions.outward.ticket_state import want_ticket
from actions.outward.vendors import PORTS, VENDORS, ports_of
from auth.actor import SYSTEM
from auth.visibility import visible_events, visible_to
from models.event import Event
from models.facts.incident import StageChanged
from models.incident import Incident
from models.integration import STANDING, Integration, OutwardAction
from models.words import Audience, OutwardState, OutwardVerb, Stage, TicketState

NEWCOMERS = frozenset({"role.assigned", "member.added"})
"""After which somebody is to be let into the channel."""
REOPENED = "incident.reopened"
SEVERITY = "incident.severity_changed"
ENDS = frozenset({"incident.declined", "incident.cancelled", "incident.merged", "incident.reopened"})
"""After which a ticket is closed, or open again."""
DONE, SPOKEN, RUNBOOK, ASKED = "outward.done", "update.published", "runbook.opened", "workflow.asked"
SAID = frozenset({RUNBOOK, ASKED})
"""What is said in the channel, and changes nothing of how the incident is."""
STAGES = frozenset(
    {
        *("incident.acknowledged", "incident.declared", "incident.declined", "incident.cancelled"),
        *(REOPENED, "incident.stage_changed", "incident.merged"),
    }
)
GIVEN_UP = frozenset({Stage.DECLINED, Stage.CANCELLED, Stage.MERGED})
"""The ends of an incident after which nothing is left to do on its ticket, though nothing was done."""
TURNS = STAGES | {SEVERITY}
"""What is worth a message where nothing can be edited, and a comment on a ticket."""
LINKED = frozenset({OutwardVerb.OPEN_BRIDGE, OutwardVerb.OPEN_TICKET, OutwardVerb.OPEN_CHANNEL, OutwardVerb.ANNOUNCE})
"""What the rest points to, once it is done."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands for an incident at a vendor."""

    incident: Incident
    row: OutwardAction
    integration: Integration

    @property
    def edits(self) -> bool:
        """Whether what was said there can be changed."""
        return VENDORS[self.integration.vendor].edits


async def follow(session: AsyncSession, incident_id: int, event_id: int) -> None:
    """Order what an event of an incident asks for, where something stands for it at a vendor."""
    seen = select(Incident).where(Incident.id == incident_id, visible_to(SYSTEM))
    incident = (await session.scalars(seen.with_for_update())).one()
    event = await session.scalar(select(Event).where(Event.id == event_id, visible_events(SYSTEM)))
    if event is None or (event.kind == DONE and event.data.get("verb") not in LINKED):
        return
    for standing in await _standing(session, incident):
        await FOLLOWERS[standing.row.verb](session, standing, event)


async def _standing(session: AsyncSession, incident: Incident) -> list[Standing]:
    """What stands for an incident where the integration is still connected, and can do it; it is locked."""
    done = (
        select(OutwardAction, Integration)
        .join(Integration, Integration.id == OutwardAction.integration_id)
        .where(
            OutwardAction.incident_id == incident.id,
            OutwardAction.verb.in_(STANDING),
            OutwardAction.state == OutwardState.DONE,
            Integration.archived_at.is_(None),
        )
        .order_by(Integration.id, OutwardAction.id)
        .with_for_update(of=Integration)
    )
    return [
        Standing(incident, row, integration)
        for row, integration in await session.execute(done)
        if PORTS[row.verb] in ports_of(integration.vendor, integration.configuration)
    ]


async def _channel(session: AsyncSession, standing: Standing, event: Event) -> None:
    """The channel shows how the incident is, and newcomers are let in, unless it is archived or to be.

    Runbooks and questions of workflows are said there, also those from before there was a channel.
    """
    if event.kind in STAGES and (event.kind == REOPENED or not standing.incident.is_open):
        await read_soon(session, standing.incident.id)
    if _is_internal(event) or await _is_archived(session, standing.incident):
        return
    row = standing.row
    if event.kind in (RUNBOOK, DONE):
        await say_runbooks(session, standing.incident, standing.integration, str(row.external_id))
    if event.kind in (ASKED, DONE):
        await say_questions(session, standing.incident, standing.integration, str(row.external_id))
    if event.kind in SAID:
        return
    arguments = {"channel": row.external_id, **told_of(row)}
    if (
        event.kind in NEWCOMERS
        or "services" in event.data.get("after", {})
        or (event.kind == DONE and await _came_meanwhile(session, standing))
        or row.error is not None  # what was refused of it is tried again
    ):
        arguments["invite"] = True
    verb = OutwardVerb.FOLLOW_CHANNEL
    await renew(session, standing.incident, verb, standing.integration, name="channel/follow", arguments=arguments)


def told_of(row: OutwardAction) -> dict[str, Any]:
    """What the timeline has told of a channel as it was opened: it is not told again of what follows."""
    return {"uninvited": row.arguments.get("uninvited", []), "flaws_before": row.arguments.get("flaws", [])}


def _is_internal(event: Event) -> bool:
    """Whether it is an update for stakeholders. One for customers may be the first: then there is a page to link to."""
    return event.kind == SPOKEN and event.data.get("audience") == Audience.INTERNAL


async def _is_archived(session: AsyncSession, incident: Incident) -> bool:
    archiving = select(OutwardAction.id).where(
        OutwardAction.incident_id == incident.id,
        OutwardAction.verb == OutwardVerb.ARCHIVE_CHANNEL,
        OutwardAction.state.in_((OutwardState.PENDING, OutwardState.UNKNOWN, OutwardState.DONE)),
    )
    return await session.scalar(archiving) is not None


async def _came_meanwhile(session: AsyncSession, standing: Standing) -> bool:
    """Whether somebody joined while the channel was being opened: nobody invited them."""
    return await _happened(session, standing.incident, NEWCOMERS, standing.row.claimed_at)


async def _happened(session: AsyncSession, incident: Incident, kinds: frozenset[str], since: datetime | None) -> bool:
    event = select(Event.id).where(
        Event.incident_id == incident.id, Event.kind.in_(kinds), Event.recorded_at >= since, visible_events(SYSTEM)
    )
    return await session.scalar(event.limit(1)) is not None


async def _announcement(session: AsyncSession, standing: Standing, event: Event) -> None:
    """The announcement shows how the incident is; where it can't be edited, each turn is told."""
    if event.kind == SPOKEN:
        await _relay(session, standing, event)
    if event.kind in SAID or _is_internal(event):
        return
    if not (standing.edits or (event.kind in TURNS and not standing.incident.private)):
        return
    verb, name = OutwardVerb.FOLLOW_ANNOUNCEMENT, f"{announcement_by(standing.integration.id)}/follow"
    arguments = {"announcement": standing.row.external_id}
    await renew(session, standing.incident, verb, standing.integration, name=name, arguments=arguments)


async def _relay(session: AsyncSession, standing: Standing, event: Event) -> None:
    """An internal update is told where the incident was announced."""
    if event.data.get("audience") != Audience.INTERNAL or standing.incident.private:
        return
    update_id = event.data["update_id"]
    name = f"{announcement_by(standing.integration.id)}/update/{update_id}"
    arguments = {"announcement": standing.row.external_id, "update_id": update_id}
    verb = OutwardVerb.RELAY_UPDATE
    await order(session, standing.incident, verb, standing.integration, name=name, arguments=arguments)


async def _ticket(session: AsyncSession, standing: Standing, event: Event) -> None:
    """The ticket says what changed, once for each change of severity or stage, and is closed and reopened with it."""
    if _turns_ticket(event) or await _ended_before_it(session, standing, event):
        await _move_ticket(session, standing)
    if event.kind not in TURNS:
        return
    name, verb = f"ticket/comment/{event.id}", OutwardVerb.COMMENT_TICKET
    arguments = {"ticket": standing.row.external_id, "event_id": event.id}
    await order(session, standing.incident, verb, standing.integration, name=name, arguments=arguments)


def _turns_ticket(event: Event) -> bool:
    """Whether an incident ends or goes on with an event. Between its ends a ticket that was reopened stays open."""
    if event.kind == StageChanged.kind:
        return event.data["to_stage"] in (Stage.RESOLUTION, Stage.CLOSED)
    return event.kind in ENDS


async def _ended_before_it(session: AsyncSession, standing: Standing, event: Event) -> bool:
    """Whether an incident ended while its ticket was being opened; one that is asked for later stays open."""
    opened = event.kind == DONE and event.data.get("action_id") == standing.row.id
    return opened and await _happened(session, standing.incident, STAGES, standing.row.created_at)


async def _move_ticket(session: AsyncSession, standing: Standing) -> None:
    incident = standing.incident
    to = TicketState.IN_PROGRESS if incident.is_open else TicketState.DONE
    dropped = incident.stage in GIVEN_UP
    await want_ticket(session, incident, standing.row, standing.integration, to, dropped=dropped)


FOLLOWERS: dict[OutwardVerb, Callable[[AsyncSession, Standing, Event], Awaitable[None]]] = {
    OutwardVerb.OPEN_CHANNEL: _channel,
    OutwardVerb.ANNOUNCE: _announcement,
    OutwardVerb.OPEN_TICKET: _ticket,
}
