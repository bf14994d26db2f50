"""Every table, imported for its side effect: Alembic and tests need the whole metadata."""

from models import (
    access,
    alert,
    delivery,
    era,
    event,
    export,
    idempotency,
    incident,
    job,
    logo,
    maintenance,
    organisation,
    person,
    postmortem,
    role,
    service,
    severity,
    subscriber,
    task,
    update,
    update_template,
)
from models.base import Base

metadata = Base.metadata

__all__ = [
    "access",
    "alert",
    "delivery",
    "era",
    "event",
    "export",
    "idempotency",
    "incident",
    "job",
    "logo",
    "maintenance",
    "metadata",
    "organisation",
    "person",
    "postmortem",
    "role",
    "service",
    "severity",
    "subscriber",
    "task",
    "update",
    "update_template",
]
