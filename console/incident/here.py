"""Who has an incident's page open now: the people behind the live streams of this process.

Nothing is kept of it, and it is told on that page alone, to those who may see it. Servers that run several processes
tell of those who are connected to the same one.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

from markupsafe import Markup

from auth.actor import Actor
from console.pages import pages
from core.subscription import Subscription

NAMED = 8
"""People who are named; of more it is said how many they are."""
SOON = 1.0
"""Seconds after which everybody is told who came and went: of many that come at once, all are told once."""


class Company:
    """Who looks at what."""

    def __init__(self) -> None:
        self._there: dict[int, dict[Subscription, Actor]] = {}
        self._told: set[int] = set()

    @property
    def total(self) -> int:
        """How many pages are open."""
        return sum(map(len, self._there.values()))

    def people(self, incident: int) -> dict[int | None, str]:
        """Their names by their keys, whoever came first first: once each, however many pages they have open."""
        return {who.id: who.name for who in self._there.get(incident, {}).values()}

    @contextmanager
    def joined(self, incident: int, who: Actor, changes: Subscription) -> Iterator[None]:
        """Count a page while it is open, and have the others told."""
        self._there.setdefault(incident, {})[changes] = who
        self._tell(incident)
        try:
            yield
        finally:
            del self._there[incident][changes]
            if not self._there[incident]:
                del self._there[incident]
            else:
                self._tell(incident)

    def _tell(self, incident: int) -> None:
        if incident not in self._told:
            self._told.add(incident)
            asyncio.get_running_loop().call_later(SOON, self._wake, incident)

    def _wake(self, incident: int) -> None:
        self._told.discard(incident)
        for changes in self._there.get(incident, {}):
            changes.wake()


def here(people: Mapping[int | None, str]) -> Markup:
    """A line with their names, the same for everybody who reads it."""
    return _line(tuple(sorted(people.values())))


@lru_cache(maxsize=256)
def _line(names: tuple[str, ...]) -> Markup:
    return Markup(pages.get_template("incident/here.html").render(names=names[:NAMED], count=len(names)).strip())  # noqa: S704 (the template escapes)
