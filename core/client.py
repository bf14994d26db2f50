"""Where a request comes from, as far as the network tells: noted with audited events and used for limits."""

from dataclasses import dataclass
from typing import Self

from starlette.requests import HTTPConnection

LONGEST = 300
"""Characters of a user agent that are kept."""


@dataclass(frozen=True, slots=True)
class Client:
    """The other end of a connection. Empty texts where there is none: the command line and jobs."""

    address: str = ""
    """An IP address. Behind proxies it is the one that they name, if they are trusted (MUSTER_TRUSTED_PROXIES)."""
    user_agent: str = ""

    @classmethod
    def of(cls, connection: HTTPConnection) -> Self:
        """Who sent a request or opened a WebSocket."""
        address = connection.client.host if connection.client else ""
        agent = connection.headers.get("user-agent", "").replace("\x00", "")
        return cls(address, agent[:LONGEST])


NOBODY = Client()
"""No connection: the command line and jobs."""
