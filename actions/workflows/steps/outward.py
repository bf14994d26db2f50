"""Steps that order something at a vendor. The ledger does it, and tells the step what came of it."""

from typing import ClassVar

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.channels import open_channel
from actions.outward.paging import page_on_call
from actions.outward.settings import find_integration
from actions.outward.tickets import open_ticket
from actions.outward.vendors import PORTS, Port, ports_of
from actions.workflows.steps.base import Outcome, Scene, Skip, Step
from core.errors import DomainError, invalid
from models.integration import Integration, OutwardAction
from models.words import OutwardState, OutwardVerb, StepState

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

    integration: str | None = Field(
        default=None, description="The integration, by key; null: the one that is connected for it."
    )

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it."""
        raise NotImplementedError

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
        row = await self.order(scene, self.integration or await self._connected(scene.session))
        if row.state is OutwardState.DONE:
            return done(row)
        return Outcome("It is ordered.", StepState.UNDER_WAY, outward_action_id=row.id)

    async def _connected(self, session: AsyncSession) -> str:
        """The key of what is connected for it: the oldest, if there are several."""
        port = PORTS[self.verb]
        rows = await session.scalars(
            select(Integration).where(Integration.archived_at.is_(None)).order_by(Integration.id)
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

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it."""
        return await open_channel(scene.session, scene.actor, incident=scene.reference, integration=integration)


class OpenBridge(OutwardStep):
    """A conference call."""

    kind = "open_bridge"
    help = "Have a conference call opened."
    verb = OutwardVerb.OPEN_BRIDGE

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it."""
        return await open_bridge(scene.session, scene.actor, incident=scene.reference, integration=integration)


class OpenTicket(OutwardStep):
    """A ticket."""

    kind = "open_ticket"
    help = "Have a ticket opened."
    verb = OutwardVerb.OPEN_TICKET

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it."""
        return await open_ticket(scene.session, scene.actor, incident=scene.reference, integration=integration)


class PageOnCall(OutwardStep):
    """A page to whoever is on call."""

    kind = "page"
    help = "Have whoever is on call paged."
    verb = OutwardVerb.PAGE

    target: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Whom, as the vendor has it; null: the integration's own.",
    )

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it: while a page stands, it stays the same."""
        given = {"incident": scene.reference, "integration": integration}
        return await page_on_call(scene.session, scene.actor, **given, target=self.target)


class Announce(OutwardStep):
    """An announcement, which follows the incident."""

    kind = "announce"
    help = "Have the incident announced where everybody reads it."
    verb = OutwardVerb.ANNOUNCE

    @property
    def public(self) -> bool:
        """Everybody reads it."""
        return True

    async def order(self, scene: Scene, integration: str) -> OutwardAction:
        """Order it."""
        return await announce(scene.session, scene.actor, incident=scene.reference, integration=integration)
