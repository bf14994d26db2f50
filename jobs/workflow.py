"""Workflows: what waits for events begins, and runs take their steps, one transaction each."""

import logging

from sqlalchemy.exc import DBAPIError

from actions.violations import refusal_of
from actions.workflows.matching import match_events
from actions.workflows.running import StepFailed, fail_step, note_attempt, stand_of, take_step
from core.db import Database
from core.outage import outage_of
from jobs.registry import job
from jobs.runtime import current
from models.job import JobName

log = logging.getLogger(__name__)

TRIES = 5
"""How often a step is tried that fails in a way which nobody foresaw; then it has failed, and others go on."""


@job(JobName.WORKFLOW_MATCH)
async def match(*, first: int, last: int) -> None:
    """Begin what waits for the events of one transaction."""
    await match_events(current().database, first, last)


@job(JobName.WORKFLOW_ADVANCE)
async def advance(*, run_id: int) -> None:
    """Take the steps of a run until it waits or is over."""
    database = current().database
    while await _step(database, run_id):
        pass


async def _step(database: Database, run_id: int) -> bool:
    """Take one step, or note that it failed; whether another may follow at once."""
    try:
        async with database.unit_of_work() as session:
            return await take_step(session, run_id)
    except StepFailed as failed:
        async with database.unit_of_work() as session:
            return await fail_step(session, run_id, failed.position, failed.words)
    except Exception as error:
        if outage_of(error) is not None or (isinstance(error, DBAPIError) and refusal_of(error) is not None):
            raise
        return await _unforeseen(database, run_id, error)


async def _unforeseen(database: Database, run_id: int, error: Exception) -> bool:
    """Try again later what failed unexpectedly; after some tries it has failed."""
    words = f"Muster could not do this ({type(error).__name__}); the worker's log says more."
    async with database.unit_of_work() as session:
        tries = await note_attempt(session, run_id, words)
    if tries < TRIES:
        raise error
    log.error("a step of run %s failed", run_id, exc_info=error)
    async with database.unit_of_work() as session:
        position = (await stand_of(session, run_id)).run.position
        return await fail_step(session, run_id, position, words)
