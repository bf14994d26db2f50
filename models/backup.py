"""Which backups were made: what `muster backup` notes once it has read its copy back."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped

from models.base import Base, Key

OLD = timedelta(days=2)
"""A backup that is older is warned of."""


class Backup(Base):
    """A backup that was whole when it was made. It knows nothing of itself: it is noted after it was taken."""

    __tablename__ = "backup"

    id: Mapped[Key]
    made_at: Mapped[datetime]
    """When it began: everything up to then is in it."""
    target: Mapped[str]
    """The folder, on the machine where it was made."""
    bytes: Mapped[int]
    newest_event: Mapped[int]
    """Everything up to this event is in it."""
    checked_at: Mapped[datetime]
    """When it was read back, and every checksum was right."""
    with_key: Mapped[bool]
    """Whether the key that seals secrets is in it."""


def age_in_words(age: timedelta) -> str:
    """How old one is: `12 min`, `3 h`, `2 days`."""
    minutes = age.total_seconds() / 60
    if minutes < 120:  # noqa: PLR2004
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if age < OLD else f"{minutes / 1440:.0f} days"
