"""Who outside wants to be told of news on the status page, and the ledger of what they were told."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import Channel, DeliveryState, NewsKind

OPEN_SQL = "state in ('PENDING', 'UNKNOWN')"
"""Deliveries that are not settled."""

ACTIVE_SQL = "confirmed_at is not null and unsubscribed_at is null and disabled_at is null"


class SubscriberFacts:
    """What follows from a subscriber's row."""

    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    @property
    def active(self) -> bool:
        """Whether they are told of news."""
        return self.confirmed_at is not None and self.unsubscribed_at is None and self.disabled_at is None


class Subscriber(SubscriberFacts, Base):
    """An address that asked for news. E-mail lies open, for admins to find; URLs are secrets and are sealed.

    `digest` tells an address apart without telling it; it goes with the address when that is erased.
    """

    __tablename__ = "subscriber"
    __table_args__ = (
        # The same address may ask at several pages; null is the organisation's.
        Index(
            "uq_subscriber_digest",
            *("digest", "page_id"),
            unique=True,
            postgresql_where=text("digest is not null"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_subscriber_active", "channel", "id", postgresql_where=text(ACTIVE_SQL)),
        Index("ix_subscriber_page_id", "page_id", "id", postgresql_where=text(ACTIVE_SQL)),
        Index("ix_subscriber_unsubscribed_at", "unsubscribed_at", postgresql_where=text("digest is not null")),
        Index("ix_subscriber_disabled_at", "disabled_at", postgresql_where=text("digest is not null")),
        Index("ix_subscriber_unconfirmed", "created_at", postgresql_where=text("confirmed_at is null")),
    )

    id: Mapped[Key]
    channel: Mapped[Channel]
    page_id: Mapped[int | None] = points_to("status_page.id")
    """Of which page's news they are told; null: the organisation's."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    email: Mapped[str | None]
    sealed_url: Mapped[bytes | None] = mapped_column(LargeBinary)
    host: Mapped[str | None]
    """The host of the URL: all that is shown of it."""
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What its webhook messages are signed with."""
    kinds: Mapped[list[str]]
    """Values of NewsKind."""
    every_component: Mapped[bool] = mapped_column(default=True)
    """Whether they chose no components, which means all; else SubscriberComponent says which."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    """When the first attempt failed after which none succeeded."""
    next_attempt_at: Mapped[datetime | None]
    """While it fails: when the next attempt may be made."""
    asked_at: Mapped[datetime | None]
    """When we last wrote because somebody filled in the form: such letters are few and far between."""
    asked_today: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class SubscriberComponent(Base):
    """A component that a subscriber chose."""

    __tablename__ = "subscriber_component"

    subscriber_id: Mapped[int] = points_to("subscriber.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True, index=True)


class Suppression(Base):
    """An address that nothing is sent to any more, because its mail server said for good that there is none."""

    __tablename__ = "suppression"

    id: Mapped[Key]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    reason: Mapped[str]
    since: Mapped[datetime]


class Broadcast(Base):
    """A piece of news on its way to its subscribers. `after_id`: up to which of them it has been listed."""

    __tablename__ = "broadcast"
    __table_args__ = (
        Index("ix_broadcast_topic_id", "topic", "id"),
        Index("uq_broadcast_event_id_page_id", "event_id", "page_id", unique=True, postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Key]
    event_id: Mapped[int]
    page_id: Mapped[int | None] = points_to("status_page.id")
    """To whose subscribers; null: the organisation's page."""
    topic: Mapped[str]
    """What it is about, as customers call it: `INC-123`. Mails about one topic are one thread."""
    kind: Mapped[NewsKind]
    begun_at: Mapped[datetime]
    after_id: Mapped[int] = mapped_column(default=0)
    listed_at: Mapped[datetime | None]
    """When the last of its subscribers was listed."""


class SubscriberDelivery(Base):
    """One piece of news for one subscriber: the ledger row that keeps anybody from being told twice.

    It holds the subscriber's id and no address. `due_at`: when the next attempt may begin; while one is under way, when
    it counts as lost.
    """

    __tablename__ = "subscriber_delivery"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "subscriber_id"),
        Index("ix_subscriber_delivery_open", "broadcast_id", "channel", "due_at", postgresql_where=text(OPEN_SQL)),
        Index("ix_subscriber_delivery_thread", "subscriber_id", "topic", "id"),
        Index("ix_subscriber_delivery_created_at", "created_at"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[Key]
    broadcast_id: Mapped[int] = points_to("broadcast.id")
    subscriber_id: Mapped[int] = points_to("subscriber.id")
    topic: Mapped[str]
    channel: Mapped[Channel]
    state: Mapped[DeliveryState]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    message_id: Mapped[str | None]
    """What the other side calls it: the Message-ID or the webhook-id."""
    error: Mapped[str | None]
