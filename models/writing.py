"""What people do together on a postmortem: versions of its sections, reviews, comments, suggestions, templates."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import ActorKind, ReviewDecision, SuggestionState, WordingState


class SectionRevision(Base):
    """What a section said at a version, and who made it so.

    Kept for what people do. What Muster assembles by itself, before anybody has written, makes none.
    """

    __tablename__ = "postmortem_section_revision"
    __table_args__ = (UniqueConstraint("section_id", "version"),)

    id: Mapped[Key]
    section_id: Mapped[int] = points_to("postmortem_section.id")
    version: Mapped[int]
    markdown: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]


class PostmortemReviewer(Base):
    """Somebody who reviews a postmortem: asked to, or of their own accord."""

    __tablename__ = "postmortem_reviewer"
    __table_args__ = (UniqueConstraint("postmortem_id", "user_id"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    user_id: Mapped[int] = points_to("app_user.id", index=True)
    asked_at: Mapped[datetime]
    decision: Mapped[ReviewDecision | None]
    """Null: not yet."""
    note: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_version: Mapped[int | None]
    """The version of the postmortem that was looked at."""


class PostmortemComment(Base):
    """A remark on a section, perhaps on some words of it; resolved once it is dealt with."""

    __tablename__ = "postmortem_comment"
    __table_args__ = (Index("ix_postmortem_comment_postmortem_id_id", "postmortem_id", "id"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    section: Mapped[str]
    quote: Mapped[str | None]
    """The words of the section that it is about, as they were then."""
    body: Mapped[str]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class SectionSuggestion(Base):
    """How somebody would have a section read. Who may edit accepts or declines it."""

    __tablename__ = "postmortem_suggestion"
    __table_args__ = (Index("ix_postmortem_suggestion_postmortem_id_id", "postmortem_id", "id"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    section: Mapped[str]
    base_version: Mapped[int]
    """The version of the section that it was made from."""
    base: Mapped[str]
    """What that said."""
    markdown: Mapped[str]
    reason: Mapped[str | None]
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    created_at: Mapped[datetime]
    state: Mapped[SuggestionState]
    decided_at: Mapped[datetime | None]
    model_name: Mapped[str | None]
    """The language model that proposed it; null: a person did."""
    statements: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """Of what a model proposed, all that the section would say: `{"text": …, "source_ids": […], "proposed": true}`."""


class WordingRequest(Base):
    """That a language model was asked how sections could be worded, and what came of it."""

    __tablename__ = "postmortem_wording"
    __table_args__ = (Index("ix_postmortem_wording_postmortem_id_id", "postmortem_id", "id"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    integration_id: Mapped[int] = points_to("integration.id")
    sections: Mapped[list[str]]
    """The keys of those that were asked for."""
    author_kind: Mapped[ActorKind]
    author_id: Mapped[int | None]
    asked_at: Mapped[datetime]
    state: Mapped[WordingState]
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    done_at: Mapped[datetime | None]
    model_name: Mapped[str | None]
    """What the endpoint calls the model that answered."""
    kept: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Sentences that became suggestions."""
    uncited: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Sentences that were dropped because they don't rest on events that were given."""
    blaming: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Sentences that were dropped because they blame somebody."""
    error: Mapped[str | None]
    """Why nothing came of it, and what to mend."""


class PostmortemTemplate(ArchivedFacts, Base):
    """Sections that postmortems have beside those of every one: for a service, a severity, both, or all incidents."""

    __tablename__ = "postmortem_template"
    __table_args__ = (
        Index(
            "uq_postmortem_template_name",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    id: Mapped[Key]
    name: Mapped[str]
    service_id: Mapped[int | None] = points_to("service.id")
    severity_id: Mapped[int | None] = points_to("severity.id")
    sections: Mapped[list[Any]]
    """`{"key": …, "title": …, "guidance": Markdown}` of each, in order."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
