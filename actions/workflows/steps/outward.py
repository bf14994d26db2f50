"""Steps that order something at a vendor. The ledger does it, and tells the step what came of it."""

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.channels import open_channel
from actions.outward.settings import find_integration
from actions.outward.tickets import open_ticket
from actions.outward.vendors import PORTS, Port, ports_of
from actions.workflows.steps.base import Outcome, Reach, Scene, Skip, Step
from core.errors import DomainError, invalid
from models.integration import Integration, OutwardAction
from models.words import OutwardState, OutwardVerb, StepState

Order = Callable[..., Awaitable[OutwardAction]]

MISSING = {
    Port.CHAT: "chat",
    Port.BRIDGE: "bridge",
    Port.TICKET: "ticket system",
    Port.PAGER: "pager",
    Port.ANNOUNCE: "place for announcements",
}
"""What a port is called when nothing with it is connected."""


class OutwardStep(Step):
    """A step at a vendor."""

    verb: ClassVar[OutwardVerb]
    ordered: ClassVar[Order]
    """How it is ordered."""
    reach = Reach.ORDER

    integration: str | None = Field(
        default=None,
        description="The integration, by key; null: the one that is connected for it, the oldest that works.",
    )

    @property
    def further(self) -> dict[str, Any]:
        """What the order is told besides."""
        return {}

    async def check(self, session: AsyncSession, place: str) -> list[DomainError]:
        """Whether the integration that is named is there and can do it."""
        if self.integration is None:
            return []
        field = f"{place}.integration"
        try:
            found = await find_integration(session, self.integration, field=field)
        except DomainError as error:
            return [error]
        if PORTS[self.verb] not in ports_of(found.vendor, found.configuration):
            port = MISSING.get(PORTS[self.verb], PORTS[self.verb].lower())
            return [invalid(field, f"{found.name} is no {port}.", f"Name an integration that is a {port}.")]
        return []

    async def perform(self, scene: Scene) -> Outcome:
        """Order it once for the incident, whoever else orders it; the outcome comes later."""
        integration = self.integration or await self._connected(scene.session)
        given = {"incident": scene.reference, "integration": integration, **self.further}
        row = await type(self).ordered(scene.session, scene.actor, **given)
        if row.state is OutwardState.DONE:
            return done(row)
        return Outcome("It is ordered.", StepState.UNDER_WAY, outward_action_id=row.id)

    async def _connected(self, session: AsyncSession) -> str:
        """The key of what is connected for it: of several the oldest that works, or the oldest if none does."""
        port = PORTS[self.verb]
        broken = (Integration.signed_out_at.is_not(None), Integration.failing_since.is_not(None))
        rows = await session.scalars(
            select(Integration).where(Integration.archived_at.is_(None)).order_by(*broken, Integration.id)
        )
        found = next((row for row in rows if port in ports_of(row.vendor, row.configuration)), None)
        if found is None:
            raise Skip(f"No {MISSING.get(port, port.lower())} is connected.")
        return found.key


def done(row: OutwardAction) -> Outcome:
    """The outcome of something that was done at a vendor."""
    outputs = {"external_id": row.external_id, "url": row.url}
    return Outcome(row.url or "It is done.", outputs=outputs, outward_action_id=row.id)


class OpenChannel(OutwardStep):
    """A channel of a chat."""

    kind = "open_channel"
    help = "Have a channel opened in a chat, and the incident's members invited."
    verb = OutwardVerb.OPEN_CHANNEL
    ordered = staticmethod(open_channel)


class OpenBridge(OutwardStep):
    """A conference call."""

    kind = "open_bridge"
    help = "Have a conference call opened."
    verb = OutwardVerb.OPEN_BRIDGE
    ordered = staticmethod(open_bridge)


class OpenTicket(OutwardStep):
    """A ticket."""

    kind = "open_ticket"
    help = "Have a ticket opened."
    verb = OutwardVerb.OPEN_TICKET
    ordered = staticmethod(open_ticket)


class Announce(OutwardStep):
    """An announcement, which follows the incident."""

    kind = "announce"
    help = "Have the incident announced where everybody reads it."
    verb = OutwardVerb.ANNOUNCE
    ordered = staticmethod(announce)

    @property
    def public(self) -> bool:
        """Everybody reads it."""
        return True
