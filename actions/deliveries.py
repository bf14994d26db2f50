"""The ledger of messages: claim, send, mark (DESIGN §5).

A message is claimed in one transaction, sent outside of any, and marked in another. From the claim to the mark its
state is UNKNOWN, so that is what a crash in between leaves behind; the job then runs again and sends the message again
under the same Message-ID or webhook-id, by which the other side can tell. One row per (event, channel, template,
recipient) makes the jobs that lead here idempotent.

These are Muster's own bookkeeping: no actor, no permission. What people are told about is the final failure.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import SYSTEM
from core.backoff import backoff
from models.delivery import Delivery
from models.facts.settings import DeliveryFailed
from models.incident import Incident
from models.words import DeliveryState, Visibility

SETTLED = frozenset(
    {
        DeliveryState.SENT,
        DeliveryState.DELIVERED,
        DeliveryState.ACKNOWLEDGED,
        DeliveryState.FAILED,
        DeliveryState.SUPPRESSED,
    }
)
"""States in which there is nothing left to send."""

KEEP_TRYING = timedelta(days=3)
"""How long a message may be on its way. Older news of an incident helps nobody."""

ERROR_CHARACTERS = 500


async def locked(session: AsyncSession, delivery_id: int) -> Delivery:
    """A row of the ledger, locked until the end of the transaction."""
    found = await session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
    return found.one()


def claim(session: AsyncSession, delivery: Delivery) -> None:
    """Begin an attempt. Until it is marked, nobody knows whether the message went out."""
    delivery.state = DeliveryState.UNKNOWN
    delivery.attempts += 1
    delivery.claimed_at = now(session)


def suppress(delivery: Delivery, reason: str) -> None:
    """Don't send it, and say why."""
    delivery.state = DeliveryState.SUPPRESSED
    delivery.suppressed_because = reason


async def mark_sent(
    session: AsyncSession, delivery_id: int, external_id: str, *, state: DeliveryState = DeliveryState.SENT
) -> Delivery:
    """The other side took it, under the id by which it knows the message. DELIVERED if that is the recipient itself."""
    delivery = await locked(session, delivery_id)
    delivery.state = state
    delivery.sent_at = now(session)
    delivery.external_id = external_id
    delivery.error = None
    return delivery


async def mark_failed(
    session: AsyncSession, delivery_id: int, error: str, *, reason: str, uncertain: bool = False
) -> float | None:
    """An attempt failed in a way that may pass. Seconds until the next; None if it was the last.

    `error` is for the ledger, `reason` for the event of the final failure, which is kept for ever: it must name nobody.
    `uncertain`: the other side may have it all the same.
    """
    delivery = await locked(session, delivery_id)
    if delivery.state in SETTLED:
        return None  # another worker, to whom our lease had passed, got it through
    if now(session) - delivery.created_at >= KEEP_TRYING:
        await give_up(session, delivery, error, reason=reason)
        return None
    delivery.state = DeliveryState.UNKNOWN if uncertain else DeliveryState.PENDING
    delivery.error = error[:ERROR_CHARACTERS]
    return backoff(delivery.attempts)


async def mark_refused(session: AsyncSession, delivery_id: int, error: str, *, reason: str) -> None:
    """The other side refused it for good."""
    delivery = await locked(session, delivery_id)
    if delivery.state not in SETTLED:
        await give_up(session, delivery, error, reason=reason)


async def give_up(session: AsyncSession, delivery: Delivery, error: str, *, reason: str) -> None:
    """FAILED, and an event says so: on the incident that it was about, beside its timeline; else for auditors."""
    delivery.state = DeliveryState.FAILED
    delivery.error = error[:ERROR_CHARACTERS]
    incident = await session.get(Incident, delivery.incident_id) if delivery.incident_id else None
    record(
        session,
        SYSTEM,
        DeliveryFailed(delivery_id=delivery.id, channel=delivery.channel, error=reason),
        incident=incident,
        numbered=False,
        visibility=Visibility.PRIVATE,
    )
