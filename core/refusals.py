"""Where doorways say that they refused something: what keeps such notes is composed above them (actions.refusals)."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol

from core.client import Client
from core.errors import ErrorCode

REFUSED = frozenset({ErrorCode.FORBIDDEN, ErrorCode.UNAUTHENTICATED, ErrorCode.DOCUMENT_NOT_TRUSTED})
"""The codes of refusals for want of a right, which auditors want to hear of. All others are about the request."""


class RefusalLog(Protocol):
    """Keeps note of refusals. A note costs its caller nothing and never fails."""

    def note(self, actor: Any, client: Client, code: ErrorCode, doorway: str) -> None:
        """Note that an actor (auth.actor) was refused. `doorway` is one of few: a route or a field, nothing given."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Write the notes down while the block lasts, and what is left at its end."""


class Unkept:
    """Keeps no note: for processes that nobody knocks at."""

    def note(self, actor: Any, client: Client, code: ErrorCode, doorway: str) -> None:
        """Nothing."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Nothing runs."""
        return nullcontext()
