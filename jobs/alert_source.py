"""Confirming subscriptions: a vendor sends alerts only to who answers for the address."""

import asyncio
import logging

import httpx

from integrations.pinned import pinned
from integrations.sources.sns import confirmation
from jobs.registry import job
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
