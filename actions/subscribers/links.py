"""The links that subscribers are sent: to confirm within 48 hours, and to manage or end what they confirmed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.subscribers.recipients import of_page
from core.db import Reader
from core.secrets import Secrets
from core.signing import Signed, read, sign
from models.subscriber import Subscriber

CONFIRM = "confirm a subscription"
MANAGE = "manage a subscription"
CONFIRM_WITHIN = timedelta(hours=48)

SUBSCRIBE_PATH = "/subscribe"
CONFIRM_PATH = "/subscribe/confirm/"
MANAGE_PATH = "/subscriptions/"
UNSUBSCRIBE = "/unsubscribe"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses of the status page for one subscriber."""

    secrets: Secrets
    base_url: str

    def confirm(self, subscriber_id: int, asked_at: datetime) -> str:
        """Where they say that it was them who asked."""
        said = Signed(CONFIRM, subscriber_id, asked_at + CONFIRM_WITHIN)
        return f"{self.base_url}{CONFIRM_PATH}{sign(self.secrets, said)}"

    def manage(self, subscriber_id: int) -> str:
        """Where they choose, and leave. Good for as long as they are subscribed."""
        return f"{self.base_url}{MANAGE_PATH}{sign(self.secrets, Signed(MANAGE, subscriber_id))}"

    def unsubscribe(self, subscriber_id: int) -> str:
        """Where they leave by one click (RFC 8058)."""
        return self.manage(subscriber_id) + UNSUBSCRIBE


def read_confirm(secrets: Secrets, token: str, now: datetime) -> Signed | None:
    """What a confirmation link says; None for one that is forged or over."""
    said = read(secrets, CONFIRM, token)
    return said if said is not None and said.expires is not None and said.expires > now else None


def read_manage(secrets: Secrets, token: str) -> int | None:
    """Whom a managing link is for; None for a forged one."""
    said = read(secrets, MANAGE, token)
    return said.key if said is not None else None


async def find_linked(reader: Reader, key: int, page_id: int | None) -> Subscriber | None:
    """The subscriber of a page that a link was made for; None once the address was erased."""
    theirs = (Subscriber.id == key, Subscriber.digest.is_not(None), of_page(page_id))
    return await reader.row(Subscriber, select(Subscriber).where(*theirs))


async def lock_linked(session: AsyncSession, key: int) -> Subscriber | None:
    """The same, locked until the end of the transaction."""
    found = select(Subscriber).where(Subscriber.id == key, Subscriber.digest.is_not(None)).with_for_update()
    subscriber: Subscriber | None = await session.scalar(found)
    return subscriber


def still_asked(subscriber: Subscriber, said: Signed) -> bool:
    """Whether a confirmation link still counts: not once they left after they had asked."""
    if said.expires is None or subscriber.unsubscribed_at is None:
        return said.expires is not None
    return subscriber.unsubscribed_at < said.expires - CONFIRM_WITHIN
