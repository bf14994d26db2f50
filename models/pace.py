"""How often vendors were asked lately (core.pacing)."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class VendorPace(Base):
    """One for each account that is paced, each vendor that is limited, and all of them together: never many."""

    __tablename__ = "vendor_pace"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    key: Mapped[str] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]
    """When everything that was asked so far has leaked out."""
