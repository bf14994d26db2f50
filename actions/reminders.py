"""What becomes due: required roles that are vacant, promised updates that were not sent, a final word that is owed.

A reminder is an event by Muster itself, and mail. It comes once; the promise itself stays and shows as overdue.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from actions.transitions import tell
from actions.vacancies import vacant_roles
from auth.actor import SYSTEM
from core.db import Database
from models.facts.base import Fact
from models.facts.response import FinalUpdateOwed, RolesUnfilled, UpdateOverdue
from models.incident import Incident
from models.words import Audience


async def sweep_due(database: Database, limit: int = 100) -> int:
    """Record every reminder that is due, and queue its mails; how many. In transactions of at most `limit` incidents.

    Safe to run anywhere at any time: an incident that somebody else holds is left to the next sweep.
    """
    reminders = 0
    while True:
        async with database.unit_of_work() as session:
            due = await _due(session, limit)
            reminders += await _remind(session, due)
        if len(due) < limit:
            return reminders


async def _due(session: AsyncSession, limit: int) -> Sequence[Incident]:
    """Incidents of which something is due, locked, in the order of their ids."""
    moment = now(session)
    found = await session.scalars(
        select(Incident)
        .where(
            or_(
                Incident.roles_due_at <= moment,
                Incident.internal_remind_at <= moment,
                Incident.public_remind_at <= moment,
            )
        )
        .order_by(Incident.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return found.all()


async def _remind(session: AsyncSession, incidents: Sequence[Incident]) -> int:
    """Take what is due off the clock and record the reminders; how many."""
    if not incidents:
        return 0
    moment = now(session)
    vacant = await vacant_roles(session, incidents)
    count = 0
    for incident in incidents:
        facts = [_roles(incident, vacant[incident.id], moment), *(_update(incident, a, moment) for a in Audience)]
        for fact in facts:
            if fact is not None:
                tell(session, incident, record(session, SYSTEM, fact, incident=incident))
                count += 1
    return count


def _roles(incident: Incident, vacant: list[int], moment: datetime) -> Fact | None:
    """The reminder of vacant roles, if it is due."""
    if incident.roles_due_at is None or incident.roles_due_at > moment:
        return None
    incident.roles_due_at = None
    return RolesUnfilled(role_ids=vacant) if vacant else None


def _update(incident: Incident, audience: Audience, moment: datetime) -> Fact | None:
    """The reminder of an update, if it is due. A promise that was moved since is looked at again in its time."""
    column = f"{audience.lower()}_remind_at"
    remind_at: datetime | None = getattr(incident, column)
    if remind_at is None or remind_at > moment:
        return None
    promised = incident.next_update_due_at(audience)
    if audience is Audience.PUBLIC and incident.final_update_owed:
        setattr(incident, column, None)
        return FinalUpdateOwed()
    if promised is not None and promised > moment:
        setattr(incident, column, promised)
        return None
    setattr(incident, column, None)
    return UpdateOverdue(audience=audience, promised_by=promised.isoformat()) if promised else None
