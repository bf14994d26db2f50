"""The ledger of what subscribers are told: claim, send, mark (DESIGN §5), many rows at a time.

A row is claimed in one transaction, sent outside of any, and marked in another. From the claim to the mark it is
UNKNOWN, and lost once `due_at` has come: then it is claimed anew and sent under the same Message-ID or webhook-id.
Order of locks: subscribers by id, then rows of the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import scope_by_key
from actions.record import now
from actions.subscribers.news import News, news_of
from models.event import Event
from models.subscriber import Broadcast, Subscriber, SubscriberDelivery
from models.words import Channel, DeliveryState

LEASE = timedelta(seconds=60)
"""For how long a claim counts. Longer than a row waits for its turn in a slice, and an attempt takes, together."""

OPEN = (DeliveryState.PENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row to be sent, with what that takes. `first_id`: the first row of this topic for them, perhaps this one."""

    id: int
    subscriber_id: int
    attempts: int
    first_id: int
    created_at: datetime
    every_component: bool
    email: str | None
    sealed_url: bytes | None
    sealed_secret: bytes | None
    failing_since: datetime | None


async def claim_rows(session: AsyncSession, broadcast_id: int, channel: Channel, limit: int) -> list[Claimed]:
    """Claim rows of a broadcast that are due, the oldest first; none if there are none. Other workers get others.

    Rows of subscribers who left meanwhile are held back, and all of them if the news must not go out any more.
    """
    broadcast = await session.get_one(Broadcast, broadcast_id)
    news, event = await news_of(session, broadcast)
    reason = await news.held_back(session, event) or await _off_page(session, broadcast, news, event)
    if reason is not None:
        await _hold_back(session, broadcast_id, channel, reason)
        return []
    rows = await _due(session, broadcast_id, channel, limit)
    if not rows:
        return []
    gone = [row.id for row, subscriber in rows if not subscriber.active]
    if gone:
        held = {"state": DeliveryState.SUPPRESSED, "error": "They are not subscribed any more."}
        await session.execute(update(SubscriberDelivery).where(SubscriberDelivery.id.in_(gone)).values(held))
    there = [(row, subscriber) for row, subscriber in rows if subscriber.active]
    first = await _first_of_thread(session, broadcast.topic, [subscriber.id for _, subscriber in there])
    taken = [row.id for row, _ in there]
    begun = {
        "state": DeliveryState.UNKNOWN,
        "attempts": SubscriberDelivery.attempts + 1,
        "due_at": now(session) + LEASE,
    }
    claimed = update(SubscriberDelivery).where(SubscriberDelivery.id.in_(taken)).values(begun)
    await session.execute(claimed.execution_options(synchronize_session=False))  # the rows stay as they were read
    return [
        Claimed(
            row.id,
            subscriber.id,
            row.attempts + 1,
            min(row.id, first.get(subscriber.id, row.id)),
            row.created_at,
            subscriber.every_component,
            subscriber.email,
            subscriber.sealed_url,
            subscriber.sealed_secret,
            subscriber.failing_since,
        )
        for row, subscriber in there
    ]


async def _off_page(session: AsyncSession, broadcast: Broadcast, news: News, event: Event) -> str | None:
    """Why the page must not tell of it any more, if so: not everybody may read it, or it shows other components now."""
    scope = await scope_by_key(session, broadcast.page_id)
    if scope.page is not None and not scope.page.open:
        return "The status page is not one that everybody may read."
    if scope.page is None and not scope.hidden:
        return None
    subject = await news.subject(session, event)
    return None if scope.concerns(subject.components) else "The status page does not tell of it any more."


async def _due(
    session: AsyncSession, broadcast_id: int, channel: Channel, limit: int
) -> list[tuple[SubscriberDelivery, Subscriber]]:
    """Due rows with their subscribers. A subscriber who fails at present is not tried before their time."""
    moment = now(session)
    statement = (
        select(SubscriberDelivery, Subscriber)
        .join(Subscriber, Subscriber.id == SubscriberDelivery.subscriber_id)
        .where(
            SubscriberDelivery.broadcast_id == broadcast_id,
            SubscriberDelivery.channel == channel,
            SubscriberDelivery.state.in_(OPEN),
            SubscriberDelivery.due_at <= moment,
            or_(Subscriber.next_attempt_at.is_(None), Subscriber.next_attempt_at <= moment),
        )
        .order_by(SubscriberDelivery.due_at, SubscriberDelivery.id)
        .limit(limit)
        .with_for_update(of=SubscriberDelivery, skip_locked=True)
    )
    return [(row, subscriber) for row, subscriber in await session.execute(statement)]


async def _first_of_thread(session: AsyncSession, topic: str, subscriber_ids: Sequence[int]) -> dict[int, int]:
    if not subscriber_ids:
        return {}
    rows = await session.execute(
        select(SubscriberDelivery.subscriber_id, func.min(SubscriberDelivery.id))
        .where(SubscriberDelivery.subscriber_id.in_(subscriber_ids), SubscriberDelivery.topic == topic)
        .group_by(SubscriberDelivery.subscriber_id)
    )
    return {subscriber_id: key for subscriber_id, key in rows}  # noqa: C416 (rows, not pairs)


async def _hold_back(session: AsyncSession, broadcast_id: int, channel: Channel, reason: str) -> None:
    """Send none of what is left of a broadcast."""
    left = (
        SubscriberDelivery.broadcast_id == broadcast_id,
        SubscriberDelivery.channel == channel,
        SubscriberDelivery.state.in_(OPEN),
    )
    held = {"state": DeliveryState.SUPPRESSED, "error": reason}
    await session.execute(update(SubscriberDelivery).where(*left).values(held))


async def seconds_until_due(session: AsyncSession, broadcast_id: int, channel: Channel) -> float | None:
    """When a broadcast has something to do again on a channel, in seconds, 0 for now; None if it is done."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    due = func.greatest(SubscriberDelivery.due_at, func.coalesce(Subscriber.next_attempt_at, SubscriberDelivery.due_at))
    first = await session.scalar(
        select(func.min(due))
        .join(Subscriber, Subscriber.id == SubscriberDelivery.subscriber_id)
        .where(
            SubscriberDelivery.broadcast_id == broadcast_id,
            SubscriberDelivery.channel == channel,
            SubscriberDelivery.state.in_(OPEN),
        )
    )
    if first is None:
        return None if broadcast.listed_at is not None else LISTING_SECONDS
    wait: float = (first - now(session)).total_seconds()
    return max(0.0, wait if broadcast.listed_at is not None else min(wait, LISTING_SECONDS))


async def earlier_waits(session: AsyncSession, broadcast_id: int, channel: Channel) -> bool:
    """Whether older news on the same topic waits for its first attempt: it goes first, so that all is told in order."""
    broadcast = await session.get_one(Broadcast, broadcast_id)
    same_page = Broadcast.page_id.is_not_distinct_from(broadcast.page_id)
    older = select(Broadcast.id).where(Broadcast.topic == broadcast.topic, Broadcast.id < broadcast_id, same_page)
    waiting = (
        SubscriberDelivery.broadcast_id.in_(older),
        SubscriberDelivery.channel == channel,
        SubscriberDelivery.state == DeliveryState.PENDING,
        SubscriberDelivery.attempts == 0,
    )
    listing = exists(select(1).where(Broadcast.id.in_(older), Broadcast.listed_at.is_(None)))
    return bool(await session.scalar(select(or_(listing, exists(select(1).where(*waiting))))))


LISTING_SECONDS = 0.5
"""Until a look at a broadcast that is still being listed."""
