"""Which components events are about, so that pages without them need not be rendered anew."""

from collections.abc import Sequence

from sqlalchemy import select, union

from auth.actor import SYSTEM
from auth.visibility import visible_events
from core.db import Reader
from core.feed import FeedRow
from models.event import Event
from models.maintenance import MaintenanceComponent
from models.update import Update, UpdateComponent
from models.words import Audience

SINGLY = frozenset({"component.status_changed"})
PLANNED = frozenset(
    f"maintenance.{what}"
    for what in (
        *("scheduled", "reminded", "started", "completed", "cancelled"),
        *("update_published", "update_edited", "update_withdrawn"),
    )
)
"""Events that tell which component or which work they are about, and after which that takes the same components."""

MERGING = frozenset({"incident.merged", "incident.absorbed"})


async def touched(reader: Reader, heard: Sequence[FeedRow]) -> frozenset[int] | None:
    """The components that events may have changed something of; None: that can't be told, so any.

    Of an incident all count that its public updates ever named, also those that were withdrawn, and of an incident that
    became private: pages that told of it must hear.
    """
    other = [row for row in heard if row.incident_id is None or row.kind in SINGLY]
    if any(row.kind not in SINGLY | PLANNED for row in other) or any(row.kind in MERGING for row in heard):
        return None
    incidents = {row.incident_id for row in heard if row.incident_id is not None}
    found = set[int]()
    works = set[int]()
    if other:
        keys = [row.id for row in other]
        rows = await reader.execute(select(Event.data).where(Event.id.in_(keys), visible_events(SYSTEM)))
        if len(rows) < len(keys):
            return None
        for (data,) in rows:
            (found if "component_id" in data else works).add(data.get("component_id") or data["maintenance_id"])
    named = (
        select(UpdateComponent.component_id)
        .join(Update, Update.id == UpdateComponent.update_id)
        .where(Update.incident_id.in_(incidents), Update.audience == Audience.PUBLIC)
    )
    taken = select(MaintenanceComponent.component_id).where(MaintenanceComponent.maintenance_id.in_(works))
    found |= {row[0] for row in await reader.execute(union(named, taken))}
    return frozenset(found)
