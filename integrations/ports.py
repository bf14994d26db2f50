"""What an incident needs of vendors, whoever they are. An adaptor has the ports that it can (ADR 0018)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from actions.outward.checks import Check
from actions.outward.ledger import Made
from integrations.client import Account, VendorClient

Speak = Callable[[Account], VendorClient]
"""A client of an account, paced together with all others of this process."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a vendor is told of an incident."""

    reference: str
    title: str
    severity: str | None
    url: str
    """Where responders find it."""
    private: bool
    drill: bool


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
