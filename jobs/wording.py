"""Asking a language model how sections of a postmortem could be worded."""

import asyncio
import logging
from dataclasses import dataclass
from typing import cast

from actions.outward.ledger import Failure
from actions.postmortems.reading import read_material
from actions.postmortems.wording_facts import Question, question_of
from actions.postmortems.wording_kept import Wanted, fail_wording, keep_worded, to_word
from integrations.failures import Retryable, VendorError
from integrations.ports import Worded, WordingPort
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.vendor import UNFORESEEN, opened
from models.job import JobName

AT_ONCE = 2
"""Models that are asked by a process at a time: one that answers slowly keeps nobody from being paged."""
PAUSE = 5.0
"""Seconds until it is looked again whether another has answered."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class UnderWay:
    """How many models are being asked."""

    count: int = 0


asking = UnderWay()
"""Of this process."""


@job(JobName.POSTMORTEM_WORD, seconds=100.0, attempts=5, priority=1)
async def word(*, wording_id: int) -> None:
    """Ask, and make suggestions of what holds of the answer; of a failure, a note is left for whoever asked."""
    if asking.count >= AT_ONCE:
        raise Later(PAUSE, "other models are being asked")
    asking.count += 1
    try:
        await _word(current(), wording_id)
    finally:
        asking.count -= 1


async def _word(runtime: JobRuntime, wording_id: int) -> None:
    async with runtime.database.unit_of_work() as session:
        wanted = await to_word(session, wording_id)
    if wanted is None:
        return
    async with runtime.database.reading() as reader:
        material = await read_material(reader, wanted.incident_id)
    asked = await asyncio.to_thread(question_of, material, wanted.sections)
    try:
        said = await _ask(runtime, wanted, asked)
    except VendorError as error:
        after = error.after if isinstance(error, Retryable) else None
        await _failed(runtime, wording_id, error.means, error.words, after)
        return
    except UNFORESEEN:
        log.exception("what a language model answers is not understood")
        await _failed(runtime, wording_id, None, f"{wanted.name} gave an answer that Muster does not understand.", None)
        return
    async with runtime.database.unit_of_work() as session:
        await keep_worded(session, wording_id, asked, said.content, said.model)


async def _ask(runtime: JobRuntime, wanted: Wanted, asked: Question) -> Worded:
    port = cast("WordingPort", opened(runtime, wanted.vendor, wanted.configuration))
    return await port.word(asked)


async def _failed(
    runtime: JobRuntime, wording_id: int, failure: Failure | None, words: str, after: float | None
) -> None:
    async with runtime.database.unit_of_work() as session:
        wait = await fail_wording(session, wording_id, failure, words, after=after)
    if wait is not None:
        raise Later(wait, words)
