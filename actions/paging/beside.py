"""How pages fit with the mails that a severity calls people by: nobody gets both, and nobody neither (ADR 0030)."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.recipients import Who
from models.incident import Incident
from models.paging.run import Page, PagingRun
from models.person import User

AROUND = timedelta(minutes=1)
"""Within which a transaction asks for the time more than once."""


async def pages_by_policy(session: AsyncSession, incident: Incident) -> bool:
    """Whether policies page for an incident: then they, and no mail, call whoever is on call."""
    mine = select(PagingRun.id).where(PagingRun.incident_id == incident.id, PagingRun.policy_id.is_not(None))
    return bool(await session.scalar(select(exists(mine))))


def paged_with(incident: Incident, moment: datetime) -> Who:
    """Who was paged because of what happened at a moment."""
    return exists(
        select(Page.id).where(
            Page.incident_id == incident.id, Page.user_id == User.id, Page.created_at >= moment - AROUND
        )
    )
