"""Changing what is known of the incident."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.edits import edit_incident
from actions.severity_changes import change_severity
from actions.workflows.part import Reference
from actions.workflows.steps.base import Outcome, Scene, Step
from core.errors import DomainError
from core.ids import encode

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=check.TITLE)]


class SetFields(Step):
    """Its severity, its titles, labels beside those that it has."""

    kind = "set_fields"
    help = "Change the incident: its severity, its titles; labels are added to its own."
    references: ClassVar[Mapping[str, str]] = {"severity": "severity"}

    severity: Reference | None = Field(default=None, description="The severity, by name or id.")
    title: Title | None = Field(default=None, description="What it is called.")
    public_title: Title | None = Field(default=None, description="What customers call it.")
    labels: dict[str, str] | None = Field(default=None, description="Labels that are added to its own.")

    @model_validator(mode="after")
    def _something(self) -> "SetFields":
        if not any(getattr(self, name) is not None for name in type(self).model_fields):
            raise ValueError("say what to change: severity, title, public_title or labels")
        return self

    async def check(self, session: AsyncSession, place: str) -> list[DomainError]:
        """Whether the labels are some."""
        del session
        try:
            check.labels(self.labels, f"{place}.labels")
        except DomainError as error:
            return [error]
        return []

    async def perform(self, scene: Scene) -> Outcome:
        """Change it; what is so already is no change."""
        session, actor, reference = scene.session, scene.actor, scene.reference
        if self.severity is not None:
            severity = encode("Severity", int(self.severity))
            await change_severity(session, actor, incident=reference, severity=severity)
        texts = {"title": self.title, "public_title": self.public_title}
        given: dict[str, Any] = {name: text for name, text in texts.items() if text is not None}
        labels = {**scene.incident.labels, **(self.labels or {})}
        await edit_incident(session, actor, incident=reference, labels=labels, **given)
        return Outcome("It was changed.")
