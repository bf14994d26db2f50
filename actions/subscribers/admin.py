"""What admins do about subscribers: add one on their own word, remove one, allow mail again that was refused."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.find import find_page
from actions.record import keys, now
from actions.subscribers.addresses import Hosts, read_address
from actions.subscribers.choices import choose, read_choices
from actions.subscribers.sign_up import is_suppressed, note_address
from actions.subscribers.standing import note
from actions.webhooks import new_secret
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, not_found
from core.ids import decode_as
from models.facts.subscribing import SubscriberAdded, SubscriberRemoved, SuppressionLifted
from models.subscriber import Subscriber, Suppression
from models.words import Channel, NewsKind, PageAccess

ANYWHERE = Hosts({}, plain=True)
"""An admin knows their own network: a chat that speaks Slack's language may stand in it. Where a message may be posted
to is judged at each attempt (integrations.address_guard)."""


async def add_subscriber(
    session: AsyncSession,
    actor: Actor,
    *,
    channel: Channel,
    address: str,
    components: Sequence[str] | None = None,
    kinds: Sequence[NewsKind] | None = None,
    page: str | None = None,
) -> tuple[Subscriber, str | None]:
    """Have an address told of news on an admin's word that it wants to be; and the signing secret of a webhook.

    The secret is shown this once. CONFLICT if the address is told already, or refused mail for good. `page`: the id of
    the status page whose news they are, which has to be public; the organisation's own without.
    """
    require(actor, Permission.SUBSCRIBERS)
    found = read_address(channel, address, ANYWHERE)
    choices = read_choices(components or (), list(NewsKind) if kinds is None else kinds)
    if await is_suppressed(session, found):
        raise conflict(
            "The mail server refused this address for good.",
            field="address",
            hint="Lift its suppression first, if you know that it works again.",
        )
    subscriber = await note_address(session, found, page_id=await _page(session, page) if page is not None else None)
    if subscriber.active:
        raise conflict("This address is told of news already.", field="address", hint="Its own link changes what of.")
    await choose(session, subscriber, choices)
    secret = new_secret() if channel is Channel.WEBHOOK else None
    if secret is not None:
        subscriber.sealed_secret = keys(session).seal(secret)
    subscriber.confirmed_at = now(session)
    subscriber.unsubscribed_at = subscriber.disabled_at = subscriber.disabled_because = None
    subscriber.failing_since = subscriber.next_attempt_at = None
    note(session, actor, SubscriberAdded(subscriber_id=subscriber.id, channel=channel))
    return subscriber, secret


async def _page(session: AsyncSession, reference: str) -> int:
    row = await find_page(session, reference)
    if row.archived or row.access is not PageAccess.PUBLIC:
        raise conflict(
            f"{row.name} is not for everybody: it sends no news.",
            field="page",
            hint="Choose a page that anybody may read, or leave it out for the organisation's own.",
        )
    return row.id


async def remove_subscriber(session: AsyncSession, actor: Actor, *, id: str) -> Subscriber:  # noqa: A002 (the input's)
    """Tell an address nothing more; it is erased within 30 days. Removing it again changes nothing."""
    require(actor, Permission.SUBSCRIBERS)
    key = decode_as("Subscriber", id)
    subscriber = await session.scalar(select(Subscriber).where(Subscriber.id == key).with_for_update())
    if subscriber is None:
        raise not_found("id", "subscriber", id)
    if subscriber.unsubscribed_at is None:
        subscriber.unsubscribed_at = now(session)
        note(session, actor, SubscriberRemoved(subscriber_id=subscriber.id, channel=subscriber.channel))
    return subscriber


async def lift_suppression(session: AsyncSession, actor: Actor, *, id: str) -> Suppression:  # noqa: A002 (the input's)
    """Allow mail to an address again that was refused for good. It is told of nothing before it subscribes anew."""
    require(actor, Permission.SUBSCRIBERS)
    found = await session.get(Suppression, decode_as("Suppression", id), with_for_update=True)
    if found is None:
        raise not_found("id", "suppression", id)
    await session.delete(found)
    note(session, actor, SuppressionLifted(suppression_id=found.id))
    return found
