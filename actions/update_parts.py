"""The parts of an update that a client sends, and which of them go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from actions.components import lock_components
from actions.find import find_component, refuse_archived
from core.errors import invalid
from models.service import Component
from models.words import Audience, ComponentStatus, PublicStatus

MAX_COMPONENTS = 100


class Claim(Protocol):
    """What an update says of one component: the component's id and the state that it is in now."""

    @property
    def component(self) -> str:
        """The opaque id of the component."""
        ...

    @property
    def status(self) -> ComponentStatus:
        """Its state, as customers are told."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """A claim as plain data, for callers without an input type of their own."""

    component: str
    status: ComponentStatus


def check_parts(
    audience: Audience,
    status: PublicStatus | None,
    title: str | None,
    components: Sequence[Claim] | None,
    promise: datetime | None,
) -> None:
    """Refuse parts that don't go together (INVALID_INPUT)."""
    if audience is Audience.PUBLIC and status is None:
        raise invalid("status", "A public update says how things stand.", "Send a status, e.g. INVESTIGATING.")
    if audience is Audience.INTERNAL and title is not None:
        raise invalid("public_title", "An internal update has no public title.", "Leave it out, or edit the incident.")
    if audience is Audience.INTERNAL and components:
        raise invalid("components", "Only a public update speaks of components.", "Leave them out, or publish PUBLIC.")
    if status is PublicStatus.RESOLVED and promise is not None:
        raise invalid("next_update_by", "A final update promises no other.", "Leave nextUpdateBy out, or not RESOLVED.")


async def named_components(
    session: AsyncSession, claims: Sequence[Claim], status: PublicStatus | None
) -> dict[int, tuple[Component, ComponentStatus]]:
    """The components that an update names, each once and locked, and what it says of them."""
    if len(claims) > MAX_COMPONENTS:
        raise invalid("components", f"{len(claims)} components are too many.", f"Name at most {MAX_COMPONENTS}.")
    named: dict[int, tuple[Component, ComponentStatus]] = {}
    for index, claim in enumerate(claims):
        component = await find_component(session, claim.component, f"components.{index}.component")
        if component.id in named:
            raise invalid(f"components.{index}.component", f"{component.name!r} is named twice.", "Name it once.")
        if status is PublicStatus.RESOLVED and claim.status is not ComponentStatus.OPERATIONAL:
            raise invalid(
                f"components.{index}.status",
                f"An incident that is over leaves {component.name!r} operational.",
                "Send OPERATIONAL, publish MONITORING instead, or set the component's own status.",
            )
        named[component.id] = component, claim.status
    await lock_components(session, named)
    for index, (component, _) in enumerate(named.values()):
        refuse_archived(component, f"components.{index}.component")  # it may have been while we waited for the lock
    return named
