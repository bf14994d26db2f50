"""Severities and what each obliges the responders to. Versions are immutable rows: an incident references one."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import Audience, PagingScope


@dataclass(frozen=True, slots=True)
class Obligations:
    """What a severity demands. Minutes and days count from the declaration, or from the last update for cadences."""

    pages: PagingScope
    business_hours_only: bool
    required_role_ids: tuple[int, ...]
    fill_roles_within_minutes: int | None
    internal_cadence_minutes: int | None
    public_cadence_minutes: int | None
    postmortem_required: bool
    postmortem_due_days: int | None
    action_item_assign_days: int | None = None
    action_item_due_days: int | None = None
    action_item_escalate_days: int | None = None
    """Days after an action item was added by which somebody does it, and it is done; days overdue until a manager is
    told."""

    def cadence_minutes(self, audience: Audience) -> int | None:
        """Minutes within which the next update for an audience is due; None if none is owed."""
        return self.public_cadence_minutes if audience is Audience.PUBLIC else self.internal_cadence_minutes

    def as_data(self) -> dict[str, Any]:
        """JSON for the event that uses them, so that later edits never change the past."""
        return asdict(self)


class Severity(ArchivedFacts, Base):
    """The identity of a severity; its text and obligations are in its versions."""

    __tablename__ = "severity"

    id: Mapped[Key]
    current_version_id: Mapped[int | None] = mapped_column(unique=True)
    archived_at: Mapped[datetime | None]


class SeverityVersionFacts(ArchivedFacts):
    """What follows from a version's columns alone."""

    __slots__ = ()

    @property
    def obligations(self) -> Obligations:
        """The obligations as one value."""
        row: Any = self
        return Obligations(
            pages=PagingScope(row.pages),
            business_hours_only=row.business_hours_only,
            required_role_ids=tuple(row.required_role_ids),
            fill_roles_within_minutes=row.fill_roles_within_minutes,
            internal_cadence_minutes=row.internal_cadence_minutes,
            public_cadence_minutes=row.public_cadence_minutes,
            postmortem_required=row.postmortem_required,
            postmortem_due_days=row.postmortem_due_days,
            action_item_assign_days=row.action_item_assign_days,
            action_item_due_days=row.action_item_due_days,
            action_item_escalate_days=row.action_item_escalate_days,
        )


class SeverityVersion(SeverityVersionFacts, Base):
    """What a severity meant at a time. Rank 1 is the worst."""

    __tablename__ = "severity_version"
    __table_args__ = (UniqueConstraint("severity_id", "version"),)

    id: Mapped[Key]
    severity_id: Mapped[int] = points_to("severity.id")
    version: Mapped[int]
    name: Mapped[str]
    rank: Mapped[int]
    definition: Mapped[str]
    examples: Mapped[list[str]]
    pages: Mapped[PagingScope]
    business_hours_only: Mapped[bool]
    required_role_ids: Mapped[list[int]]
    fill_roles_within_minutes: Mapped[int | None]
    internal_cadence_minutes: Mapped[int | None]
    public_cadence_minutes: Mapped[int | None]
    postmortem_required: Mapped[bool]
    postmortem_due_days: Mapped[int | None]
    action_item_assign_days: Mapped[int | None]
    action_item_due_days: Mapped[int | None]
    action_item_escalate_days: Mapped[int | None]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    """Copied from the severity when it is archived, so that a version reads like the severity that it was."""
