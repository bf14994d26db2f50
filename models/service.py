"""What the organisation runs (services) and what customers see of it (components)."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to
from models.person import ArchivedFacts
from models.words import ComponentStatus


class Service(ArchivedFacts, Base):
    """Something that a team runs and that alerts and incidents are about."""

    __tablename__ = "service"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    owner_id: Mapped[int | None] = points_to("team.id")
    runbook_url: Mapped[str | None]
    escalation_policy_id: Mapped[int | None] = points_to("escalation_policy.id", index=True)
    """Who is paged for it; null: the policy that the organisation falls back to."""
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Component(ArchivedFacts, Base):
    """A part of the product as customers know it, shown on the status page.

    `manual_status` is what an admin set by hand; `status` is what the page shows: the worst of the manual setting and
    every open public incident's last claim (ComponentClaim), written by the action that changes either.
    """

    __tablename__ = "component"

    id: Mapped[Key]
    name: Mapped[str]
    group: Mapped[str | None] = mapped_column("group_name")
    position: Mapped[int] = mapped_column(default=0)
    description: Mapped[str | None]
    manual_status: Mapped[ComponentStatus] = mapped_column(default=ComponentStatus.OPERATIONAL)
    status: Mapped[ComponentStatus] = mapped_column(default=ComponentStatus.OPERATIONAL)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ServiceComponent(Base):
    """Which components a service carries."""

    __tablename__ = "service_component"

    service_id: Mapped[int] = points_to("service.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True, index=True)


class ServiceDependency(Base):
    """What a service needs of others to work. Circles are allowed: things are so."""

    __tablename__ = "service_dependency"

    service_id: Mapped[int] = points_to("service.id", primary_key=True)
    depends_on_id: Mapped[int] = points_to("service.id", primary_key=True, index=True)


class ComponentClaim(Base):
    """What an incident's last public update says of a component; deleted when its public thread ends."""

    __tablename__ = "component_claim"

    incident_id: Mapped[int] = points_to("incident.id", primary_key=True)
    component_id: Mapped[int] = points_to("component.id", primary_key=True, index=True)
    status: Mapped[ComponentStatus]


class ComponentPeriod(Base):
    """For how long a component was in a state: uptime is computed from these minutes and nothing else."""

    __tablename__ = "component_period"
    __table_args__ = (
        Index("ix_component_period_component_id_ended_at", "component_id", "ended_at"),
        Index("uq_component_period_open", "component_id", unique=True, postgresql_where=text("ended_at is null")),
    )

    id: Mapped[Key]
    component_id: Mapped[int] = points_to("component.id")
    status: Mapped[ComponentStatus]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
