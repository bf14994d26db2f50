"""Runbooks."""

from datetime import datetime

import strawberry

import models.runbook
from models.service import Service
from resolvers import incidents, runbooks
from resolvers.fields import batched, column
from resolvers.pointers import pointed_to
from schema.lazy import AnIncident, AService, ASeverity
from schema.node import Node, identity, is_row_of


@strawberry.type(description="Instructions that are written beforehand: what to do when something fails.")
class Runbook(Node):
    id: strawberry.ID = identity("Runbook")
    name: str = column("What it is called; unique among those in use.")
    service: AService | None = batched(
        pointed_to(Service, "service_id"), description="Whose incidents it is for; null: those of any service."
    )
    severity: ASeverity | None = batched(
        runbooks.severities, description="For how bad ones, in its present version; null: whatever the severity."
    )
    body: str = column("Markdown as it was written. Its open checks (`- [ ] …`) become tasks once it is opened.")
    checks: list[str] = batched(runbooks.checks, description="What these tasks would be, in their order.")
    version: int = column("Counts its changes.")
    archived: bool = column("Whether it is no longer used.")

    is_type_of = is_row_of(models.runbook.Runbook)


@strawberry.type(description="A runbook that an incident is worked by, as it read when it was opened.")
class OpenedRunbook(Node):
    id: strawberry.ID = identity("OpenedRunbook")
    incident: AnIncident = batched(incidents.incident_of, description="The incident that is worked by it.")
    runbook: Runbook | None = batched(
        pointed_to(models.runbook.Runbook, "runbook_id"), description="The runbook as it reads today."
    )
    name: str = column("What it was called.")
    version: int = column("Its version.")
    body: str = column("Markdown as it read.")
    opened_at: datetime = column("When it was opened; the timeline says by whom.")

    is_type_of = is_row_of(models.runbook.OpenedRunbook)
