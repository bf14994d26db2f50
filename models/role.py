"""Incident roles and who holds them. A hand-over ends one assignment and begins another: that is its history."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Index, Select, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from core.changes import Kept
from core.kept import among, with_keys
from models.base import Base, Key, points_to
from models.person import ArchivedFacts

COMMANDER = "commander"
TECHNICAL_LEAD = "technical_lead"
COMMUNICATIONS_LEAD = "communications_lead"
SCRIBE = "scribe"


class Role(ArchivedFacts, Base):
    """A role in an incident, with its duties in words."""

    __tablename__ = "role"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    duties: Mapped[str]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class RoleAssignment(Kept, Base):
    """Who held a role in an incident, from when to when."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        Index(
            "uq_role_assignment_current",
            "incident_id",
            "role_id",
            unique=True,
            postgresql_where=text("relinquished_at is null"),
        ),
        Index("ix_role_assignment_incident_id", "incident_id"),
        Index(
            "ix_role_assignment_held",
            "user_id",
            "role_id",
            "incident_id",
            postgresql_where=text("relinquished_at is null"),
        ),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    role_id: Mapped[int] = points_to("role.id")
    user_id: Mapped[int] = points_to("app_user.id")
    assumed_at: Mapped[datetime]
    relinquished_at: Mapped[datetime | None]


def roles_held(user_id: int | None, incidents: Iterable[int]) -> tuple[Select[int, str], dict[str, Any]]:
    """The roles that a person holds now on some incidents, (incident, key of the role): a statement, its parameters."""
    return _held(), {"holder": user_id, **with_keys(incidents)}


@cache
def _held() -> Select[int, str]:
    return (
        select(RoleAssignment.incident_id, Role.key)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(
            among(RoleAssignment.incident_id),
            RoleAssignment.user_id == bindparam("holder"),
            RoleAssignment.relinquished_at.is_(None),
        )
    )
