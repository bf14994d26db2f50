"""Pages: one message to one person by one way."""

import asyncio

from actions.paging.attempts import claim, mark_failed, mark_sent
from integrations.mail import MailDelayedError, MailRefusedError, build, send
from jobs.letter import written
from jobs.page_scene import PageScene, read_page_scene
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.job import JobName

LOUD = -10
"""Among what is due at once, pages go first."""


@job(JobName.PAGE_SEND, priority=LOUD)
async def page(*, attempt_id: int) -> None:
    """Send a page, unless it is settled, must not go out any more, or was claimed a moment ago."""
    runtime = current()
    database, base_url = runtime.database, runtime.settings.base_url
    async with database.unit_of_work() as session:
        claimed = await claim(session, attempt_id)
    if claimed is None:
        return
    if isinstance(claimed, float):
        raise Later(claimed, "it was claimed a moment ago, and may have gone out")
    async with database.reading() as reader:
        told = await read_page_scene(reader, database.keys, attempt_id, base_url)
    await _mail(runtime, attempt_id, told)


async def _mail(runtime: JobRuntime, attempt_id: int, told: PageScene) -> None:
    settings, moment = runtime.settings, runtime.database.clock.now()
    letter = await asyncio.to_thread(
        written, "page", told.person.email, told.key, told.scene, settings.base_url, moment
    )
    try:
        await send(build(letter, settings.mail_from), settings)
    except MailRefusedError as error:
        await _failed(runtime, attempt_id, str(error), for_good=True)
    except MailDelayedError as error:
        await _failed(runtime, attempt_id, str(error), uncertain=error.uncertain)
    else:
        await _sent(runtime, attempt_id, letter.id)


async def _sent(runtime: JobRuntime, attempt_id: int, external_id: str | None) -> None:
    async with runtime.database.unit_of_work() as session:
        await mark_sent(session, attempt_id, external_id)


async def _failed(
    runtime: JobRuntime, attempt_id: int, error: str, *, for_good: bool = False, uncertain: bool = False
) -> None:
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(session, attempt_id, error, for_good=for_good, uncertain=uncertain)
    if seconds is not None:
        raise Later(seconds, error)
