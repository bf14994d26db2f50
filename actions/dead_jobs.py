"""Jobs that were given up after all their attempts: what admins do about them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.outward.stranded import resume
from actions.record import record
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import DomainError, not_found
from core.ids import decode_as
from core.journal import PendingEvent
from models.facts.settings import JobsDiscarded, JobsRetried
from models.job import Job
from models.words import Visibility

MOST = 1000
"""Jobs that are named at once."""


async def retry_jobs(session: AsyncSession, actor: Actor, *, jobs: Sequence[str]) -> PendingEvent:
    """Give jobs that were given up another life, with all their attempts. Others are left as they are.

    An order at a vendor that was given up with its job is taken up again. They are named by their ids. NOT_FOUND if
    none of them is given up (any more).
    """
    require(actor, Permission.ADMINISTER)
    keys = await _revive(session, _keys(jobs))
    if not keys:
        raise _none(jobs)
    return record(session, actor, JobsRetried(jobs=keys), visibility=Visibility.PRIVATE)


async def discard_jobs(session: AsyncSession, actor: Actor, *, jobs: Sequence[str]) -> PendingEvent:
    """Delete jobs that were given up: what they were to do is never done. Others are left as they are.

    They are named by their ids. NOT_FOUND if none of them is given up (any more).
    """
    require(actor, Permission.ADMINISTER)
    keys = await _discard(session, _keys(jobs))
    if not keys:
        raise _none(jobs)
    return record(session, actor, JobsDiscarded(jobs=keys), visibility=Visibility.PRIVATE)


async def revived(session: AsyncSession, actor: Actor, jobs: Sequence[int] | None) -> list[int]:
    """The same for the jobs of a command (None: all that were given up); the keys of those that were."""
    require(actor, Permission.ADMINISTER)
    keys = await _revive(session, jobs)
    if keys:
        record(session, actor, JobsRetried(jobs=keys), visibility=Visibility.PRIVATE)
    return keys


async def discarded(session: AsyncSession, actor: Actor, jobs: Sequence[int] | None) -> list[int]:
    """The same for the jobs of a command (None: all that were given up); the keys of those that were."""
    require(actor, Permission.ADMINISTER)
    keys = await _discard(session, jobs)
    if keys:
        record(session, actor, JobsDiscarded(jobs=keys), visibility=Visibility.PRIVATE)
    return keys


async def _revive(session: AsyncSession, jobs: Sequence[int] | None) -> list[int]:
    again = {"dead": False, "run_at": func.now(), "strikes": 0, "options": Job.options.op("-")("failures")}
    # Orders before their jobs, as everywhere (docs/locks.md): whoever performs one holds it when the job changes.
    await resume(session, (await session.scalars(select(Job).where(_dead(jobs)))).all())
    return sorted(await session.scalars(update(Job).where(_dead(jobs)).values(again).returning(Job.id)))


async def _discard(session: AsyncSession, jobs: Sequence[int] | None) -> list[int]:
    return sorted(await session.scalars(delete(Job).where(_dead(jobs)).returning(Job.id)))


def _dead(jobs: Sequence[int] | None) -> ColumnElement[bool]:
    return and_(Job.dead, true() if jobs is None else Job.id.in_(jobs))


def _keys(jobs: Sequence[str]) -> list[int]:
    check.few(jobs, "jobs", limit=MOST)
    return [decode_as("Job", job, f"jobs.{i}") for i, job in enumerate(jobs)]


def _none(jobs: Sequence[str]) -> DomainError:
    return not_found("jobs", "dead job", jobs[0] if jobs else "")
