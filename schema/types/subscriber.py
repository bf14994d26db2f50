"""Subscribers of the status page, and addresses that nothing is sent to."""

from datetime import datetime

import strawberry

from models import subscriber
from models.words import Channel, NewsKind
from resolvers import subscribers
from resolvers.fields import batched, column, computed
from resolvers.status_pages import page_names
from schema.lazy import AComponent
from schema.node import Node, identity, is_row_of


@strawberry.type(description="An address that asked to be told of news on the status page.")
class Subscriber(Node):
    id: strawberry.ID = identity("Subscriber")
    channel: Channel = column("How it is told.")
    address: str | None = computed(
        lambda row: row.email or row.host,
        description="The e-mail address; of a webhook the host alone, as the rest is a secret. Null once erased.",
    )
    kinds: list[NewsKind] = computed(
        lambda row: [NewsKind(kind) for kind in row.kinds], description="The kinds of news that it asked for."
    )
    components: list[AComponent] = batched(
        subscribers.chosen, description="The components that it chose; none means all, those to come included."
    )
    page_name: str | None = batched(
        page_names, description="The status page that it subscribed to; null: the organisation's own."
    )
    active: bool = column("Whether it is told of news: confirmed, not gone, and not disabled.")
    created_at: datetime = column("When it was first asked for.")
    confirmed_at: datetime | None = column("When its owner, or an admin, confirmed it.")
    unsubscribed_at: datetime | None = column("When it left; the address is erased within 30 days.")
    disabled_at: datetime | None = column("When it was disabled because nothing arrived; null while it works.")
    disabled_because: str | None = column("Why it was disabled.")
    failing_since: datetime | None = column("When the first attempt failed after which none succeeded.")

    is_type_of = is_row_of(subscriber.Subscriber)


@strawberry.type(description="An address that nothing is sent to, because its mail server refused it for good.")
class Suppression(Node):
    id: strawberry.ID = identity("Suppression")
    email: str | None = batched(
        subscribers.emails,
        description="The address; null once its subscription was erased: only a digest is left then.",
    )
    reason: str = column("What the mail server answered.")
    since: datetime = column("Since when.")

    is_type_of = is_row_of(subscriber.Suppression)


@strawberry.type(description="How many subscribers a channel has.")
class SubscriberCount:
    channel: Channel = column("The channel.")
    active: int = column("Told of news.")
    unconfirmed: int = column("Asked for, and not confirmed yet.")
    disabled: int = column("Disabled because nothing arrived.")
