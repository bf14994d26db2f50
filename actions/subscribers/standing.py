"""How a subscription begins and ends: confirmed by who owns the address, left, or disabled because nothing arrives."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import ANONYMOUS, SYSTEM, Actor
from models.facts.base import Fact
from models.facts.subscribing import (
    SubscriberConfirmed,
    SubscriberDisabled,
    SubscriberUnsubscribed,
)
from models.subscriber import Subscriber, Suppression
from models.words import Visibility

ERROR_CHARACTERS = 300


def note(session: AsyncSession, actor: Actor, fact: Fact) -> None:
    """Record something about a subscriber: for auditors, as who subscribes is nobody else's business."""
    record(session, actor, fact, visibility=Visibility.PRIVATE)


def confirm(session: AsyncSession, subscriber: Subscriber, actor: Actor = ANONYMOUS) -> None:
    """Tell an address of news from now on; the row must be locked. Confirming twice changes nothing."""
    if subscriber.active:
        return
    subscriber.confirmed_at = now(session)
    subscriber.unsubscribed_at = subscriber.disabled_at = subscriber.disabled_because = None
    subscriber.failing_since = subscriber.next_attempt_at = None
    note(session, actor, SubscriberConfirmed(subscriber_id=subscriber.id, channel=subscriber.channel))


def unsubscribe(session: AsyncSession, subscriber: Subscriber) -> None:
    """Tell an address nothing more; the row must be locked. What is queued is held back. Twice changes nothing."""
    if subscriber.unsubscribed_at is not None:
        return
    subscriber.unsubscribed_at = now(session)
    note(session, ANONYMOUS, SubscriberUnsubscribed(subscriber_id=subscriber.id, channel=subscriber.channel))


def disable(session: AsyncSession, subscriber: Subscriber, reason: str) -> None:
    """Tell an address nothing more because it does not work; the event is the notice that admins see."""
    if subscriber.disabled_at is not None:
        return
    subscriber.disabled_at = now(session)
    subscriber.disabled_because = reason[:ERROR_CHARACTERS]
    told = SubscriberDisabled(
        subscriber_id=subscriber.id, channel=subscriber.channel, error=subscriber.disabled_because
    )
    note(session, SYSTEM, told)


async def suppress(session: AsyncSession, subscriber: Subscriber, reason: str) -> None:
    """Never write to an address again, whoever asks, until an admin lifts that; and disable its subscription."""
    if subscriber.digest is not None:
        row = {"digest": subscriber.digest, "reason": reason[:ERROR_CHARACTERS], "since": now(session)}
        await session.execute(insert(Suppression).values(row).on_conflict_do_nothing())
    disable(session, subscriber, reason)


async def lock_subscriber(session: AsyncSession, key: int) -> Subscriber | None:
    """A subscriber's row, locked until the end of the transaction."""
    found: Subscriber | None = await session.scalar(select(Subscriber).where(Subscriber.id == key).with_for_update())
    return found
