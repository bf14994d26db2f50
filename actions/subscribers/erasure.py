"""Forgetting addresses: of who left within 30 days, of who never confirmed after 7, of who can't be reached after 90.

The row stays, for the ledger points to it; what told whose it was does not (DESIGN §7, erasure).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Database
from models.subscriber import Subscriber, SubscriberComponent, SubscriberDelivery

BATCH = 500
LEFT = timedelta(days=29)
"""A day before the 30 that are promised."""
UNCONFIRMED = timedelta(days=7)
DISABLED = timedelta(days=90)
LEDGER = timedelta(days=90)

ERASED = {"digest": None, "email": None, "sealed_url": None, "host": None, "sealed_secret": None}


async def erase_addresses(database: Database) -> int:
    """Erase a batch of addresses, and delete as much of the ledger as is old; how many. Run by a timer."""
    return await _addresses(database) + await _ledger(database)


async def _addresses(database: Database) -> int:
    moment = database.clock.now()
    over: list[tuple[InstrumentedAttribute[Any], ColumnElement[bool]]] = [
        (Subscriber.unsubscribed_at, Subscriber.unsubscribed_at < moment - LEFT),
        (Subscriber.created_at, Subscriber.confirmed_at.is_(None) & (Subscriber.created_at < moment - UNCONFIRMED)),
        (Subscriber.disabled_at, Subscriber.disabled_at < moment - DISABLED),
    ]
    return sum([await _batch(database, *each, moment - UNCONFIRMED) for each in over])


async def _batch(
    database: Database, since: InstrumentedAttribute[Any], over: ColumnElement[bool], asked: datetime
) -> int:
    """Erase some for one of the reasons, but for those who asked again lately: their link counts for a while."""
    quiet = or_(Subscriber.asked_at.is_(None), Subscriber.asked_at < asked)
    async with database.unit_of_work() as session:
        found = select(Subscriber.id).where(Subscriber.digest.is_not(None), over, quiet).order_by(since).limit(BATCH)
        keys = list(await session.scalars(found.with_for_update(skip_locked=True)))
        if not keys:
            return 0
        await session.execute(delete(SubscriberComponent).where(SubscriberComponent.subscriber_id.in_(keys)))
        await session.execute(update(Subscriber).where(Subscriber.id.in_(keys)).values(ERASED))
        told = exists(select(1).where(SubscriberDelivery.subscriber_id == Subscriber.id))
        await session.execute(delete(Subscriber).where(Subscriber.id.in_(keys), ~told))
        return len(keys)


async def _ledger(database: Database) -> int:
    async with database.unit_of_work() as session:
        old = SubscriberDelivery.created_at < database.clock.now() - LEDGER
        some = select(SubscriberDelivery.id).where(old).limit(BATCH).with_for_update(skip_locked=True)
        gone = await session.execute(
            delete(SubscriberDelivery).where(SubscriberDelivery.id.in_(some)).returning(SubscriberDelivery.id)
        )
        return len(gone.all())
