"""Events: the record of what happened."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.cursor import encode_cursor
from models import event
from models.words import EntryKind
from resolvers import events, incidents, then
from resolvers.fields import batched, column, computed
from resolvers.page import Cursor
from resolvers.people import Who
from schema.lazy import AnActor, AnIncident
from schema.node import Node, identity, is_row_of


@strawberry.type(
    description="Something that happened. Events are never changed or deleted; a correction is a new event."
)
class Event(Node):
    id: strawberry.ID = identity("Event")
    cursor: Cursor = computed(
        lambda row: encode_cursor(row.id),
        description="Its place in the feed, good for `after` of a subscription.",
        needs=["id"],
    )
    number: int | None = column(
        "Its place on its incident's timeline, counted from 1 without gaps. Null for events that are not on a timeline:"
        " deliveries and settings."
    )
    incident: AnIncident | None = batched(
        incidents.incident_of,
        description="The incident whose timeline it stands on; null if you may not see that.",
        needs=["incident_id"],
    )
    kind: str = column("What happened, in the past tense, such as `role.assigned`.")
    actor: AnActor = computed(
        lambda row: Who(row.actor_kind, row.actor_id), description="Who did it.", needs=["actor_kind", "actor_id"]
    )
    occurred_at: datetime = column("When it happened.")
    recorded_at: datetime = column("When it was written down.")
    text: str = batched(
        events.texts,
        description="It in words: the Markdown of an entry as it was written, else a sentence in English, followed by"
        " the text that belongs to it.",
        needs=["id", "kind", "actor_kind", "actor_id", "occurred_at", "data", "text_digest", "words"],
    )
    data: JSON = column("What is known of it beyond the other fields; its shape depends on `kind`.")
    entry_kind: EntryKind | None = column("What kind of entry it is, if a person wrote it.")
    pinned: bool = batched(
        events.pinned,
        then=then.pinned,
        description="Whether it is marked as important at present.",
        needs=["id", "number"],
    )

    is_type_of = is_row_of(event.Event)
