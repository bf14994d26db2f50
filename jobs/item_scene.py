"""What a mail tells that is about an action item."""

from sqlalchemy import select

from actions.narrate import sentences
from auth.actor import SYSTEM
from auth.visibility import visible_action_items, visible_events, visible_to
from core.db import Reader
from jobs.scene import ItemShown, Scene, name_of_organisation
from models.delivery import Delivery
from models.event import Event
from models.incident import Incident
from models.person import Team, User
from models.postmortem import ActionItem
from models.words import IncidentKind

TEMPLATES = frozenset({"item_due", "item_escalated"})


async def read_item_scene(reader: Reader, delivery: Delivery, base_url: str) -> Scene | None:
    """The scene of a mail about an action item, as it is now; None of any other mail."""
    if delivery.template not in TEMPLATES:
        return None
    wanted = select(Event).where(Event.id == delivery.event_id, visible_events(SYSTEM))
    event = await reader.row(Event, wanted)
    key = event.data["action_item_id"] if event is not None else None
    item = await reader.row(ActionItem, select(ActionItem).where(ActionItem.id == key, visible_action_items(SYSTEM)))
    if event is None or item is None:
        raise LookupError(f"there is no action item {key}")
    seen = select(Incident).where(Incident.id == item.incident_id, visible_to(SYSTEM))
    incident = await reader.row(Incident, seen) if item.incident_id is not None else None
    return Scene(
        organisation=await name_of_organisation(reader),
        reference=f"ITEM-{item.id}",
        title=item.title,
        drill=incident is not None and incident.kind is IncidentKind.DRILL,
        private=incident is not None and incident.private,
        tone="plain",
        stage=item.state.lower(),
        detected_at=item.created_at,
        sentence=(await sentences(reader, [event]))[0],
        url=f"{base_url}/console/learning?only={item.id}",
        item=ItemShown(
            incident=incident.reference if incident is not None else None,
            team=await reader.scalar(select(Team.name).where(Team.id == item.owner_id)) or "a team",
            assignee=await reader.scalar(select(User.name).where(User.id == item.assignee_id)),
            due_on=item.due_on,
            priority=item.priority,
            ticket_url=item.ticket_url,
        ),
    )
