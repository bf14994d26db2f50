"""Logos of public pages: one picture for light paper, and one for dark if the first does not do there."""

from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, points_to


class LogoTheme(StrEnum):
    """On which paper a logo stands."""

    LIGHT = "LIGHT"
    DARK = "DARK"


class Picture:
    """A picture as it was uploaded and found harmless. `width` and `height` in pixels, or in units of an SVG."""

    media_type: Mapped[str]
    digest: Mapped[str]
    """The first 24 digits of its SHA-256: its address never changes its content."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


class PageLogo(Picture, Base):
    """A logo of the organisation's own page. Further pages show it as long as they have none of their own."""

    __tablename__ = "page_logo"

    theme: Mapped[LogoTheme] = mapped_column(primary_key=True)


class StatusPageLogo(Picture, Base):
    """A logo of a further page. With one of its own, for whichever paper, it shows none of the organisation's."""

    __tablename__ = "status_page_logo"

    page_id: Mapped[int] = points_to("status_page.id", primary_key=True)
    theme: Mapped[LogoTheme] = mapped_column(primary_key=True)


SUFFIX = {"image/png": "png", "image/svg+xml": "svg"}


def logo_path(digest: str, media_type: str) -> str:
    """Where a logo stands: by what is in it, so that caches may keep it for ever."""
    return f"/logo-{digest}.{SUFFIX[media_type]}"
