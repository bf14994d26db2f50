"""Paging: by our own on-call, by a connected pager, or by both."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, model_validator

from actions import check
from actions.outward.paging import page_on_call
from actions.paging.naming import MOST, page_by_services, page_somebody
from actions.workflows.part import Reference
from actions.workflows.steps.base import Outcome, Scene, Skip
from actions.workflows.steps.outward import OutwardStep
from core.ids import encode
from models.words import OutwardVerb

References = Annotated[list[Reference], Field(min_length=1, max_length=MOST)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=check.LINE)]


class PageOnCall(OutwardStep):
    """A page to whoever is on call.

    Naming nobody, the escalation policies of the services page, and so does the pager that is connected, if one is:
    where both are kept nobody is to be missed because of which was thought of.
    """

    kind = "page"
    help = "Have whoever is on call paged: by our escalation policies, and by the pager that is connected."
    verb = OutwardVerb.PAGE
    ordered = staticmethod(page_on_call)
    references: ClassVar[Mapping[str, str]] = {"policy": "policy", "users": "user", "schedules": "schedule"}

    target: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Whom the pager pages, as the vendor has it; null: the integration's own.",
    )
    policy: Reference | None = Field(default=None, description="Instead: an escalation policy, by name or id.")
    users: References | None = Field(default=None, description="Instead: people, by id.")
    schedules: References | None = Field(
        default=None, description="Instead: who is on call by these schedules, by name or id."
    )
    reason: Line | None = Field(default=None, description="Why, for the timeline; of a policy or of people.")

    @model_validator(mode="after")
    def _one_way(self) -> "PageOnCall":
        given = (
            (self.integration or self.target) is not None,
            self.policy is not None,
            bool(self.users or self.schedules),
        )
        if sum(given) > 1:
            raise ValueError("name an integration, a policy, or users and schedules: one of the three")
        if self.reason is not None and not any(given[1:]):
            raise ValueError("a reason belongs to a policy, or to users and schedules")
        return self

    @property
    def further(self) -> dict[str, Any]:
        """Whom the pager pages."""
        return {"target": self.target}

    async def perform(self, scene: Scene) -> Outcome:
        """Page whom it names; naming nobody, by the services' policies and the connected pager, if there is one."""
        if self.integration is not None or self.target is not None:
            return await super().perform(scene)
        if self.policy is not None or self.users or self.schedules:
            return await self._by_name(scene)
        policies = await page_by_services(scene.session, scene.actor, scene.incident)
        try:
            ordered = await super().perform(scene)
        except Skip:
            if not policies:
                raise
            return Outcome(f"Paged by {', '.join(policy.name for policy in policies)}.")
        return ordered

    async def _by_name(self, scene: Scene) -> Outcome:
        if self.policy is not None and scene.incident.private:
            raise Skip("Only its members know of a private incident.")
        await page_somebody(
            scene.session,
            scene.actor,
            incident=scene.reference,
            users=[encode("User", int(key)) for key in self.users or ()],
            schedules=[encode("Schedule", int(key)) for key in self.schedules or ()],
            policy=encode("EscalationPolicy", int(self.policy)) if self.policy is not None else None,
            reason=self.reason,
        )
        return Outcome("Somebody is paged.")
