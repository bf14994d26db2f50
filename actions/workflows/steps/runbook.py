"""Working the incident by runbooks."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field
from sqlalchemy import or_

from actions.runbooks.opening import fitting, open_runbook
from actions.workflows.part import Reference
from actions.workflows.steps.base import Outcome, Scene, Skip, Step
from core.ids import encode
from models.runbook import Runbook


class OpenRunbook(Step):
    """A runbook, whose checks become tasks."""

    kind = "open_runbook"
    help = "Open runbooks on the incident: their checks become tasks, each of which exactly one person claims."
    references: ClassVar[Mapping[str, str]] = {"runbook": "runbook"}

    runbook: Reference | None = Field(
        default=None,
        description="The runbook, by name or id; null: those of its services and its severity.",
    )

    async def perform(self, scene: Scene) -> Outcome:
        """Open what is not open yet."""
        keys = [int(self.runbook)] if self.runbook is not None else await self._own(scene)
        if not keys:
            raise Skip("No runbook is for its services or its severity.")
        opened = [
            await open_runbook(scene.session, scene.actor, incident=scene.reference, runbook=encode("Runbook", key))
            for key in keys
        ]
        names = ", ".join(row.name for row in opened)
        return Outcome(f"Opened: {names}.", outputs={"opened_runbook_ids": [row.id for row in opened]})

    async def _own(self, scene: Scene) -> list[int]:
        """The runbooks that are for its services or its severity; those for all wait to be chosen."""
        chosen = or_(Runbook.service_id.is_not(None), Runbook.severity_id.is_not(None))
        return [row.id for row in await scene.session.scalars(fitting(scene.incident.id).where(chosen))]
