"""What a subscriber is told of: components and kinds of news, as they come from forms and from admins."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.pages.known import scope_by_key
from core.errors import invalid
from core.ids import decode_as
from core.phrase import phrase
from models.service import Component
from models.subscriber import Subscriber, SubscriberComponent
from models.words import NewsKind

MOST = 500
"""Components that one subscriber may name."""


@dataclass(frozen=True, slots=True)
class Choices:
    """`components`: keys; none means all, those to come included."""

    components: frozenset[int] = frozenset()
    kinds: frozenset[NewsKind] = frozenset(NewsKind)


def read_choices(components: Sequence[str], kinds: Collection[str]) -> Choices:
    """Choices as a client sends them: opaque ids and words. INVALID_INPUT for others, and for no kind at all."""
    check.few(components, "components", limit=MOST)
    keys = {decode_as("Component", given, f"components.{n}") for n, given in enumerate(components)}
    unknown = sorted(set(kinds) - set(NewsKind))
    if unknown:
        message = phrase("There is no kind of news %(text)r.", text=unknown[0][:40])
        raise invalid("kinds", message, phrase("Kinds are %(known)s.", known=", ".join(NewsKind)))
    if not kinds:
        message = phrase("No kind of news is chosen.")
        raise invalid("kinds", message, phrase("Choose incidents, maintenance or both; or unsubscribe."))
    return Choices(frozenset(keys), frozenset(NewsKind(kind) for kind in kinds))


async def choose(session: AsyncSession, subscriber: Subscriber, choices: Choices) -> None:
    """Have a subscriber told of this and nothing else. The row must be locked, or new and flushed.

    Components that are gone, or not on their page, are passed over: a form may have lain open for a day. INVALID_INPUT
    if none is left.
    """
    known = select(Component.id).where(Component.id.in_(choices.components), Component.archived_at.is_(None))
    there = frozenset(await session.scalars(known)) if choices.components else frozenset[int]()
    there = (await scope_by_key(session, subscriber.page_id)).shown(there)
    if choices.components and not there:
        raise invalid(
            "components",
            phrase("None of these components is there any more."),
            phrase("Load the page again and choose."),
        )
    await session.execute(delete(SubscriberComponent).where(SubscriberComponent.subscriber_id == subscriber.id))
    session.add_all(SubscriberComponent(subscriber_id=subscriber.id, component_id=key) for key in sorted(there))
    subscriber.every_component = not there
    subscriber.kinds = [kind.value for kind in NewsKind if kind in choices.kinds]
