"""Asking pagers who is on call: every few minutes, and at once where somebody waits for it. Never in a transaction."""

import asyncio
import logging
from datetime import timedelta
from typing import cast

from actions.outward.checks import to_check
from actions.outward.on_call import ask_who, note_no_answer, note_on_call, rosters
from integrations.failures import Retryable, VendorError
from integrations.ports import PagerPort
from jobs.registry import job
from jobs.runtime import JobRuntime, current
from jobs.vendor import UNFORESEEN, opened
from models.job import JobName

FRESH = timedelta(seconds=60)
"""What is not older is not asked for again, however many wait for it."""
PATIENCE = 3.0
"""Seconds that somebody waits who asked; after that they get what is known, and a job goes on asking."""
STRANGE = "Muster did not understand the pager: the worker's log says more."

log = logging.getLogger(__name__)


@job(JobName.PAGER_ON_CALL, seconds=50.0, attempts=3)
async def ask(*, integration_id: int) -> None:
    """Ask a pager, and note what it tells, or why it does not."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return
    try:
        people = await cast("PagerPort", opened(runtime, *wanted)).on_call()
    except VendorError as error:
        after = error.after if isinstance(error, Retryable) else None
        await _no_answer(runtime, integration_id, error.words, after)
    except UNFORESEEN:
        log.exception("who is on call is not understood")
        await _no_answer(runtime, integration_id, STRANGE, None)
    else:
        async with runtime.database.unit_of_work() as session:
            await note_on_call(session, integration_id, people)


async def ask_all(runtime: JobRuntime, *, seconds: float = PATIENCE) -> None:
    """Ask every pager that was not asked lately, all at once; a job goes on with those that take longer."""
    moment = runtime.database.clock.now()
    async with runtime.database.reading() as reader:
        known = await rosters(reader)
    stale = [
        integration.id
        for integration, roster in known
        if roster is None or roster.asked_at is None or moment - roster.asked_at > FRESH
    ]
    done = await asyncio.gather(*(_within(key, seconds) for key in stale))
    slow = [key for key, in_time in zip(stale, done, strict=True) if not in_time]
    if slow:
        async with runtime.database.unit_of_work() as session:
            for key in slow:
                ask_who(session, key)


async def _within(integration_id: int, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await ask(integration_id=integration_id)
    except TimeoutError:
        return False
    return True


async def _no_answer(runtime: JobRuntime, integration_id: int, words: str, after: float | None) -> None:
    async with runtime.database.unit_of_work() as session:
        await note_no_answer(session, integration_id, words, after=after)
