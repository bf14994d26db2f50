"""What a chat sends us, taken in once: however often it is sent, one job comes of it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.idempotency import claim
from actions.record import enqueue
from auth.actor import integration
from models.job import JobName


async def take_in(
    session: AsyncSession,
    integration_id: int,
    *,
    signature: str,
    key: str,
    job: JobName | None = None,
    args: dict[str, Any] | None = None,
) -> bool | None:
    """Queue what a request asks for. False: it came before, signed anew; None: this very request came before.

    `key` is what the vendor calls the matter. Both are remembered for 24 hours (actions.idempotency).
    """
    vendor = integration(integration_id, "chat")
    if await claim(session, vendor, mutation="chat request", key=signature, request={}) is not None:
        return None
    if await claim(session, vendor, mutation="chat matter", key=key, request={}) is not None:
        return False
    if job is not None:
        enqueue(session, job, integration_id=integration_id, **(args or {}))
    return True
