"""What clients can follow."""

from collections.abc import AsyncGenerator

import strawberry

from core.cursor import encode_cursor
from resolvers import subscriptions
from resolvers.fields import computed, stream
from resolvers.page import Cursor
from resolvers.subscriptions import Message
from schema.types.event import Event
from schema.types.incident import Incident

FOLLOW = {
    "after": "Go on after this cursor: Query.cursor, a payload's cursor, Event.cursor or FeedMessage.cursor."
    " Without it: from now on. CURSOR_EXPIRED when what came after it is too old to be replayed.",
    "incident": "Only what happens on this incident: a reference such as INC-123, a number, or an id. NOT_FOUND"
    " when you may not see it, FORBIDDEN when you no longer may. What happens on an incident that was merged into it is"
    " not included.",
    "kinds": "Only events of these kinds, such as `entry.added`. INVALID_INPUT for one that there is not.",
}
LIMITS = (
    " SLOW_CONSUMER ends it when 1,000 events wait to be read; its hint names the cursor to resume after."
    " UNAUTHENTICATED ends it when your credentials are withdrawn."
)


@strawberry.type(description="An event, or a checkpoint.")
class FeedMessage:
    cursor: Cursor = computed(
        lambda message: encode_cursor(message.place), description="Resume after this, and nothing is missed or doubled."
    )
    event: Event | None = strawberry.field(
        description="The event; null in a checkpoint, which only says how far the feed has come."
    )

    @classmethod
    def is_type_of(cls, value: object, _info: object) -> bool:
        return isinstance(value, Message)


@strawberry.type(
    description="What can be followed, over a WebSocket (graphql-transport-ws) or as server-sent events (a request with"
    " `Accept: text/event-stream`). You get what you may see at that moment. To resume after a cut, subscribe again"
    " with `after`: the last cursor that you have; nothing is missed, doubled or out of order."
)
class Subscription:
    incident_events: AsyncGenerator[Event, None] = stream(
        subscriptions.incident_events,
        description="Every event after the cursor, in order and without gaps, and then every event as it happens."
        + LIMITS,
        arguments=FOLLOW,
    )
    feed: AsyncGenerator[FeedMessage, None] = stream(
        subscriptions.feed,
        description="The same for clients that stay connected for long and filter: a message without an event is a"
        " checkpoint. One comes whenever events were passed over and at least every 30 seconds, so that a cursor never"
        " grows old." + LIMITS,
        arguments=FOLLOW,
    )
    incident_changed: AsyncGenerator[Incident, None] = stream(
        subscriptions.incident_changed,
        description="The incident as it is now, and again after each change of it; changes that come faster than you"
        " read are delivered as one. UNAUTHENTICATED ends it when your credentials are withdrawn.",
        arguments={
            "ref": "A reference such as INC-123, a number, or an id. NOT_FOUND when you may not see it, FORBIDDEN when"
            " you no longer may."
        },
    )
