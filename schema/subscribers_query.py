"""The reads of the subscribers of the status page."""

import strawberry

import resolvers.subscribers
from auth.permission import Permission
from resolvers.fields import root
from resolvers.page import PAGING
from schema.connection import Connection
from schema.types.subscriber import Subscriber, SubscriberCount, Suppression

NEEDS = " FORBIDDEN without the permission to keep subscribers."


@strawberry.type
class SubscribersQuery:
    subscribers: Connection[Subscriber] | None = root(
        resolvers.subscribers.subscribers,
        permission=Permission.SUBSCRIBERS,
        description="Subscribers of the status page, the newest first, without those whose address is erased." + NEEDS,
        arguments={**PAGING, "filter": "Which ones; without it, all."},
    )
    subscriber_counts: list[SubscriberCount] | None = root(
        resolvers.subscribers.subscriber_counts,
        permission=Permission.SUBSCRIBERS,
        description="How many subscribers each channel has." + NEEDS,
    )
    suppressions: Connection[Suppression] | None = root(
        resolvers.subscribers.suppressions,
        permission=Permission.SUBSCRIBERS,
        description="Addresses that nothing is sent to, the newest first." + NEEDS,
        arguments=PAGING,
    )
