"""The logo of the public page: one picture for light paper, and one for dark if the first does not do there."""

from enum import StrEnum

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class LogoTheme(StrEnum):
    """On which paper a logo stands."""

    LIGHT = "LIGHT"
    DARK = "DARK"


class PageLogo(Base):
    """A picture as it was uploaded and found harmless. `width` and `height` in pixels, or in units of an SVG."""

    __tablename__ = "page_logo"

    theme: Mapped[LogoTheme] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    digest: Mapped[str]
    """The first 24 digits of its SHA-256: its address never changes its content."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]


SUFFIX = {"image/png": "png", "image/svg+xml": "svg"}


def logo_path(digest: str, media_type: str) -> str:
    """Where a logo stands: by what is in it, so that caches may keep it for ever."""
    return f"/logo-{digest}.{SUFFIX[media_type]}"
