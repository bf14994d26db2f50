"""Somebody takes what pages them: paging ends, pagers learn of it, and an incident that waited is theirs to judge."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.members import ensure_member
from actions.outward.paging import acknowledge_pages
from actions.paging.answering import answer_runs
from actions.reports import acknowledge_incident
from auth.actor import Actor
from models.incident import Incident
from models.paging.run import Page
from models.paging.words import TakenBy
from models.words import Stage


async def take(
    session: AsyncSession, actor: Actor, incident: Incident, way: TakenBy, *, page: Page | None = None
) -> bool:
    """Whether anything paged. The incident is locked; in DETECTION it goes on to TRIAGE, as theirs."""
    if not await answer_runs(session, actor, incident, way, page=page):
        return False
    await ensure_member(session, incident, actor)
    if incident.stage is Stage.DETECTION:
        await acknowledge_incident(session, actor, incident=incident.reference)
    else:
        await acknowledge_pages(session, incident)
    return True
