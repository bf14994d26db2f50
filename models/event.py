"""The event log: the truth about what happened. Only `journal_write` inserts; nothing updates or deletes."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, Sequence, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, points_to
from models.words import ActorKind, EntryKind, Visibility

event_feed = Sequence("event_feed", metadata=Base.metadata)
"""Places in the feed, drawn under the feed lock. A sequence has gaps after roll-backs; the feed does not care."""


class Event(Base):
    """Something that happened. `id` is its place in the feed, `number` its place on its incident's timeline."""

    __tablename__ = "event"
    __table_args__ = (
        Index("uq_event_incident_id_number", "incident_id", "number", unique=True),
        Index("ix_event_incident_id_id", "incident_id", "id"),
        Index(
            "ix_event_incident_id_occurred_at",
            "incident_id",
            "occurred_at",
            "id",
            postgresql_where=text("number is not null"),
        ),
        Index("ix_event_recorded_at", "recorded_at", postgresql_using="brin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    incident_id: Mapped[int | None] = points_to("incident.id")
    number: Mapped[int | None]
    kind: Mapped[str]
    actor_kind: Mapped[ActorKind]
    actor_id: Mapped[int | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    entry_kind: Mapped[EntryKind | None]
    visibility: Mapped[Visibility]
    """The incident's at that time; for events without an incident, PRIVATE means: for auditors."""
    data: Mapped[dict[str, Any]]
    text_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of salt and text: the text can be erased and the log still verifies (DESIGN §7)."""


class EventText(Base):
    """The free text of an event, apart from it so that it can be erased."""

    __tablename__ = "event_text"

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str]


class EventChange(Base):
    """What the tables said of an incident's rows after an event, as far as it was changed: `{table: {key: columns}}`.

    Null instead of columns: the row is gone. Apart from the event, like its text, so that what people wrote can be
    erased.
    """

    __tablename__ = "event_change"
    __table_args__ = (Index("ix_event_change_incident_id_event_id", "incident_id", "event_id"),)

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    incident_id: Mapped[int] = points_to("incident.id")
    rows: Mapped[dict[str, Any]]


class Pin(Base):
    """An event that someone marked as important. Pinning is itself an event; this is its present state."""

    __tablename__ = "pin"

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    pinned_at: Mapped[datetime]
