"""How the export of the status page goes: one row for each place that it went to."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class StatusExport(Base):
    """The last publication to a place, and since when publishing fails, if it does."""

    __tablename__ = "status_export"

    target: Mapped[str] = mapped_column(primary_key=True)
    """`dir:/path` or `s3://bucket/prefix`."""
    cursor: Mapped[int]
    """The newest event in what was published last; 0 before the first time."""
    files: Mapped[int] = mapped_column(default=0)
    exported_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    error: Mapped[str | None]
