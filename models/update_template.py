"""Texts that are written beforehand: what to tell customers when there is no time to find words."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key
from models.person import ArchivedFacts
from models.words import Audience, PublicStatus, TemplateUse


class UpdateTemplate(ArchivedFacts, Base):
    """A template of an update. `title` and `body` are in the small language of actions.templates.language.

    `variables`: what whoever uses it fills in, `[{"name": …, "label": …, "default": … or null}]`.
    """

    __tablename__ = "update_template"
    __table_args__ = (
        Index(
            "uq_update_template_name",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    id: Mapped[Key]
    name: Mapped[str]
    use: Mapped[TemplateUse] = mapped_column(default=TemplateUse.INCIDENT, server_default=TemplateUse.INCIDENT.value)
    """Chosen when it is made. One for planned work is PUBLIC, and has neither a status nor a title."""
    audience: Mapped[Audience]
    status: Mapped[PublicStatus | None]
    title: Mapped[str | None]
    body: Mapped[str]
    variables: Mapped[list[Any]]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
