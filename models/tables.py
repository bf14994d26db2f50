"""Every table, imported for its side effect: Alembic and tests need the whole metadata."""

from models import (
    access,
    alert,
    delivery,
    era,
    event,
    idempotency,
    incident,
    job,
    organisation,
    person,
    postmortem,
    role,
    service,
    severity,
    task,
    update,
)
from models.base import Base

metadata = Base.metadata

__all__ = [
    "access",
    "alert",
    "delivery",
    "era",
    "event",
    "idempotency",
    "incident",
    "job",
    "metadata",
    "organisation",
    "person",
    "postmortem",
    "role",
    "service",
    "severity",
    "task",
    "update",
]
