"""What is learned: the postmortem and its action items."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.changes import Kept
from models.base import Base, Key, points_to
from models.words import ActionItemKind, ActionItemState, PostmortemStatus, Stage

NONE = text("'[]'")
UNDONE_SQL = "state in ('OPEN', 'IN_PROGRESS')"
OWED_SQL = "status <> 'PUBLISHED'"
"""Postmortems that somebody still has to write."""
FINISHED = frozenset({ActionItemState.DONE, ActionItemState.WONT_DO})
"""The states of an action item that nobody owes any more."""

LEARNING_STAGES = frozenset({Stage.RESOLUTION, Stage.POSTMORTEM, Stage.CLOSED})
"""The stages in which there is something to learn from: the postmortem is drafted and kept up to date."""


def teaches(kind: str) -> bool:
    """Whether an event of a kind belongs into the postmortem; what happens to the postmortem itself does not."""
    return not kind.startswith(("postmortem.", "public_postmortem.", "action_item.reminded", "action_item.escalated"))


class Postmortem(Base):
    """The postmortem of an incident; at most one. `version` counts edits and publishing, not re-assemblies.

    DRAFT: only generated so far; IN_REVIEW: people have begun to edit it; PUBLISHED: only people change it any more.
    """

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
    remind_at: Mapped[datetime | None]
    """When the timers remind of the due date. Null: it is published, has none, or they have."""

    __table_args__ = (
        UniqueConstraint("incident_id"),
        Index("ix_postmortem_remind_at", "remind_at", postgresql_where=text("remind_at is not null")),
        Index("ix_postmortem_owed", "due_at", "id", postgresql_where=text(OWED_SQL)),
    )


class PostmortemSectionFacts:
    """What follows from a section's columns alone."""

    __slots__ = ()

    @property
    def markdown(self) -> str:
        """What the section says: what a person made of it, else what was generated."""
        row: Any = self
        return str(row.generated if row.edited is None else row.edited)


def postmortem_markdown(sections: Iterable["PostmortemSection"], changed: Callable[[str], str] | None = None) -> str:
    """The whole document: every section under its title, in their order; what each says may be `changed` before."""
    ordered = sorted(sections, key=lambda section: section.position)
    texts = (section.markdown if changed is None else changed(section.markdown) for section in ordered)
    parts = (f"## {section.title}\n\n{text}".rstrip() for section, text in zip(ordered, texts, strict=True))
    return "\n\n".join(parts) + "\n"


class PostmortemSection(PostmortemSectionFacts, Base):
    """A section. `edited` is what a person made of it and wins over what is generated, also after re-assembly.

    `version` counts the changes of what it says, by people or by re-assembly: an edit names the one it was made from.
    """

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
    """One generated sentence, in plain text, with the events it rests on; never without any.

    Replaced as a whole when the postmortem is re-assembled. What people said is `generated` false: the incident's own
    summary, with its event; factors; and a section that a person has written, as one statement without sources.
    """

    __tablename__ = "postmortem_statement"
    __table_args__ = (Index("ix_postmortem_statement_postmortem_id_position", "postmortem_id", "position"),)

    id: Mapped[Key]
    postmortem_id: Mapped[int] = points_to("postmortem.id")
    section: Mapped[str]
    position: Mapped[int]
    text: Mapped[str]
    generated: Mapped[bool]
    source_ids: Mapped[list[int]]
    message_ids: Mapped[list[int]] = mapped_column(default=list, server_default=NONE)
    """Messages of the incident's channel that it speaks of."""


class ActionItem(Kept, Base):
    """What a team does so that it does not come back. Priority 1 is the most urgent, 5 the least."""

    __tablename__ = "action_item"
    __table_args__ = (
        Index("ix_action_item_undone", "id", postgresql_where=text(UNDONE_SQL)),
        Index("ix_action_item_state_id", "state", "id"),
        Index("ix_action_item_due_on", "due_on", postgresql_where=text("due_on is not null")),
        Index("ix_action_item_owner_id_id", "owner_id", "id"),
        Index("ix_action_item_owed", "owner_id", "id", postgresql_where=text(UNDONE_SQL)),
        Index("ix_action_item_assignee_id_id", "assignee_id", "id"),
        Index("ix_action_item_kind_id", "kind", "id", postgresql_where=text("kind is not null")),
        Index("ix_action_item_remind_at", "remind_at", postgresql_where=text("remind_at is not null")),
    )
    not_kept = frozenset({"remind_at"})

    id: Mapped[Key]
    incident_id: Mapped[int | None] = points_to("incident.id", index=True)
    title: Mapped[str]
    state: Mapped[ActionItemState]
    owner_id: Mapped[int] = points_to("team.id")
    assignee_id: Mapped[int | None] = points_to("app_user.id")
    priority: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[ActionItemKind | None]
    assign_by: Mapped[datetime | None]
    """By when somebody is to do it, by the severity that its incident had when it was added."""
    escalate_days: Mapped[int | None] = mapped_column(SmallInteger)
    """How many days overdue it may be before its team's manager is told, by the same severity. Null: they never are."""
    remind_at: Mapped[datetime | None]
    """When the timers look at it next. Null: nothing is to come (actions.items.reminding)."""
    escalated_at: Mapped[datetime | None]
    """When the manager was told that it is overdue; null again once it has another due date."""
    due_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    ticket_url: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
