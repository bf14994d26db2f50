"""What vendors are told of an action item, read when it is told."""

from sqlalchemy import select

from auth.actor import SYSTEM
from auth.visibility import visible_action_items, visible_to
from core.db import Reader
from integrations.ports import Item
from models.incident import Incident
from models.person import Team
from models.postmortem import ActionItem
from models.words import IncidentKind, Visibility


async def item_of(reader: Reader, key: int | None, base_url: str) -> Item:
    """What vendors are told of an action item, as it is now."""
    row = await reader.row(ActionItem, select(ActionItem).where(ActionItem.id == key, visible_action_items(SYSTEM)))
    if row is None:
        raise LookupError(f"there is no action item {key}")
    seen = select(Incident).where(Incident.id == row.incident_id, visible_to(SYSTEM))
    incident = await reader.row(Incident, seen) if row.incident_id is not None else None
    owner = await reader.scalar(select(Team.name).where(Team.id == row.owner_id))
    return Item(
        f"ITEM-{row.id}",
        row.title,
        f"{base_url}/console/learning?only={row.id}",
        private=incident is not None and incident.visibility is Visibility.PRIVATE,
        drill=incident is not None and incident.kind is IncidentKind.DRILL,
        incident=incident.reference if incident is not None else None,
        owner=owner,
        due_on=row.due_on,
        priority=row.priority,
    )
