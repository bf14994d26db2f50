"""Webhooks that were switched off, and messages that did not get through: what admins do about them."""

from typing import NoReturn

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.deliveries import SETTLED
from actions.record import enqueue, record, record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import conflict, not_found
from core.ids import decode_as
from models.delivery import Delivery, Webhook
from models.facts.settings import DeliveryRepeated
from models.incident import Incident
from models.job import Job, JobName
from models.words import DeliveryState, Visibility


async def enable_webhook(session: AsyncSession, actor: Actor, *, id: str) -> Webhook:  # noqa: A002 (the input's name)
    """Tell an address of events again that was switched off after failing for too long. One that works is no change.

    What was suppressed meanwhile stays so: `redeliver` sends it. NOT_FOUND also for a webhook that was deleted.
    """
    require(actor, Permission.ADMINISTER)
    webhook = await session.get(Webhook, decode_as("Webhook", id), with_for_update=True)
    if webhook is None or webhook.archived:
        raise not_found("id", "webhook", id)
    if webhook.disabled_because is not None:
        changed = {"disabled_because": {"from": webhook.disabled_because, "to": None}}
        webhook.disabled_because = webhook.failing_since = webhook.next_attempt_at = None
        record_saved(session, actor, "webhook", webhook.id, changed)
    return webhook


async def redeliver(session: AsyncSession, actor: Actor, *, delivery: str) -> Delivery:
    """Have a message to a webhook sent once more, under the same `webhook-id`, whatever came of it before.

    It says what the event is today. One that is older than three days is tried once. CONFLICT while it is on its way
    anyway, and for a webhook that was deleted or switched off; NOT_FOUND also for a mail, and for a message about an
    incident that the actor may not see.
    """
    require(actor, Permission.ADMINISTER)
    key = decode_as("Delivery", delivery, "delivery")
    visible = exists(select(1).where(Incident.id == Delivery.incident_id, visible_to(actor)))
    seen = Delivery.webhook_id.is_not(None) & or_(Delivery.incident_id.is_(None), visible)
    webhook_id = await session.scalar(select(Delivery.webhook_id).where(Delivery.id == key, seen))
    if webhook_id is None:
        raise not_found("delivery", "message to a webhook", delivery)
    webhook = await session.get_one(Webhook, webhook_id, with_for_update=True)  # before its delivery: docs/locks.md
    found = await session.get_one(Delivery, key, with_for_update=True)
    if webhook.archived or webhook.disabled_because is not None:
        _refuse_ended(webhook)
    if found.state not in SETTLED and await _under_way(session, found):
        raise conflict("It is on its way already.", field="delivery", hint="Wait for its next attempt.")
    found.state, found.error, found.suppressed_because = DeliveryState.PENDING, None, None
    fact = DeliveryRepeated(delivery_id=found.id, webhook_id=webhook.id)
    record(session, actor, fact, visibility=Visibility.PRIVATE)
    enqueue(session, JobName.WEBHOOK_SEND, event_id=found.event_id, webhook_id=webhook.id)
    return found


def _refuse_ended(webhook: Webhook) -> NoReturn:
    if webhook.archived:
        raise conflict("The webhook was deleted.", field="delivery", hint="Make another one for the address.")
    raise conflict("The webhook was switched off.", field="delivery", hint="Enable it, and send the message then.")


async def _under_way(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether a job that lives will send it."""
    job = select(Job.id).where(
        Job.name == JobName.WEBHOOK_SEND,
        Job.args["event_id"].as_integer() == delivery.event_id,
        Job.args["webhook_id"].as_integer() == delivery.webhook_id,
        ~Job.dead,
    )
    return await session.scalar(job.limit(1)) is not None
