"""Pages: one message to one person by one way."""

import asyncio

from actions.paging.attempts import Claimed, claim, mark_failed, mark_sent
from integrations.failures import Ambiguous, Permanent, Retryable, VendorError
from integrations.ports import Note
from jobs.letter import written
from jobs.page_scene import PageScene, read_page_scene
from jobs.page_ways import send_letter, send_note
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.job import JobName
from models.paging.words import PageWay, Urgency

LOUD = -10
"""Among what is due at once, pages go first."""


@job(JobName.PAGE_SEND, priority=LOUD)
async def page(*, attempt_id: int) -> None:
    """Send a page, unless it is settled, must not go out any more, or was claimed a moment ago.

    What it says is read first: the claim asks whether it is needed still, and nothing is waited for from then on.
    """
    runtime = current()
    database = runtime.database
    async with database.reading() as reader:
        told = await read_page_scene(reader, database.keys, attempt_id, runtime.settings.base_url)
    async with database.unit_of_work() as session:
        claimed = await claim(session, attempt_id)
    if claimed is None:
        return
    if isinstance(claimed, float):
        raise Later(claimed, "it was claimed a moment ago, and may have gone out")
    try:
        external_id = await _send(runtime, claimed, told)
    except VendorError as error:
        await _failed(runtime, attempt_id, error)
    else:
        async with database.unit_of_work() as session:
            await mark_sent(session, attempt_id, external_id)


async def _send(runtime: JobRuntime, claimed: Claimed, told: PageScene) -> str | None:
    scene, way = told.scene, claimed.attempt.way
    address = told.address or told.person.email
    if way is PageWay.MAIL:
        moment = runtime.database.clock.now()
        base_url = runtime.settings.base_url
        letter = await asyncio.to_thread(written, told.folder, address, told.key, scene, base_url, moment)
        return await send_letter(runtime, letter)
    note = Note(
        title=told.title,
        text=scene.sentence,
        urgent=claimed.run.plan["urgency"] == Urgency.HIGH,
        url=scene.incident_url,
        acknowledge_url=scene.url,
    )
    return await send_note(runtime, way, address, note)


async def _failed(runtime: JobRuntime, attempt_id: int, error: VendorError) -> None:
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(
            session,
            attempt_id,
            error.words,
            for_good=isinstance(error, Permanent),
            uncertain=isinstance(error, Ambiguous),
        )
    if seconds is not None:
        after = error.after if isinstance(error, Retryable) and error.after is not None else 0.0
        raise Later(max(seconds, after), error.words) from error
