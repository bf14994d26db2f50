"""Webhooks: one event posted to one address (https://www.standardwebhooks.com)."""

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select

from actions.narrate import actor_names, narrate
from actions.webhook_deliveries import Claimed, Wait, claim_webhook, webhook_failed, webhook_took_it
from auth.actor import SYSTEM
from auth.visibility import visible_events
from core.cursor import encode_cursor
from core.db import Reader
from core.ids import encode
from integrations.webhook import Message, WebhookError, post
from jobs.registry import Later, job
from jobs.runtime import JobRuntime, current
from models.event import Event
from models.incident import REFERENCE_PREFIX
from models.job import JobName

GONE = 410


@job(JobName.WEBHOOK_SEND, priority=10)
async def deliver(*, event_id: int, webhook_id: int) -> None:
    """Post one event to one webhook, unless it is settled or must not go out (any more). Mail goes first."""
    runtime = current()
    async with runtime.database.unit_of_work() as session:
        claimed = await claim_webhook(session, event_id, webhook_id)
    if claimed is None:
        return
    if isinstance(claimed, Wait):
        raise Later(claimed.seconds, "the webhook fails at present")
    async with runtime.database.reading() as reader:
        body = await body_of(reader, event_id, runtime.settings.base_url)
    await _attempt(runtime, claimed, body)


async def _attempt(runtime: JobRuntime, claimed: Claimed, body: bytes) -> None:
    secrets = runtime.database.keys
    message = Message(encode("Delivery", claimed.delivery_id), datetime.now(UTC), body)  # receivers have real clocks
    allow_private = runtime.settings.webhook_allow_private
    try:
        status = await post(claimed.url, message, secrets.open(claimed.sealed_secret), allow_private=allow_private)
    except WebhookError as error:
        await _failed(runtime, claimed, str(error), uncertain=error.uncertain)
        return
    if not 200 <= status < 300:  # noqa: PLR2004 (HTTP: success)
        await _failed(runtime, claimed, f"It answered {status}.", gone=status == GONE)
        return
    async with runtime.database.unit_of_work() as session:
        await webhook_took_it(session, claimed, message.id)


async def _failed(
    runtime: JobRuntime, claimed: Claimed, error: str, *, gone: bool = False, uncertain: bool = False
) -> None:
    async with runtime.database.unit_of_work() as session:
        seconds = await webhook_failed(session, claimed, error, gone=gone, uncertain=uncertain)
    if seconds is not None:
        raise Later(seconds, error)


async def body_of(reader: Reader, event_id: int, base_url: str) -> bytes:
    """The message about an event as JSON: `type`, `timestamp` and `data`, whose fields are named as in the API."""
    event = await reader.row(Event, select(Event).where(Event.id == event_id, visible_events(SYSTEM)))
    if event is None:
        raise LookupError(f"there is no event {event_id}")
    actor = (event.actor_kind, event.actor_id)
    name = (await actor_names(reader, {actor}))[actor]
    data: dict[str, Any] = {
        "id": encode("Event", event.id),
        "cursor": encode_cursor(event.id),
        "number": event.number,
        "incident": _incident(event, base_url),
        "actor": {"kind": event.actor_kind, "name": name},
        "occurredAt": event.occurred_at,
        "recordedAt": event.recorded_at,
        "entryKind": event.entry_kind,
        "text": (await narrate(reader, [event]))[0],
        "data": event.data,
    }
    return orjson.dumps({"type": event.kind, "timestamp": event.occurred_at, "data": data})


def _incident(event: Event, base_url: str) -> dict[str, str] | None:
    if event.incident_id is None:
        return None
    reference = f"{REFERENCE_PREFIX}{event.incident_id}"
    return {
        "id": encode("Incident", event.incident_id),
        "reference": reference,
        "url": f"{base_url}/console/incidents/{reference}",
    }
