"""What monitors measured of a service: which queries are asked, and what they gave for an incident's window."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, points_to


class ServiceMetric(Base):
    """A query of a service: what it is called, PromQL, the unit of its values, and who is asked."""

    __tablename__ = "service_metric"
    __table_args__ = (UniqueConstraint("service_id", "name"),)

    id: Mapped[Key]
    service_id: Mapped[int] = points_to("service.id")
    integration_id: Mapped[int] = points_to("integration.id")
    name: Mapped[str]
    query: Mapped[str]
    unit: Mapped[str]
    """As it stands at the axis: `%`, `requests/s`; may be empty."""
    position: Mapped[int]


class MetricSnapshot(Base):
    """What a query gave for the window of an incident, kept as it was then; or why it could not be asked.

    `name`, `query` and `unit` are those of that time: the metric itself may be changed or gone.
    """

    __tablename__ = "metric_snapshot"
    __table_args__ = (
        UniqueConstraint("incident_id", "service_id", "name"),
        Index("ix_metric_snapshot_measured_at", "measured_at", postgresql_where=text("error is null")),
    )

    id: Mapped[Key]
    incident_id: Mapped[int] = points_to("incident.id")
    service_id: Mapped[int] = points_to("service.id")
    name: Mapped[str]
    query: Mapped[str]
    unit: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    step_seconds: Mapped[int]
    series: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    """`{"labels": {…}, "values": [a number or null for each step from starts_at on]}` of each."""
    left_out: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How many more series the answer had."""
    error: Mapped[str | None]
    """Why there is nothing; null: there is."""
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default=text("0"))
    measured_at: Mapped[datetime]
