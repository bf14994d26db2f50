"""The organisation that runs this Muster: one row."""

from typing import Any

from sqlalchemy import CheckConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Organisation(Base):
    """Its name stands on the status page and in mails; public times are shown in its time zone (IANA name).

    `language`: what the public page speaks (models.language). `accent_light`, `accent_dark`: the colour of its links
    and buttons on light and on dark paper, as `#2d3ccb`; ours where there is none. `version`: how often it or a logo
    was saved, counted from 1.
    """

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    support_url: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    accent_light: Mapped[str | None]
    accent_dark: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    blameless: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether what is generated for postmortems calls people by their roles."""
    aims: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """What is wanted of metrics (models.metrics.aims), by their keys, in their units."""
    storm_incidents: Mapped[int] = mapped_column(default=50, server_default=text("50"))
    """More incidents in a minute that alerts would open are one storm; 0: never."""
