"""What alert sources need besides: subscriptions are confirmed, and deliveries read again."""

import asyncio
import logging

import httpx

from actions.alerts.taking import ArchivedError, take
from actions.alerts.unread import Fault, note_replay, to_replay
from integrations.pinned import pinned
from integrations.refusal import Refusal
from integrations.sources.kind import Post
from integrations.sources.registry import SOURCES
from integrations.sources.sns import confirmation
from jobs.registry import job
from jobs.runtime import current
from models.job import JobName

SECONDS = 10.0
ATTEMPTS = 8
"""With their pauses about an hour; the address that SNS sends is good for three days (its guide)."""

log = logging.getLogger("muster")


@job(JobName.ALERT_SOURCE_CONFIRM, attempts=ATTEMPTS)
async def confirm(*, source_id: int, address: str) -> None:
    """Fetch the address that SNS sent with a subscription. Doing it twice is harmless."""
    async with (
        asyncio.timeout(SECONDS),
        pinned("GET", confirmation(address), {}, seconds=SECONDS, allow_private=False) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise RuntimeError(f"SNS answered {answer.status_code} to a confirmation")
    log.info("alert source %s: SNS takes the subscription as confirmed", source_id)


@job(JobName.ALERT_SOURCE_REPLAY)
async def replay(*, delivery_id: int) -> None:
    """Read a delivery again as of when it came, and take its alerts; what still fails is noted. Twice is harmless."""
    database = current().database
    kept = await to_replay(database, delivery_id)
    if kept is None:
        return
    fault = None
    try:
        post = Post(kept.body, kept.headers, kept.source.mapping)
        await take(database, kept.source, SOURCES[kept.source.kind].parse(post, kept.row.received_at))
    except Refusal as refusal:
        fault = refusal.fault
    except ArchivedError:
        fault = Fault("archived", "The source is archived: it takes nothing.", None, "Bring it back first.")
    await note_replay(database, delivery_id, fault)
