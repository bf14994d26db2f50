"""What became of attempts to tell subscribers, marked in the ledger; on subscribers, too, where it says more of them.

A late word changes nothing: a row is marked only by the attempt that claimed it last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from actions.record import now
from actions.subscribers.ledger import OPEN, Claimed
from actions.subscribers.standing import ERROR_CHARACTERS, disable, lock_subscriber, suppress
from core.backoff import backoff
from core.pooled import Singly
from models.subscriber import Subscriber, SubscriberDelivery
from models.words import Channel, DeliveryState

DISABLE_AFTER = timedelta(days=3)
"""Without one success. The schedule that Standard Webhooks recommends ends there too."""
KEEP_TRYING = timedelta(days=3)
"""How long a message may be on its way."""
LONGEST_PAUSE = 3600.0


TOOK = text(
    """
    update subscriber_delivery set state = :state, sent_at = :moment, error = null, message_id = mine.name
    from unnest(cast(:ids as bigint[]), cast(:attempts as bigint[]), cast(:names as text[])) as mine(id, attempt, name)
    where subscriber_delivery.id = mine.id and attempts = mine.attempt and state in ('PENDING', 'UNKNOWN')
    """
)


@dataclass(frozen=True, slots=True)
class Took:
    """The other side took it, under this id."""

    row: Claimed
    message_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not. `uncertain`: it may have it all the same. `theirs`: their address fails, not the way to it."""

    row: Claimed
    error: str
    uncertain: bool = False
    theirs: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """It never will. `gone`: the address as such; else this message only. `suppress`: nobody may write there again."""

    row: Claimed
    error: str
    gone: bool = False
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class Released:
    """It was claimed, and not tried."""

    row: Claimed


Outcome = Took | Failed | Refused | Released


def _mine(row: Claimed) -> ColumnElement[bool]:
    return and_(
        SubscriberDelivery.id == row.id,
        SubscriberDelivery.attempts == row.attempts,
        SubscriberDelivery.state.in_(OPEN),
    )


async def mark(session: AsyncSession, channel: Channel, outcomes: Sequence[Outcome]) -> None:
    """Mark what became of claimed rows."""
    rest = [it for it in outcomes if isinstance(it, Failed | Refused)]
    for each in sorted(rest, key=lambda found: found.row.subscriber_id):
        await (_fail(session, each) if isinstance(each, Failed) else _refuse(session, each))
    took = [it for it in outcomes if isinstance(it, Took)]
    well = [it.row.subscriber_id for it in took if it.row.failing_since is not None]
    if well:
        fine = {"failing_since": None, "next_attempt_at": None}
        await session.execute(update(Subscriber).where(Subscriber.id.in_(well)).values(fine))
    if took:
        await mark_taken(session, now(session), channel, took)
    for outcome in outcomes:
        if isinstance(outcome, Released):
            back = {
                "state": DeliveryState.PENDING,
                "due_at": now(session),
                "attempts": SubscriberDelivery.attempts - 1,
            }
            await session.execute(update(SubscriberDelivery).where(_mine(outcome.row)).values(back))


async def mark_taken(
    connection: AsyncConnection | AsyncSession | Singly, moment: datetime, channel: Channel, took: Sequence[Took]
) -> None:
    """Mark rows that the other side took, in one statement; of subscribers none of whom was failing."""
    # SENT: a mail server on the way has it. DELIVERED: the other end itself.
    state = DeliveryState.SENT if channel is Channel.EMAIL else DeliveryState.DELIVERED
    done = {
        "state": state.value,
        "moment": moment,
        "ids": [it.row.id for it in took],
        "attempts": [it.row.attempts for it in took],
        "names": [it.message_id for it in took],
    }
    await connection.execute(TOOK, done)


async def _fail(session: AsyncSession, failed: Failed) -> None:
    """Try again later, unless it has been tried for three days; an address without any success for so long is out."""
    moment = now(session)
    subscriber = await lock_subscriber(session, failed.row.subscriber_id)
    if subscriber is None:
        return
    if failed.theirs:
        subscriber.failing_since = subscriber.failing_since or moment
        failing = moment - subscriber.failing_since
        if failing >= DISABLE_AFTER:
            disable(session, subscriber, f"Nothing has arrived since {subscriber.failing_since:%Y-%m-%d %H:%M} UTC.")
        pause = backoff(1, first=min(LONGEST_PAUSE, max(10.0, failing.total_seconds() / 4)))
        subscriber.next_attempt_at = moment + timedelta(seconds=pause)
    over = moment - failed.row.created_at >= KEEP_TRYING or subscriber.disabled_at is not None
    state = DeliveryState.UNKNOWN if failed.uncertain else DeliveryState.PENDING
    values = {
        "state": DeliveryState.FAILED if over else state,
        "error": failed.error[:ERROR_CHARACTERS],
        "due_at": moment + timedelta(seconds=backoff(failed.row.attempts, longest=LONGEST_PAUSE)),
    }
    await session.execute(update(SubscriberDelivery).where(_mine(failed.row)).values(values))


async def _refuse(session: AsyncSession, refused: Refused) -> None:
    subscriber = await lock_subscriber(session, refused.row.subscriber_id)
    if subscriber is not None and refused.suppress:
        await suppress(session, subscriber, refused.error)
    elif subscriber is not None and refused.gone:
        disable(session, subscriber, refused.error)
    values = {"state": DeliveryState.FAILED, "error": refused.error[:ERROR_CHARACTERS]}
    await session.execute(update(SubscriberDelivery).where(_mine(refused.row)).values(values))
