"""Tokens that vendors give to apps for a while, kept by this process."""

import time
from collections.abc import Awaitable, Callable

EARLY = 60.0
"""Seconds before a token expires after which it is not used any more."""


class AppTokens:
    """Tokens by a digest of what they were asked for with, and until when they are good."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, float]] = {}

    async def get(self, key: str, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        """A token that is good for a while yet. `fetch` gives a new one, and for how many seconds it lasts."""
        token, until = self._known.get(key, ("", 0.0))
        if time.monotonic() < until:  # the vendor's clock is a real one
            return token
        token, lasts = await fetch()
        self._known[key] = token, time.monotonic() + lasts - EARLY
        return token

    def forget(self, key: str) -> None:
        """The next one is new."""
        self._known.pop(key, None)
