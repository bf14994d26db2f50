"""The event log: the truth about what happened. Only `journal_write` inserts; nothing updates or deletes."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, Sequence, select, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, points_to
from models.words import ActorKind, EntryKind, Visibility

event_feed = Sequence("event_feed", metadata=Base.metadata)
"""Places in the feed, drawn under the feed lock. A sequence has gaps after roll-backs; the feed does not care."""


AUDITED = text("origin_digest is not null")
MOVES_SQL = (
    "kind in ('incident.reported', 'incident.acknowledged', 'incident.declared', 'incident.declined',"
    " 'incident.cancelled', 'incident.reopened', 'incident.stage_changed')"
)
"""Events by which incidents enter and leave stages."""
OF_ALERT_SQL = "kind in ('alert.received', 'alert.acknowledged', 'alert.resolved', 'alert.linked', 'alert.unlinked')"
"""What happened to an alert."""
ALERT_QUIET_SQL = (
    "kind in ('alert.suppressed', 'alert.dropped', 'alert.released', 'alert.snoozed', 'alert.unsnoozed',"
    " 'alert.marked_noise', 'alert.unmarked_noise', 'alert.flapped', 'alert.calmed')"
)
"""How an alert was kept quiet, and when that was over."""
OVERDUE_SQL = "kind = 'reminder.update_overdue'"


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
        # Metrics read these of all incidents of a time (actions.metrics).
        Index("ix_event_move", "incident_id", "kind", "id", postgresql_where=text(MOVES_SQL)),
        Index("ix_event_overdue", "recorded_at", postgresql_where=text(OVERDUE_SQL)),
        # An alert tells what happened to it (resolvers.alerts).
        Index("ix_event_alert", text("(data ->> 'alert_id'::text)"), "id", postgresql_where=text(OF_ALERT_SQL)),
        Index(
            "ix_event_alert_quiet",
            text("(data ->> 'alert_id'::text)"),
            "id",
            postgresql_where=text(ALERT_QUIET_SQL),
        ),
        # Audited events are few among many, and those that have an origin (actions.audit_trail).
        Index("ix_event_audited", "id", postgresql_where=AUDITED),
        Index("ix_event_audited_recorded_at", "recorded_at", "id", postgresql_where=AUDITED),
        Index("ix_event_audited_actor", "actor_kind", "actor_id", "recorded_at", "id", postgresql_where=AUDITED),
        Index("ix_event_audited_kind", "kind", "recorded_at", "id", postgresql_where=AUDITED),
        Index(
            "ix_event_audited_data",
            "data",
            postgresql_using="gin",
            postgresql_ops={"data": "jsonb_path_ops"},
            postgresql_where=AUDITED,
        ),
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
    beside: ClassVar[dict[str, Any]]
    """What can be selected together with columns: `words`, the text that belongs to it, null if there is none."""
    origin_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """SHA-256 of salt, address, a NUL character and user agent, for the same reason."""


class EventText(Base):
    """The free text of an event, apart from it so that it can be erased."""

    __tablename__ = "event_text"

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str]


WORDS = select(EventText.body).where(EventText.event_id == Event.id).scalar_subquery().label("words")
Event.beside = {"words": WORDS}


class EventOrigin(Base):
    """Where an audited event came from. Apart from the event: it can be erased, as personal data must be."""

    __tablename__ = "event_origin"
    __table_args__ = (Index("ix_event_origin_address", "address", "event_id"),)

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str]
    """The client's IP address, as our proxies tell it; empty where there is none (the command line, jobs)."""
    user_agent: Mapped[str]


class AuditLink(Base):
    """A link of the hash chain over the audited events, in the order of the feed (docs/security.md)."""

    __tablename__ = "audit_link"

    event_id: Mapped[int] = points_to("event.id", primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the link before (nothing, for the first) and the event as canonical JSON."""


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
