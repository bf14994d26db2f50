"""Further status pages beside the organisation's own: of a product or a region, on hosts of their own.

The organisation's page has no row: it is the page where no other is meant (`page_id` null).
"""

from datetime import datetime

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import PageAccess


class StatusPage(ArchivedFacts, Base):
    """One page. What is null it has from the organisation: language, time zone and colours. Logos: models.logo."""

    __tablename__ = "status_page"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    """Its name in addresses: `pages/<slug>/` of an export, `<slug>.localhost` in development."""
    name: Mapped[str]
    access: Mapped[PageAccess]
    exclusive: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether its components are on no page but those that name them. It holds when the page is archived, too."""
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    accent_light: Mapped[str | None]
    accent_dark: Mapped[str | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class StatusPageHost(Base):
    """A host name, in lower case, at which a page stands. `position` 0: the one that its links begin with."""

    __tablename__ = "status_page_host"

    host: Mapped[str] = mapped_column(primary_key=True)
    page_id: Mapped[int] = points_to("status_page.id", index=True)
    position: Mapped[int]


class StatusPageComponent(Base):
    """A component that a page names. A page that names none has all that are exclusive to no other."""

    __tablename__ = "status_page_component"

    page_id: Mapped[int] = points_to("status_page.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True, index=True)


class StatusPageLinkFacts:
    """What follows from a link's row."""

    __slots__ = ()
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    def opens(self, now: datetime) -> bool:
        """Whether it still lets readers in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class StatusPageLink(StatusPageLinkFacts, Base):
    """A link that lets whoever has it read a page. The link itself is signed and kept nowhere."""

    __tablename__ = "status_page_link"

    id: Mapped[Key]
    page_id: Mapped[int] = points_to("status_page.id", index=True)
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """Null: good until it is revoked."""
    revoked_at: Mapped[datetime | None]
