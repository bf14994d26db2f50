"""By when an action item is to be assigned and done: what the severity of its incident says when it is added."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.incident import Incident
from models.severity import SeverityVersion

USUAL_ESCALATION = 7
"""Days overdue until a manager is told, of action items that no severity speaks of."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a policy says of one action item. None: nothing."""

    assign_by: datetime | None = None
    due_on: date | None = None
    escalate_days: int | None = USUAL_ESCALATION


async def terms_of(session: AsyncSession, incident: Incident | None, moment: datetime) -> Terms:
    """The terms of an action item that is added at a moment. Later edits of the severity don't touch them."""
    if incident is None or incident.severity_version_id is None:
        return Terms()
    severity = (
        await session.scalars(select(SeverityVersion).where(SeverityVersion.id == incident.severity_version_id))
    ).one()
    owed = severity.obligations
    assign, due = owed.action_item_assign_days, owed.action_item_due_days
    return Terms(
        assign_by=moment + timedelta(days=assign) if assign is not None else None,
        due_on=(moment + timedelta(days=due)).date() if due is not None else None,
        escalate_days=owed.action_item_escalate_days,
    )
