"""Messages to the outside: who subscribed by webhook, and the ledger of everything that was sent."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import DeliveryState

CALL_SQL = "template in ('declared', 'severity_raised')"
"""Messages by which a severity calls people to an incident."""
TRIAL = "test"
"""The mail by which an admin sees whether mail arrives."""
TRIAL_SQL = "template = 'test' and channel = 'mail'"
TO_WEBHOOK_SQL = "webhook_id is not null"


class Webhook(ArchivedFacts, Base):
    """An address that is told of events. The signing secret is sealed at rest (core.secrets) and shown once."""

    __tablename__ = "webhook"
    __table_args__ = (Index("uq_webhook_url", "url", unique=True, postgresql_where=text("archived_at is null")),)

    id: Mapped[Key]
    url: Mapped[str]
    kinds: Mapped[list[str]]
    """Event kinds; empty means all."""
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    """When the first attempt failed after which none succeeded."""
    next_attempt_at: Mapped[datetime | None]
    """While it fails: when the next attempt may be made. One at a time, so that it can't hold up other work."""
    disabled_because: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Delivery(Base):
    """One message to one recipient because of one event: the ledger row that makes an outward action idempotent."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "channel", "template", "to"),
        Index("ix_delivery_incident_id_id", "incident_id", "id"),
        Index("ix_delivery_call", "created_at", postgresql_where=text(CALL_SQL)),
        Index("ix_delivery_trial", "user_id", "id", postgresql_where=text(TRIAL_SQL)),
        Index("ix_delivery_webhook_id_id", "webhook_id", "id", postgresql_where=text(TO_WEBHOOK_SQL)),
    )

    id: Mapped[Key]
    event_id: Mapped[int] = points_to("event.id")
    incident_id: Mapped[int | None] = points_to("incident.id")
    channel: Mapped[str]
    """`mail` or `webhook`."""
    template: Mapped[str]
    """Which message: `declared`, `role_given`, …; the event kind for webhooks."""
    to: Mapped[str]
    """An e-mail address or a URL."""
    user_id: Mapped[int | None] = points_to("app_user.id")
    webhook_id: Mapped[int | None] = points_to("webhook.id")
    state: Mapped[DeliveryState]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    error: Mapped[str | None]
    suppressed_because: Mapped[str | None]
    external_id: Mapped[str | None]
    """What the other side calls it: the Message-ID, the webhook-id."""
