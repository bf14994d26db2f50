"""What becomes due while people are paged: the next step of a run, and ways that were to be tried later."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.paging.starting import go_on
from actions.record import enqueue, now
from core.db import Database
from models.incident import Incident
from models.job import JobName
from models.paging.run import HELD_SQL, LIVE, Page, PageAttempt, PagingRun

HELD = f"page_attempt.{HELD_SQL.replace('queued_at', 'page_attempt.queued_at')}"
"""Messages that wait for their time. Written out, so that the planner knows the index."""


async def sweep_paging(database: Database, limit: int = 100) -> int:
    """Take every step and send every message that is due; how many.

    Safe to run anywhere at any time: an incident that somebody else holds is left to the next sweep, a second later.
    """
    async with database.unit_of_work() as session:
        steps = await _take_steps(session, limit)
    async with database.unit_of_work() as session:
        return steps + await _send(session, limit)


async def _take_steps(session: AsyncSession, limit: int) -> int:
    moment = now(session)
    due = (PagingRun.next_escalation_at <= moment, PagingRun.state.in_(LIVE))
    alone = await _alone(session, select(PagingRun).where(*due), limit)
    for run in alone:
        await go_on(session, None, run)
    return len(alone) + await _of_incidents(session, due, limit)


async def _of_incidents(session: AsyncSession, due: Sequence[ColumnElement[bool]], limit: int) -> int:
    theirs = select(PagingRun.incident_id).where(*due, PagingRun.incident_id.is_not(None))
    incidents = {row.id: row for row in await session.scalars(_held(theirs, limit))}
    if not incidents:
        return 0
    runs = select(PagingRun).where(*due, PagingRun.incident_id.in_(incidents)).order_by(PagingRun.id)
    found = (await session.scalars(runs.execution_options(populate_existing=True))).all()
    for run in found:
        await go_on(session, incidents[run.incident_id or 0], run)
    return len(found)


async def _send(session: AsyncSession, limit: int) -> int:
    """Order the jobs of what is due; what was settled meanwhile is no longer PENDING."""
    due = (text(HELD), PageAttempt.due_at <= now(session))
    theirs = select(Page.incident_id).join(PageAttempt, PageAttempt.page_id == Page.id).where(*due)
    incidents = [row.id for row in await session.scalars(_held(theirs, limit))]
    runs = select(Page.run_id).join(PageAttempt, PageAttempt.page_id == Page.id).where(*due)
    alone = [run.id for run in await _alone(session, select(PagingRun).where(PagingRun.id.in_(runs)), limit)]
    if not incidents and not alone:
        return 0
    mine = select(PageAttempt).join(Page, Page.id == PageAttempt.page_id)
    free = Page.incident_id.in_(incidents) | Page.run_id.in_(alone)
    attempts = mine.where(*due, free).order_by(PageAttempt.id)
    found = (await session.scalars(attempts.execution_options(populate_existing=True))).all()
    for attempt in found:
        attempt.queued_at = now(session)
        enqueue(session, JobName.PAGE_SEND, attempt_id=attempt.id)
    return len(found)


async def _alone(session: AsyncSession, runs: Select[PagingRun], limit: int) -> Sequence[PagingRun]:
    """Runs for alerts alone, locked, in the order of their ids; those that others hold are passed over."""
    found = runs.where(PagingRun.incident_id.is_(None)).order_by(PagingRun.id).limit(limit)
    locked = found.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


def _held(ids: Select[Any], limit: int) -> Select[Incident]:
    """Incidents, locked, in the order of their ids; those that others hold are passed over."""
    found = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).limit(limit)
    return found.with_for_update(key_share=True, skip_locked=True)
