"""Telling webhooks of events: what is claimed, what is held back, and what happens when an address fails.

While a webhook fails, one attempt at a time is made, less and less often, so that a dead address never holds up other
work. After three days without success it is switched off.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.deliveries import KEEP_TRYING, SETTLED, claim, give_up, locked, mark_sent, suppress
from actions.record import now, record_saved
from auth.actor import SYSTEM, Actor
from auth.visibility import visible_to
from core.backoff import backoff
from models.delivery import Delivery, Webhook
from models.event import Event
from models.facts.settings import DeliveryFailed
from models.incident import Incident
from models.job import QUEUE, Job, JobName
from models.words import AccessRole, ActorKind, DeliveryState, Visibility

WEBHOOK = "webhook"

SWITCH_OFF_AFTER = timedelta(days=3)
"""Without one success. The schedule that Standard Webhooks recommends ends there too."""

PROBE = timedelta(seconds=30)
"""While one attempt is under way, when the next may begin at the earliest: longer than any attempt takes."""

FRESH = 3
"""Attempts up to which a message is taken to have failed for its webhook's sake, and not for its own."""

EVERYBODY = Actor(ActorKind.ANONYMOUS, None, "Webhooks", AccessRole.VIEWER)
"""A webhook sees what everybody in the organisation may see."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt to make."""

    delivery_id: int
    webhook_id: int
    url: str
    sealed_secret: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """No attempt may be made for some seconds: the webhook fails, and another one is being tried."""

    seconds: float


async def claim_webhook(session: AsyncSession, event_id: int, webhook_id: int) -> Claimed | Wait | None:
    """Begin an attempt to tell a webhook of an event; None if it is settled or must not go out (any more)."""
    webhook = await session.get_one(Webhook, webhook_id, with_for_update=True)
    event = await session.get_one(Event, event_id)
    delivery = await _row_of(session, event, webhook)
    if delivery.state in SETTLED:
        return None
    reason = await _reason_to_hold_back(session, event, webhook)
    if reason is not None:
        suppress(delivery, reason)
        return None
    moment = now(session)
    if webhook.next_attempt_at is not None:
        if webhook.next_attempt_at > moment:
            return Wait((webhook.next_attempt_at - moment).total_seconds())
        webhook.next_attempt_at = moment + PROBE
    claim(session, delivery)
    return Claimed(delivery.id, webhook.id, webhook.url, webhook.sealed_secret)


async def webhook_took_it(session: AsyncSession, claimed: Claimed, external_id: str) -> None:
    """It answered 2xx. If it had been failing, what waits for it is due now."""
    webhook = await session.get_one(Webhook, claimed.webhook_id, with_for_update=True)
    await mark_sent(session, claimed.delivery_id, external_id, state=DeliveryState.DELIVERED)
    if webhook.failing_since is None:
        return
    webhook.failing_since = webhook.next_attempt_at = None
    await session.execute(update(Job).where(*_held_up_by(webhook)).values(run_at=func.now()))


def _held_up_by(webhook: Webhook) -> tuple[ColumnElement[bool], ...]:
    """The jobs that waited for a webhook to answer again; not those of messages that it refused several times."""
    fresh = exists(
        select(1).where(
            Delivery.event_id == Job.event_id,
            Delivery.webhook_id == webhook.id,
            Delivery.state.not_in(SETTLED),
            Delivery.attempts <= FRESH,
        )
    )
    return (
        Job.queue == QUEUE,
        Job.name == JobName.WEBHOOK_SEND,
        Job.args["webhook_id"].astext == str(webhook.id),
        fresh,
        ~Job.dead,
        Job.run_at > func.now(),
    )


async def webhook_failed(
    session: AsyncSession, claimed: Claimed, error: str, *, gone: bool = False, uncertain: bool = False
) -> float | None:
    """It did not answer, or not with 2xx. Seconds until the next attempt; None if it was the last.

    `gone`: it answered 410, which asks us to stop. `uncertain`: it may have taken it all the same.
    """
    webhook = await session.get_one(Webhook, claimed.webhook_id, with_for_update=True)
    delivery = await locked(session, claimed.delivery_id)
    if delivery.state in SETTLED:
        return None
    moment = now(session)
    webhook.failing_since = webhook.failing_since or moment
    failing = moment - webhook.failing_since
    if gone or failing >= SWITCH_OFF_AFTER:
        _switch_off(session, webhook, "The address answered 410 Gone." if gone else _no_success(webhook.failing_since))
        await give_up(session, delivery, error, reason="the webhook was switched off")
        return None
    if moment - delivery.created_at >= KEEP_TRYING:
        await give_up(session, delivery, error, reason="the address accepts others, but not this message")
        return None
    delivery.state = DeliveryState.UNKNOWN if uncertain else DeliveryState.PENDING
    delivery.error = error
    # The longer it fails, the longer the pauses: a quarter of that time, so 10 s at first, 1 h at most.
    pause = backoff(1, first=min(3600.0, max(10.0, failing.total_seconds() / 4)))
    webhook.next_attempt_at = moment + timedelta(seconds=pause)
    return max(pause, backoff(delivery.attempts))


def _no_success(since: datetime) -> str:
    return f"No attempt has succeeded since {since:%Y-%m-%d %H:%M} UTC."


def _switch_off(session: AsyncSession, webhook: Webhook, reason: str) -> None:
    """Stop telling an address of events. What waits for it is suppressed when its turn comes."""
    if webhook.disabled_because is None:
        webhook.disabled_because = reason
        changed = {"disabled_because": reason}
        record_saved(session, SYSTEM, "webhook", webhook.id, changed)


async def _row_of(session: AsyncSession, event: Event, webhook: Webhook) -> Delivery:
    """The row of the ledger, made at the first attempt, locked."""
    identity = {"event_id": event.id, "channel": WEBHOOK, "template": event.kind, "to": webhook.url}
    rest = {
        "incident_id": event.incident_id,
        "webhook_id": webhook.id,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": now(session),
    }
    await session.execute(insert(Delivery).values(**identity, **rest).on_conflict_do_nothing())
    found = await session.scalars(select(Delivery).filter_by(**identity).with_for_update())
    return found.one()


async def _reason_to_hold_back(session: AsyncSession, event: Event, webhook: Webhook) -> str | None:
    if webhook.archived:
        return "The webhook was deleted."
    if webhook.disabled_because is not None:
        return "The webhook was switched off."
    if not await _visible_to_everybody(session, event):
        return "The incident became private."
    if event.kind == DeliveryFailed.kind and await _failed_itself(session, event, webhook):
        return "It is about this webhook's own failure."
    return None


async def _visible_to_everybody(session: AsyncSession, event: Event) -> bool:
    """By today's visibility of its incident; an event without one by its own, which never changes."""
    if event.incident_id is None:
        return event.visibility is Visibility.ORGANISATION
    visible = select(Incident.id).where(Incident.id == event.incident_id, visible_to(EVERYBODY))
    return await session.scalar(visible) is not None


async def _failed_itself(session: AsyncSession, event: Event, webhook: Webhook) -> bool:
    """Whether an event tells that a message to this webhook failed: telling it would go round in circles."""
    failed = select(Delivery.webhook_id).where(Delivery.id == event.data["delivery_id"])
    return await session.scalar(failed) == webhook.id
