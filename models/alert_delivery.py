"""What monitors delivered, for as long as it matters: what was taken, so that it is not taken twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

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
