"""What a running process holds: handed to every doorway, made once by `server`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from core.budgets import Budgets
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.live import Live
from core.refusals import RefusalLog, Unkept
from core.remembered import Remembered
from core.settings import Settings

ACCESS = ("setting.", "access.", "person.")
REHEARSALS = 3
"""At a time, in one process."""
REFUSALS = ("access.refused", "person.sign_in_refused")


def changes_access(kind: str) -> bool:
    """Whether somebody may no longer be allowed what they were, after an event of this kind.

    Refusals change nothing: strangers could otherwise have everything that is remembered forgotten all the time.
    """
    return kind.startswith(ACCESS) and kind not in REFUSALS


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings, the database, and the live feed. Doorways find it as `request.app.state.runtime`."""

    settings: Settings
    database: Database
    live: Live
    identities: Remembered[object] = field(default_factory=lambda: Remembered(changes_access), compare=False)
    """Who stands behind credentials that were used lately (auth.identify)."""
    refusals: RefusalLog = field(default_factory=Unkept, compare=False)
    """Where doorways note whom they refused."""
    budgets: Budgets = field(default_factory=Budgets, compare=False)
    """What everybody has asked for lately (auth.limits)."""
    offers: dict[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict, compare=False)
    """What one room does for another that must not import it, by name; `server` puts it here."""
    rehearsing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REHEARSALS), compare=False)
    """Whose turn it is to see what a change would do: it takes a connection and locks, as the change does."""
    groups: dict[Any, Any] = field(default_factory=dict, compare=False)
    """Subscribers who are told the same, by what they asked for (schema.together)."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    """Set when this process was asked to end: load balancers are told, and all goes on as ever until `closing`."""
    closing: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    """Set when this process is to end: whoever keeps a response open ends it, so that the client goes on elsewhere."""

    def offered(self, name: str, without: str) -> Callable[..., Awaitable[Any]]:
        """What another room does here under a name; UNAVAILABLE, in the words `without`, where nobody offers it."""
        found = self.offers.get(name)
        if found is None:
            raise DomainError(ErrorCode.UNAVAILABLE, without, hint="Ask the web server's own API.")
        return found

    def __post_init__(self) -> None:
        """Have what is remembered forgotten when it may have changed, here or in another process."""
        self.database.watchers.append(self.identities.on_commit)
        self.live.watch(self.identities.on_events)
