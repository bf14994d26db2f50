"""Listing whom news is for, batch by batch: after a crash it goes on where it was, and lists nobody twice."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import open_scopes, scope_by_key
from actions.record import enqueue, now
from actions.subscribers.news import NEWS
from actions.subscribers.recipients import wanting
from models.event import Event
from models.job import JobName
from models.subscriber import Broadcast, Subscriber, SubscriberDelivery
from models.words import Channel, DeliveryState, NewsKind

AT_ONCE = 1000
"""Subscribers that are listed in one transaction."""


async def begin_broadcast(session: AsyncSession, event_id: int) -> list[int]:
    """Note that an event is on its way to the subscribers of every page that tells of it; the broadcasts' keys.

    The same however often it is asked; none if the event is no news, or must not go out. Delivery begins beside the
    listing.
    """
    event = await session.get_one(Event, event_id)
    news = NEWS.get(event.kind)
    if news is None or await news.held_back(session, event) is not None:
        return []
    subject = await news.subject(session, event)
    scopes = [scope for scope in await open_scopes(session) if scope.concerns(subject.components)]
    return [await _begin(session, event, news.kind, subject.topic, scope.page_id) for scope in scopes]


async def _begin(session: AsyncSession, event: Event, kind: NewsKind, topic: str, page_id: int | None) -> int:
    row = {"event_id": event.id, "page_id": page_id, "topic": topic, "kind": kind, "begun_at": now(session)}
    new = insert(Broadcast).values(**row, after_id=0).on_conflict_do_nothing().returning(Broadcast.id)
    key: int | None = await session.scalar(new)
    if key is None:
        same = Broadcast.page_id.is_not_distinct_from(page_id)
        return int((await session.scalars(select(Broadcast.id).where(Broadcast.event_id == event.id, same))).one())
    for channel in Channel:
        enqueue(session, JobName.BROADCAST_DELIVER, broadcast_id=key, channel=channel.value)
    return key


async def list_batch(session: AsyncSession, broadcast_id: int) -> bool:
    """List the next of a broadcast's subscribers; whether there may be more."""
    broadcast = await session.get_one(Broadcast, broadcast_id, with_for_update=True)
    if broadcast.listed_at is not None:
        return False
    event = await session.get_one(Event, broadcast.event_id)
    subject = await NEWS[event.kind].subject(session, event)
    scope = await scope_by_key(session, broadcast.page_id)
    found = await _next(session, broadcast, event, scope.shown(subject.components))
    if found:
        await session.execute(insert(SubscriberDelivery).on_conflict_do_nothing(), found)
        broadcast.after_id = found[-1]["subscriber_id"]
    if len(found) < AT_ONCE:
        broadcast.listed_at = now(session)
    return broadcast.listed_at is None


async def _next(
    session: AsyncSession, broadcast: Broadcast, event: Event, components: Collection[int]
) -> list[dict[str, Any]]:
    """Rows of the ledger for the page's next subscribers by key; who confirmed after the event read it on the page."""
    wanted = (
        select(Subscriber.id, Subscriber.channel)
        .where(
            wanting(broadcast.kind, components, broadcast.page_id),
            Subscriber.confirmed_at <= event.recorded_at,
            Subscriber.id > broadcast.after_id,
        )
        .order_by(Subscriber.id)
        .limit(AT_ONCE)
    )
    moment = now(session)
    return [
        {
            "broadcast_id": broadcast.id,
            "subscriber_id": key,
            "topic": broadcast.topic,
            "channel": channel,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "created_at": moment,
            "due_at": moment,
        }
        for key, channel in await session.execute(wanted)
    ]
