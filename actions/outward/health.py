"""How integrations are: whether their vendor answers, how long to leave it alone, and when that is told."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.settings import wake
from actions.record import now, record
from auth.actor import SYSTEM
from core.backoff import backoff
from models.facts.outward import IntegrationFailing, IntegrationRecovered
from models.integration import Integration
from models.words import Visibility

TELL_AFTER = timedelta(minutes=5)
"""How long an integration fails before that is told: shorter outages mend themselves."""


async def answered(session: AsyncSession, integration: Integration) -> None:
    """The vendor answers, if only to refuse: whatever waits for it may go on."""
    if integration.next_attempt_at is not None:
        integration.next_attempt_at = None
        await wake(session, integration.id)
    if integration.told_at is not None:
        fact = IntegrationRecovered(integration_id=integration.id)
        record(session, SYSTEM, fact, visibility=Visibility.PRIVATE)
    integration.failing_since = integration.told_at = integration.error = None


def failing(session: AsyncSession, integration: Integration, words: str) -> float:
    """Note that the vendor does not answer; how many seconds to leave it alone: 2 at first, 10 minutes at most."""
    moment = now(session)
    integration.failing_since = integration.failing_since or moment
    integration.error = words
    lasted = moment - integration.failing_since
    if lasted >= TELL_AFTER:
        _tell(session, integration, words)
    return backoff(1, first=min(600.0, max(2.0, lasted.total_seconds() / 4)))


def signed_out(session: AsyncSession, integration: Integration, words: str) -> None:
    """Note that the vendor does not know us any more: nothing is tried until somebody enters new credentials."""
    integration.signed_out_at = integration.signed_out_at or now(session)
    integration.error = words
    integration.next_attempt_at = None
    _tell(session, integration, words)


def _tell(session: AsyncSession, integration: Integration, words: str) -> None:
    if integration.told_at is None:
        integration.told_at = now(session)
        fact = IntegrationFailing(integration_id=integration.id, error=words)
        record(session, SYSTEM, fact, visibility=Visibility.PRIVATE)
