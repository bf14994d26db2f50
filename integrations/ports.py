"""What an incident needs of vendors, whoever they are. An adaptor has the ports that it can (ADR 0018)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actions.outward.checks import Check
from actions.outward.ledger import Made
from integrations.client import Account, VendorClient
from models.words import Stage

Speak = Callable[[Account], VendorClient]
"""A client of an account, paced together with all others of this process."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works on an incident, by the key and the address of their account."""

    user_id: int
    email: str


@dataclass(frozen=True, slots=True)
class Matter:
    """What a vendor is told of an incident. If that is private, only where nobody but its members can read it."""

    reference: str
    title: str
    severity: str | None
    url: str
    """Where responders find it."""
    private: bool
    drill: bool
    stage: Stage
    commander: str | None
    """The name of whoever leads it."""
    members: tuple[Member, ...]
    """Those who are to be let in, in the order in which they joined it."""


class Adaptor(Protocol):
    """What every adaptor can."""

    async def check(self) -> list[Check]:
        """Whether it is reached, and may do what it is for: one line for each thing that it needs."""
        ...


class BridgePort(Protocol):
    """Conference calls."""

    async def open_bridge(self, matter: Matter) -> Made:
        """A call for an incident. VendorError."""
        ...

    async def find_bridge(self, matter: Matter) -> Made | None:
        """The call that an earlier attempt may have opened; None if there is none. VendorError."""
        ...


class TicketPort(Protocol):
    """Tickets, where other teams plan their work."""

    async def open_ticket(self, matter: Matter) -> Made:
        """A ticket for an incident. VendorError."""
        ...

    async def find_ticket(self, matter: Matter) -> Made | None:
        """The ticket that an earlier attempt may have opened, with all that belongs to it; None if there is none.

        VendorError.
        """
        ...


class ChatPort(Protocol):
    """Channels of a chat."""

    async def open_channel(self, matter: Matter, *, again: bool) -> Made:
        """A channel for an incident, with what whoever comes in must know. VendorError.

        `again`: an earlier attempt may have made some of it; it is found, and what is missing is added.
        """
        ...

    async def archive_channel(self, channel: str) -> Made:
        """Close a channel, by what the vendor calls it; one that is closed stays so. VendorError."""
        ...
