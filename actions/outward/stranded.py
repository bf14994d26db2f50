"""Orders that nobody carries out any more, as their jobs were set aside: their incidents learn of it."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, exists, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from actions.outward.telling import give_up, locked, locked_subject
from actions.record import now
from core.db import Database
from models.integration import OutwardAction
from models.job import Job, JobName
from models.words import OutwardState

WAITING = (OutwardState.PENDING, OutwardState.UNKNOWN)
PERFORM: ColumnElement[str] = literal_column(f"'{JobName.OUTWARD_PERFORM}'")
"""Written out: the index of living orders is of this name alone."""
WORDS = "Muster could not do this, however often it tried; `muster jobs` says more. Ask for it again, or retry its job."


async def sweep_stranded(database: Database, limit: int = 100) -> int:
    """Give up the orders whose job is dead and that have no other; how many."""
    async with database.reading() as reader:
        keys = [row.id for row in await reader.execute(_stranded().limit(limit))]
    for key in keys:
        async with database.unit_of_work() as session:
            await _give_up(session, key)
    return len(keys)


async def _give_up(session: AsyncSession, action_id: int) -> None:
    ordered = await session.get_one(OutwardAction, action_id)
    incident, item = await locked_subject(session, ordered.incident_id, ordered.action_item_id)
    _, action = await locked(session, action_id)
    if await session.scalar(_stranded().where(OutwardAction.id == action_id)) is not None:
        await give_up(session, incident, item, action, WORDS)


def _stranded() -> Select[int]:
    """The orders that wait for a job which nobody does. A job and its order are written together."""
    living = aliased(Job)
    alive = exists().where(
        ~living.dead,
        living.name == PERFORM,
        living.args["action_id"].astext == cast(OutwardAction.id, Text),
    )
    dead = select(cast(Job.args["action_id"].astext, BigInteger)).where(Job.dead, Job.name == PERFORM)
    return select(OutwardAction.id).where(OutwardAction.id.in_(dead), OutwardAction.state.in_(WAITING), ~alive)


async def resume(session: AsyncSession, jobs: Sequence[Job]) -> None:
    """Take up again what was given up when these jobs were set aside, as if it was asked for now.

    What was done of it meanwhile is looked up first, as always after an attempt.
    """
    keys = sorted(int(job.args["action_id"]) for job in jobs if job.name == JobName.OUTWARD_PERFORM)
    given_up = (OutwardAction.id.in_(keys), OutwardAction.state == OutwardState.FAILED)
    own = select(OutwardAction).where(*given_up).order_by(OutwardAction.id)
    for action in await session.scalars(own.with_for_update()):
        action.state = OutwardState.UNKNOWN if action.attempts else OutwardState.PENDING
        action.error, action.created_at = None, now(session)
        action.arguments = {name: value for name, value in action.arguments.items() if name != "failed"}
