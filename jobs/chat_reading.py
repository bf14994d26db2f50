"""Reading in channels what did not reach us: page by page, as fast as the vendor lets us, and no faster."""

import logging
from datetime import datetime, timedelta

from actions.chat.reading import kept_replies, note_page, note_read, note_unread, reading_of
from integrations.failures import Permanent, Retryable, VendorError
from integrations.slack_history import HistoryPage
from jobs.chat_account import Account, account_of
from jobs.chat_log import keep
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.chat import ChatReading
from models.job import JobName

PAUSE = 2.0
"""Seconds between two pages."""
SLOWLY = 60.0
"""Seconds until the next attempt where Slack does not say."""
OVERLAP = timedelta(minutes=5)
"""Read once more, as clocks differ; what is kept already stays as it is."""
GIVE_UP = timedelta(hours=6)
"""How long one reading may take."""
MUTE = "Nothing that is said in Slack is taken: enter `signing_secret`."
TOO_SLOW = "Slack lets Muster read too little at a time to catch up with what was said."
NO_THREADS = "Replies in threads from before could not be read."

log = logging.getLogger(__name__)


@job(JobName.CHAT_CATCH_UP, attempts=5, seconds=50.0, priority=10)
async def catch_up(*, reading_id: int, integration_id: int) -> None:
    """Keep a page of what was said in a channel since it was last known to be kept whole."""
    runtime = current()
    account = await account_of(runtime, integration_id)
    async with runtime.database.reading() as reader:
        row = await reading_of(reader, reading_id)
    if account is None or row is None:
        return
    if not account.slack.listens:
        await _end(runtime, row, MUTE)
        return
    began_at = row.began_at or runtime.database.clock.now()
    try:
        page = await account.slack.history(row.channel, _stamp(row.complete_to), row.cursor)
        unread = await _take(runtime, account, row, page)
    except Permanent as error:
        await _end(runtime, row, error.words)
    except VendorError as error:
        if runtime.database.clock.now() - began_at > GIVE_UP:
            await _end(runtime, row, TOO_SLOW)
            return
        await _go_on(runtime, row, began_at, row.cursor, error.words)
        raise Later((error.after if isinstance(error, Retryable) else None) or SLOWLY, error.words) from error
    else:
        words = NO_THREADS if unread or row.words == NO_THREADS else None
        if page.cursor is not None:
            await _go_on(runtime, row, began_at, page.cursor, words)
            raise Later(PAUSE, "more was said")
        async with runtime.database.unit_of_work() as session:
            await note_read(session, row.id, began_at, words)


async def _take(runtime: JobRuntime, account: Account, row: ChatReading, page: HistoryPage) -> bool:
    """Keep what a page has, and the replies that are missing; whether Slack refused some. VendorError."""
    team = await account.slack.team() if page.messages else ""
    for said in page.messages:
        await keep(runtime, account, said, team)
    for thread in page.threads:
        async with runtime.database.reading() as reader:
            kept = await kept_replies(reader, row, thread.stamp)
        if kept >= thread.replies:
            continue
        try:
            async for said in account.slack.replies(row.channel, thread.stamp):
                await keep(runtime, account, said, team)
        except Permanent as error:
            log.info("replies in a channel can't be read: %s", error.words)
            return True
    return False


def _stamp(complete_to: datetime | None) -> str | None:
    """The moment from which on is read, as Slack writes it."""
    return None if complete_to is None else f"{(complete_to - OVERLAP).timestamp():.6f}"


async def _go_on(
    runtime: JobRuntime, row: ChatReading, began_at: datetime, cursor: str | None, words: str | None
) -> None:
    async with runtime.database.unit_of_work() as session:
        await note_page(session, row.id, began_at, cursor, words)


async def _end(runtime: JobRuntime, row: ChatReading, words: str) -> None:
    async with runtime.database.unit_of_work() as session:
        await note_unread(session, row.id, words)
