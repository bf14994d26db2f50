"""Mail: who is told of an event, and one mail to one person."""

import asyncio

from actions.deliveries import mark_failed, mark_refused, mark_sent
from actions.notices import claim_mail, notify_of
from integrations.mail import MailDelayedError, MailRefusedError, build, send
from jobs.item_scene import read_item_scene
from jobs.letter import compose
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.scene import read_delivery, read_scene
from jobs.schedule_scene import read_schedule_scene
from jobs.trial import read_trial
from models.job import JobName

PRIORITY = 10
"""After pages and the steps of workflows."""


@job(JobName.MAIL_NOTIFY, priority=PRIORITY)
async def notify(*, event_id: int) -> None:
    """Queue a mail to everyone who is to be told of an event."""
    async with current().database.unit_of_work() as session:
        await notify_of(session, event_id)


@job(JobName.MAIL_SEND, priority=PRIORITY)
async def deliver(*, delivery_id: int) -> None:
    """Send one mail of the ledger, unless it is settled or must not go out any more."""
    runtime = current()
    database, settings = runtime.database, runtime.settings
    async with database.reading() as reader:
        delivery = await read_delivery(reader, delivery_id)
        scene = await read_trial(reader, delivery, settings.base_url)
        if scene is None:
            scene = await read_schedule_scene(reader, delivery, settings.base_url)
        if scene is None:
            scene = await read_item_scene(reader, delivery, settings.base_url)
        if scene is None:
            scene = await read_scene(reader, delivery.event_id, settings.base_url, settings.status_url)
    letter = await asyncio.to_thread(compose, delivery, scene, settings.base_url, database.clock.now())
    async with database.unit_of_work() as session:
        if await claim_mail(session, delivery_id) is None:
            return
    try:
        await send(build(letter, settings.mail_from), settings)
    except MailRefusedError as error:
        await _refused(runtime, delivery_id, error)
    except MailDelayedError as error:
        await _delayed(runtime, delivery_id, error)
    else:
        async with database.unit_of_work() as session:
            await mark_sent(session, delivery_id, letter.id)


async def _refused(runtime: JobRuntime, delivery_id: int, error: MailRefusedError) -> None:
    reason = f"the mail server refused it ({error.code})" if error.code else "the address can't be used"
    async with runtime.database.unit_of_work() as session:
        await mark_refused(session, delivery_id, str(error), reason=reason)


async def _delayed(runtime: JobRuntime, delivery_id: int, error: MailDelayedError) -> None:
    async with runtime.database.unit_of_work() as session:
        seconds = await mark_failed(
            session, delivery_id, str(error), reason="no mail server took it", uncertain=error.uncertain
        )
    if seconds is not None:
        raise Later(seconds, str(error)) from error
