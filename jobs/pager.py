"""What pagers told of our pages: looked up as far as they left it out, and noted."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from actions.outward.checks import to_check
from actions.outward.hearing import Heard, hear, page_heard_of
from integrations.failures import Permanent, Retryable, VendorError
from integrations.ports import PagerPort
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from jobs.vendor import UNFORESEEN, opened
from models.job import JobName
from models.words import PageChange

log = logging.getLogger(__name__)

SECONDS = 30.0
"""Between attempts to find out whose page it is."""
LONGEST = timedelta(hours=1)
"""For how long that is tried."""


@job(JobName.PAGER_HEAR, seconds=50.0)
async def hear_of(*, integration_id: int, heard: dict[str, Any]) -> None:
    """Take note of a piece of news; of pages that are not ours, nothing is noted."""
    runtime = current()
    news = _read(heard)
    pager = await _pager(runtime, integration_id)
    page_id = await _page(runtime, integration_id, news)
    if page_id is None and news.mark is None and pager is not None:
        news = replace(news, mark=await _mark(runtime, pager, news))
        page_id = await _page(runtime, integration_id, news)
    if page_id is None:
        return
    if news.email is None and news.agent_id is not None and news.change is not None and pager is not None:
        news = replace(news, email=await _email(pager, news.agent_id))
    async with runtime.database.unit_of_work() as session:
        await hear(session, page_id, news)


def _read(heard: dict[str, Any]) -> Heard:
    change = heard["change"]
    moment = datetime.fromisoformat(heard["occurred_at"])
    return Heard(**{**heard, "change": PageChange(change) if change else None, "occurred_at": moment})


async def _pager(runtime: JobRuntime, integration_id: int) -> PagerPort | None:
    """The adaptor by which to ask the vendor; None if it can't be asked at present."""
    async with runtime.database.unit_of_work() as session:
        wanted = await to_check(session, integration_id)
    if wanted is None:
        return None
    try:
        return cast("PagerPort", opened(runtime, *wanted))
    except VendorError:
        return None


async def _page(runtime: JobRuntime, integration_id: int, news: Heard) -> int | None:
    async with runtime.database.unit_of_work() as session:
        return await page_heard_of(session, integration_id, news)


async def _mark(runtime: JobRuntime, pager: PagerPort, news: Heard) -> str | None:
    """What we called the page, asked of the vendor, who left it out. Later while it can't be asked."""
    try:
        return await pager.mark_of(news.external_id)
    except Permanent as error:
        log.info("news of a page can't be looked up: %s", error.words)
        return None
    except VendorError as error:
        if runtime.database.clock.now() - news.occurred_at > LONGEST:
            return None
        after = error.after if isinstance(error, Retryable) else None
        raise Later(after or SECONDS, error.words) from error
    except UNFORESEEN:
        log.exception("the vendor's answer on a page is not understood")
        return None


async def _email(pager: PagerPort, agent_id: str) -> str | None:
    """The address of whoever did it. What is known without it is worth more now than all of it later."""
    try:
        return await pager.email_of(agent_id)
    except VendorError as error:
        log.info("who acted on a page is not known: %s", error.words)
    except UNFORESEEN:
        log.exception("the vendor's answer on a person is not understood")
    return None
