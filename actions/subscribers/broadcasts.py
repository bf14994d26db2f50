"""Listing whom news is for, batch by batch: after a crash it goes on where it was, and lists nobody twice."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now
from actions.subscribers.news import NEWS
from actions.subscribers.recipients import wanting
from actions.subscribers.subject import Subject
from models.event import Event
from models.job import JobName
from models.subscriber import Broadcast, Subscriber, SubscriberDelivery
from models.words import Channel, DeliveryState

AT_ONCE = 1000
"""Subscribers that are listed in one transaction."""


async def begin_broadcast(session: AsyncSession, event_id: int) -> int | None:
    """Note that an event is on its way to subscribers; the broadcast's key, the same however often it is asked.

    None if the event is no news, or must not go out. Delivery begins beside the listing.
    """
    event = await session.get_one(Event, event_id)
    news = NEWS.get(event.kind)
    if news is None or await news.held_back(session, event) is not None:
        return None
    subject = await news.subject(session, event)
    row = {
        "event_id": event.id,
        "topic": subject.topic,
        "kind": news.kind,
        "begun_at": now(session),
        "after_id": 0,
    }
    new = await session.scalar(insert(Broadcast).values(row).on_conflict_do_nothing().returning(Broadcast.id))
    if new is None:
        key: int | None = await session.scalar(select(Broadcast.id).where(Broadcast.event_id == event.id))
        return key
    for channel in Channel:
        enqueue(session, JobName.BROADCAST_DELIVER, broadcast_id=new, channel=channel.value)
    return int(new)


async def list_batch(session: AsyncSession, broadcast_id: int) -> bool:
    """List the next of a broadcast's subscribers; whether there may be more."""
    broadcast = await session.get_one(Broadcast, broadcast_id, with_for_update=True)
    if broadcast.listed_at is not None:
        return False
    event = await session.get_one(Event, broadcast.event_id)
    found = await _next(session, broadcast, event, await NEWS[event.kind].subject(session, event))
    if found:
        await session.execute(insert(SubscriberDelivery).on_conflict_do_nothing(), found)
        broadcast.after_id = found[-1]["subscriber_id"]
    if len(found) < AT_ONCE:
        broadcast.listed_at = now(session)
    return broadcast.listed_at is None


async def _next(session: AsyncSession, broadcast: Broadcast, event: Event, subject: Subject) -> list[dict[str, Any]]:
    """Rows of the ledger for the next subscribers by key; who confirmed after the event read it on the page."""
    wanted = (
        select(Subscriber.id, Subscriber.channel)
        .where(
            wanting(broadcast.kind, subject.components),
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
