"""Who is told of news on the status page, for those who keep them: addresses are personal data."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry
from sqlalchemy import ColumnElement, exists, func, not_, select

from actions.subscribers.addresses import read_mail
from actions.subscribers.recipients import active
from core.ids import decode_as
from models.service import Component
from models.subscriber import Subscriber, SubscriberComponent, Suppression
from models.words import Channel
from resolvers.context import Context
from resolvers.page import Cursor, Order, Page, Window, paging
from resolvers.rows import children, page

NEWEST = Order("subscribers", (Subscriber.id,), descending=True)
SUPPRESSED = Order("suppressions", (Suppression.id,), descending=True)


@strawberry.input(description="Which subscribers to list. Every line that is given must hold.")
class SubscriberFilter:
    """What a client asks for; what is absent or None is not asked."""

    channel: Channel | None = strawberry.field(default=strawberry.UNSET, description="Told by this channel.")
    active: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="True: told of news. False: not confirmed, gone, or disabled.",
    )
    email: str | None = strawberry.field(default=strawberry.UNSET, description="With exactly this e-mail address.")
    component: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Who chose this component by name."
    )


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many subscribers a channel has."""

    channel: Channel
    active: int
    unconfirmed: int
    disabled: int


async def subscribers(
    ctx: Context,
    *,
    filter: SubscriberFilter | None = None,  # noqa: A002 (the name that clients know from other lists)
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Subscriber]:
    """A page of the subscribers whose address is not erased, the newest first."""
    window = Window(NEWEST, paging(first, after, last, before))
    wanted = [] if filter is None else _conditions(filter)
    return await page(ctx, Subscriber, select(Subscriber).where(Subscriber.digest.is_not(None), *wanted), window)


def _conditions(wanted: SubscriberFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    given = {name: value for name, value in vars(wanted).items() if value not in (None, strawberry.UNSET)}
    if "channel" in given:
        found.append(Subscriber.channel == given["channel"])
    if "active" in given:
        found.append(active() if given["active"] else not_(active()))
    if "email" in given:
        found.append(Subscriber.digest == read_mail(given["email"], "filter.email").digest)
    if "component" in given:
        key = decode_as("Component", given["component"], "filter.component")
        mine = (SubscriberComponent.subscriber_id == Subscriber.id, SubscriberComponent.component_id == key)
        found.append(exists(select(1).where(*mine)))
    return found


async def subscriber_counts(ctx: Context) -> list[ChannelCount]:
    """How many subscribers each channel has, in the order of the channels."""
    disabled = Subscriber.disabled_at.is_not(None) & Subscriber.unsubscribed_at.is_(None)
    waiting = Subscriber.confirmed_at.is_(None) & Subscriber.unsubscribed_at.is_(None)
    rows = await ctx.reader.execute(
        select(
            Subscriber.channel,
            func.count().filter(active()),
            func.count().filter(waiting),
            func.count().filter(disabled),
        )
        .where(Subscriber.digest.is_not(None))
        .group_by(Subscriber.channel)
    )
    found = {row[0]: ChannelCount(*row) for row in rows}
    return [found.get(channel, ChannelCount(channel, 0, 0, 0)) for channel in Channel]


async def suppressions(
    ctx: Context,
    *,
    first: int | None = None,
    after: Cursor | None = None,
    last: int | None = None,
    before: Cursor | None = None,
) -> Page[Suppression]:
    """A page of the addresses that nothing is sent to, the newest first."""
    return await page(ctx, Suppression, select(Suppression), Window(SUPPRESSED, paging(first, after, last, before)))


async def chosen(ctx: Context, subscribers: Sequence[Subscriber]) -> list[list[Component]]:
    """The components that each chose, in the order of the status page; none means all."""
    statement = (
        select(Component, SubscriberComponent.subscriber_id)
        .join(SubscriberComponent, SubscriberComponent.component_id == Component.id)
        .where(SubscriberComponent.subscriber_id.in_({subscriber.id for subscriber in subscribers}))
        .order_by(Component.position, func.lower(Component.name), Component.id)
    )
    found = await children(ctx, Component, statement)
    return [found.get(subscriber.id, []) for subscriber in subscribers]


async def emails(ctx: Context, suppressed: Sequence[Suppression]) -> list[str | None]:
    """The address of each, as long as a subscriber's row knows it: a suppression alone keeps no more than a digest."""
    wanted = {each.digest for each in suppressed}
    rows = await ctx.reader.execute(select(Subscriber.digest, Subscriber.email).where(Subscriber.digest.in_(wanted)))
    found = {digest: email for digest, email in rows}  # noqa: C416 (rows, not pairs)
    return [found.get(each.digest) for each in suppressed]
