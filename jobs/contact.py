"""Codes and tests to the ways by which people want to be paged."""

import asyncio
from datetime import timedelta

from actions.paging.contact_news import ContactNews, note_contact, read_contact
from actions.paging.contacts import CODE_FOR
from integrations.failures import VendorError
from integrations.ports import Note
from jobs.letter import written
from jobs.page_ways import send_letter, send_note
from jobs.registry import job
from jobs.runtime import JobRuntime, current
from jobs.scene import Scene, name_of_organisation
from models.job import JobName
from models.paging.words import PageWay

MINUTE = timedelta(minutes=1)


@job(JobName.CONTACT_SEND, attempts=3)
async def contact(*, method_id: int) -> None:
    """Send the code that a way waits for, or else a test; note what came of it. People try again by themselves."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        news = await read_contact(session, method_id)
    if news is None:
        return
    try:
        await _send(runtime, method_id, news)
    except VendorError as error:
        async with runtime.database.unit_of_work() as session:
            await note_contact(session, method_id, error.words)
    else:
        async with runtime.database.unit_of_work() as session:
            await note_contact(session, method_id, None)


async def _send(runtime: JobRuntime, method_id: int, news: ContactNews) -> None:
    if news.code is not None:
        title, text = (
            "Your code for Muster",
            f"Enter {news.code} in Muster within {CODE_FOR // MINUTE} minutes, to be paged here.",
        )
    else:
        title, text = "Test page from Muster", "This is a test: you asked for it. Pages reach you here."
    if news.way is not PageWay.MAIL:
        await send_note(runtime, news.way, news.address, Note(title, text, urgent=news.code is None))
        return
    async with runtime.database.reading() as reader:
        organisation = await name_of_organisation(reader)
    moment, base_url = runtime.database.clock.now(), runtime.settings.base_url
    scene = Scene(
        organisation=organisation,
        reference=f"CONTACT-{method_id}",
        title=title,
        tone="over",
        detected_at=moment,
        sentence=text,
        url=f"{base_url}/console/notifications",
    )
    key = f"contact-{method_id}-{int(moment.timestamp())}"
    await send_letter(runtime, await asyncio.to_thread(written, "contact", news.address, key, scene, base_url, moment))
