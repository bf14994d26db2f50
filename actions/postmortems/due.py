"""Reminding of postmortems that are due: a day before, and when the day has come."""

from sqlalchemy import select

from actions.find import find_incident
from actions.postmortems.assembly import locked
from actions.postmortems.reminding import remind_at
from actions.record import now, record
from actions.transitions import tell
from auth.actor import SYSTEM
from core.db import Database
from models.facts.learning import PostmortemReminded
from models.postmortem import Postmortem
from models.words import PostmortemStatus


async def sweep_postmortems(database: Database, limit: int = 100) -> int:
    """Remind of every postmortem of which it is time to; how many there were."""
    async with database.looking() as reader:
        due = select(Postmortem.incident_id).where(Postmortem.remind_at <= database.clock.now()).limit(limit)
        keys = [row.incident_id for row in await reader.execute(due.order_by(Postmortem.remind_at))]
    for key in keys:
        await _remind(database, key)
    return len(keys)


async def _remind(database: Database, incident_id: int) -> None:
    async with database.unit_of_work() as session:
        incident = await find_incident(session, SYSTEM, str(incident_id))
        row = await locked(session, incident)
        moment = now(session)
        if row is None or row.remind_at is None or row.remind_at > moment:
            return
        row.remind_at = remind_at(row.due_at, moment)
        if row.due_at is not None and row.status is not PostmortemStatus.PUBLISHED:
            fact = PostmortemReminded(due_at=row.due_at.isoformat())
            tell(session, incident, record(session, SYSTEM, fact, incident=incident))
