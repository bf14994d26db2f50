"""What a mail tells that is about a schedule."""

from sqlalchemy import select

from actions.narrate import sentences
from actions.schedules.telling import TEMPLATES
from auth.actor import SYSTEM
from auth.visibility import visible_events
from core.db import Reader
from core.ids import encode
from jobs.scene import Scene, name_of_organisation
from models.delivery import Delivery
from models.event import Event
from models.schedule.table import Schedule


async def read_schedule_scene(reader: Reader, delivery: Delivery, base_url: str) -> Scene | None:
    """The scene of a mail about a schedule, as it is now; None of any other mail."""
    if delivery.template not in TEMPLATES.values():
        return None
    event = await reader.row(Event, select(Event).where(Event.id == delivery.event_id, visible_events(SYSTEM)))
    key = event.data["schedule_id"] if event is not None else None
    schedule = await reader.row(Schedule, select(Schedule).where(Schedule.id == key))
    if event is None or schedule is None:
        raise LookupError(f"there is no schedule {key}")
    return Scene(
        organisation=await name_of_organisation(reader),
        reference=f"SCHEDULE-{schedule.id}",
        title=schedule.name,
        tone="plain",
        detected_at=event.occurred_at,
        sentence=(await sentences(reader, [event]))[0],
        url=f"{base_url}/console/on-call/{encode('Schedule', schedule.id)}",
    )
