"""What Slack refuses of a channel, though the channel is there: the rest of it is done all the same."""

from collections.abc import Awaitable
from typing import TypeVar

from integrations.slack_api import Refused

T = TypeVar("T")

FATAL = frozenset({"channel_not_found", "is_archived", "not_in_channel", "no_permission"})
"""Refusals after which nothing else succeeds in the channel either."""


class Flaws:
    """Collects them: a scope that is missing keeps nobody from coming in."""

    def __init__(self) -> None:
        self.words: tuple[str, ...] = ()
        """In words that say what to mend, each once."""

    async def but(self, step: Awaitable[T]) -> T | None:
        """What a step gives; None if Slack refused it. Whatever else fails is raised, as is what ends the rest, too."""
        try:
            return await step
        except Refused as refused:
            if refused.code in FATAL:
                raise
            self.words = tuple(dict.fromkeys((*self.words, refused.words)))
            return None
