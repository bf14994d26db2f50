"""Who is told of a piece of news: one condition, for listing them and for counting them beforehand."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import open_scopes
from core.db import Reader
from models.subscriber import Subscriber, SubscriberComponent
from models.words import Channel, NewsKind


def active() -> ColumnElement[bool]:
    """The condition that a subscriber is told of anything at all."""
    return and_(
        Subscriber.confirmed_at.is_not(None), Subscriber.unsubscribed_at.is_(None), Subscriber.disabled_at.is_(None)
    )


def of_page(page_id: int | None) -> ColumnElement[bool]:
    """The condition that somebody subscribed to a page; None: to the organisation's own."""
    return Subscriber.page_id.is_(None) if page_id is None else Subscriber.page_id == page_id


def wanting(kind: NewsKind, components: Collection[int], page_id: int | None = None) -> ColumnElement[bool]:
    """The condition that a subscriber of a page is told of news of a kind about these components of it.

    Who chose components is told of news that names one of them. News that names none is for those who chose none.
    """
    named = exists(
        select(1).where(
            SubscriberComponent.subscriber_id == Subscriber.id, SubscriberComponent.component_id.in_(components)
        )
    )
    touched = or_(Subscriber.every_component, named) if components else Subscriber.every_component
    return and_(active(), of_page(page_id), Subscriber.kinds.contains([kind.value]), touched)


NOT_ONE: dict[Channel, int] = dict.fromkeys(Channel, 0)
"""Of a page that nobody would be told of."""


async def count_recipients(
    reader: Reader | AsyncSession, *, components: Collection[int], kind: NewsKind = NewsKind.INCIDENTS
) -> dict[int | None, dict[Channel, int]]:
    """How many subscribers of each channel would be told of news about these components (keys), as things stand now.

    By page, None the organisation's own: every page that tells of it to subscribers, and every channel, with 0 too. For
    a preview: whoever confirms or leaves in between is not in it.
    """
    scopes = [scope for scope in await open_scopes(reader) if scope.concerns(components)]
    told = or_(false(), *(wanting(kind, scope.shown(components), scope.page_id) for scope in scopes))
    by = (Subscriber.page_id, Subscriber.channel)
    result: Any = await reader.execute(select(*by, func.count()).where(told).group_by(*by))
    found = {scope.page_id: dict(NOT_ONE) for scope in scopes}
    for page_id, channel, count in result:
        found[page_id][channel] = count
    return found
