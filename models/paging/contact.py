"""How people want to be paged: ways to reach them, in which order, and when not."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.paging.words import PageWay
from models.person import ArchivedFacts


class ContactMethodFacts(ArchivedFacts):
    """What follows from its columns."""

    __slots__ = ()
    verified_at: Mapped[datetime | None]

    @property
    def verified(self) -> bool:
        """Whether the person has shown that messages arrive there."""
        return self.verified_at is not None


class ContactMethod(ContactMethodFacts, Base):
    """A way to reach a person. The address is sealed: a number is personal, and an Apprise address holds secrets."""

    __tablename__ = "contact_method"
    __table_args__ = (Index("ix_contact_method_user_id", "user_id", postgresql_where=text("archived_at is null")),)

    id: Mapped[Key]
    user_id: Mapped[int] = points_to("app_user.id")
    way: Mapped[PageWay]
    label: Mapped[str]
    """What they call it."""
    sealed_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Null once it was given up."""
    ending: Mapped[str]
    """What is shown of the address: its last characters."""
    verified_at: Mapped[datetime | None]
    sealed_code: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code that is sent there, while it can be entered."""
    code_expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    """When a code or a test was last taken by whoever carries it."""
    error: Mapped[str | None]
    """Why the last one was not."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class PagingPreference(Base):
    """A person's rules. Without a row they are mailed at once, day and night."""

    __tablename__ = "paging_preference"

    user_id: Mapped[int] = points_to("app_user.id", primary_key=True)
    rules: Mapped[dict[str, Any]]
    """`{"HIGH": [{"method_id": 7, "after_minutes": 0}, …], "LOW": […]}`; no method: the address of their account."""
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    zone: Mapped[str] = mapped_column(default="UTC")
    """IANA name of the zone whose clocks quiet hours go by."""
    changed_at: Mapped[datetime]
