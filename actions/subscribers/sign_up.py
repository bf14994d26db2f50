"""Signing up: what a form causes, decided by a job, so that whoever fills it in learns nothing of who is known here.

The page answers before anybody has looked, in the same words and after the same work. Then the address itself is
written to, if at all: a new one is asked to confirm, a known one is sent its link, a suppressed one is left alone. No
address gets more than one such letter within ten minutes, nor five a day, however often somebody asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import scope_by_key
from actions.record import enqueue, keys, now
from actions.subscribers.addresses import Address
from actions.subscribers.choices import Choices, choose
from actions.subscribers.recipients import of_page
from core.errors import DomainError
from core.secrets import Secrets
from models.job import JobName
from models.subscriber import Subscriber, Suppression
from models.words import Channel, NewsKind

LETTERS_EVERY = timedelta(minutes=10)
LETTERS_A_DAY = 5


def ask_to_subscribe(
    session: AsyncSession, address: Address, choices: Choices, *, secret: str | None = None, page_id: int | None = None
) -> None:
    """Have a job look into what somebody wrote into the form of a page.

    `secret` is what webhook messages will be signed with. The address waits sealed: nobody has said yet that it is
    theirs.
    """
    sealing = keys(session)
    enqueue(
        session,
        JobName.SUBSCRIBER_SIGN_UP,
        channel=address.channel.value,
        address=sealing.seal(address.value).decode(),
        secret=sealing.seal(secret).decode() if secret else None,
        components=sorted(choices.components),
        kinds=sorted(choices.kinds),
        page_id=page_id,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The form again, in the job."""

    address: Address
    choices: Choices
    secret: str | None
    page_id: int | None = None

    @classmethod
    def of(cls, keys: Secrets, args: Mapping[str, Any]) -> "Asked":
        """From the job's arguments."""
        return cls(
            Address(Channel(args["channel"]), keys.open(args["address"].encode())),
            Choices(frozenset(args["components"]), frozenset(NewsKind(kind) for kind in args["kinds"])),
            keys.open(args["secret"].encode()) if args["secret"] else None,
            args.get("page_id"),
        )


async def sign_up(session: AsyncSession, asked: Asked) -> Subscriber | None:
    """Take note of who asked, and queue the letter or the test message that follows; None if nothing does.

    What was chosen counts for an address that is told of nothing yet. Of one that is, nobody but who has its link may
    change anything.
    """
    if await is_suppressed(session, asked.address):
        return None
    scope = await scope_by_key(session, asked.page_id)
    if scope.page is not None and not scope.page.open:
        return None
    subscriber = await note_address(session, asked.address, asked.secret, asked.page_id)
    if not _may_write(subscriber, now(session)):
        return None
    if not subscriber.active:
        try:
            await choose(session, subscriber, asked.choices)
        except DomainError:  # components that are all gone since: then all
            await choose(session, subscriber, Choices(kinds=asked.choices.kinds))
        if asked.secret:
            subscriber.sealed_secret = keys(session).seal(asked.secret)
    _count(subscriber, now(session))
    job = JobName.SUBSCRIBER_WRITE if subscriber.channel is Channel.EMAIL else JobName.SUBSCRIBER_GREET
    enqueue(session, job, subscriber_id=subscriber.id, asked_at=now(session).isoformat())
    return subscriber


async def is_suppressed(session: AsyncSession, address: Address) -> bool:
    """Whether an address refused mail for good."""
    known = exists(select(Suppression.id).where(Suppression.digest == address.digest))
    return bool(await session.scalar(select(known)))


async def note_address(
    session: AsyncSession, address: Address, secret: str | None = None, page_id: int | None = None
) -> Subscriber:
    """The row of an address at a page, made if there is none, locked until the end of the transaction."""
    sealing = keys(session)
    mail = address.channel is Channel.EMAIL
    row = {
        "page_id": page_id,
        "channel": address.channel,
        "digest": address.digest,
        "email": address.value if mail else None,
        "sealed_url": None if mail else sealing.seal(address.value),
        "host": address.host,
        "sealed_secret": sealing.seal(secret) if secret else None,
        "kinds": [kind.value for kind in NewsKind],
        "every_component": True,
        "created_at": now(session),
    }
    await session.execute(insert(Subscriber).values(row).on_conflict_do_nothing())
    found = select(Subscriber).where(Subscriber.digest == address.digest, of_page(page_id)).with_for_update()
    subscriber: Subscriber | None = await session.scalar(found)
    if subscriber is None:
        raise LookupError("the address was erased in between: the job tries again")
    return subscriber


def _may_write(subscriber: Subscriber, moment: datetime) -> bool:
    before = subscriber.asked_at
    if before is None:
        return True
    today = before.astimezone(UTC).date() == moment.astimezone(UTC).date()
    return moment - before >= LETTERS_EVERY and not (today and subscriber.asked_today >= LETTERS_A_DAY)


def _count(subscriber: Subscriber, moment: datetime) -> None:
    before = subscriber.asked_at
    today = before is not None and before.astimezone(UTC).date() == moment.astimezone(UTC).date()
    subscriber.asked_today = subscriber.asked_today + 1 if today else 1
    subscriber.asked_at = moment
