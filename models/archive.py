"""What was moved out of the database to files (`muster archive`), so that whoever reads knows what it lacks."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped

from models.base import Base, Key


class Archive(Base):
    """A file of an archive. It is noted before the first of its rows is deleted: some may still be there."""

    __tablename__ = "archive"

    id: Mapped[Key]
    name: Mapped[str]
    target: Mapped[str]
    """Where the file is kept: `dir:/path` or `s3://bucket/prefix`."""
    taken_at: Mapped[datetime]
    days: Mapped[int]
    """How old all in it is, at least."""
    bytes: Mapped[int]
    rows: Mapped[dict[str, Any]]
    """How many rows of which tables are in it."""
    newest_event: Mapped[int | None]
    """The newest event in it: of those up to it some may be gone."""
    alerts_until: Mapped[datetime | None]
    """When the newest alert in it was first seen: of those up to then some may be gone."""
    finished_at: Mapped[datetime | None]
    """When its rows were deleted; null: that was interrupted, and the next file takes what is left."""
    restored_at: Mapped[datetime | None]
    """When all that is in it was put back."""
