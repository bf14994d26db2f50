"""What monitors delivered, for as long as it matters: so that it is not taken twice, and not lost if it is not read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to


class AlertDelivery(Base):
    """A delivery that was taken, by its vendor's own name for it: sent again, it is answered as it was then."""

    __tablename__ = "alert_delivery"
    __table_args__ = (UniqueConstraint("source_id", "name"), Index("ix_alert_delivery_received_at", "received_at"))

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    name: Mapped[str]
    answer: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class UnreadDelivery(Base):
    """A delivery of which no alerts could be made, and why. What was sent is sealed at rest (core.secrets)."""

    __tablename__ = "unread_delivery"
    __table_args__ = (
        Index("ix_unread_delivery_source_id_id", "source_id", "id"),
        Index("ix_unread_delivery_received_at", "received_at"),
    )

    id: Mapped[Key]
    source_id: Mapped[int] = points_to("alert_source.id")
    reason: Mapped[str]
    """As the counter of refusals has it: `malformed`."""
    message: Mapped[str]
    field: Mapped[str | None]
    hint: Mapped[str | None]
    size: Mapped[int]
    """Bytes of the body."""
    sealed_post: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Its headers and its body; null: it was too large to be kept."""
    received_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    """When an admin last had it read again."""
    read_at: Mapped[datetime | None]
    """When that went well: its alerts are taken."""
