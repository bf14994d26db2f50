"""What is learned: the postmortem and its action items."""

from datetime import date, datetime

from sqlalchemy import Date, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.words import ActionItemState, PostmortemStatus


class Postmortem(Base):
    """The postmortem of an incident; at most one. `version` counts edits and publishing, not re-assemblies."""

    __tablename__ = "postmortem"

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    status: Mapped[PostmortemStatus]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    assembled_at: Mapped[datetime | None]
    assembled_cursor: Mapped[int] = mapped_column(default=0)
    """The newest event that the last assembly saw: assembling again with nothing new changes nothing."""
    due_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("incident_id"),)


class PostmortemSection(Base):
    """A section. `edited` is what a person made of it and wins over what is generated, also after re-assembly."""

    __tablename__ = "postmortem_section"
    __table_args__ = (UniqueConstraint("postmortem_id", "key"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    key: Mapped[str]
    title: Mapped[str]
    position: Mapped[int]
    generated: Mapped[str]
    edited: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class Statement(Base):
    """One generated sentence with the events it rests on. Replaced as a whole when the postmortem is re-assembled."""

    __tablename__ = "postmortem_statement"
    __table_args__ = (Index("ix_postmortem_statement_postmortem_id_position", "postmortem_id", "position"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    section: Mapped[str]
    position: Mapped[int]
    text: Mapped[str]
    generated: Mapped[bool]
    source_ids: Mapped[list[int]]


class ActionItem(Base):
    """What a team does so that it does not come back. Priority 1 is the most urgent, 5 the least."""

    __tablename__ = "action_item"
    __table_args__ = (
        Index("ix_action_item_open_due_on", "due_on", postgresql_where=text("state in ('OPEN', 'IN_PROGRESS')")),
    )

    id: Mapped[Key]
    incident_id: Mapped[int | None] = points_to("incident.id", index=True)
    title: Mapped[str]
    state: Mapped[ActionItemState]
    owner_id: Mapped[int] = points_to("team.id")
    assignee_id: Mapped[int | None] = points_to("app_user.id")
    priority: Mapped[int] = mapped_column(SmallInteger)
    due_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    ticket_url: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
