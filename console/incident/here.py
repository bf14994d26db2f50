"""Who has an incident's page open now: the people behind the live streams of this process, and of all others.

Nothing is kept of it, and it is told on that page alone, to those who may see it. Processes tell each other whom they
have when somebody comes or goes, and every half minute: of one that died nothing is heard, and its people are gone.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from markupsafe import Markup

from auth.actor import Actor
from console.pages import pages
from core.live import Live
from core.subscription import Subscription

NAMED = 8
"""People who are named; of more it is said how many they are."""
SOON = 1.0
"""Seconds after which everybody is told who came and went: of many that come at once, all are told once."""
BEAT = 30.0
"""Seconds after which other processes are told again."""
GONE = 75.0
"""Seconds after which a process that said nothing is taken to be gone."""
LISTED, LONGEST = 20, 64
"""People, and characters of a name, that other processes are told of: it must fit a notification."""
TOPIC = "incident.here"


class Elsewhere(NamedTuple):
    """Whom another process has on a page: some by name, and how many more."""

    people: dict[int | None, str]
    more: int
    until: float
    """By the event loop's clock."""


class Company:
    """Who looks at what."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._there: dict[int, dict[Subscription, Actor]] = {}
        self._elsewhere: dict[int, dict[str, Elsewhere]] = {}
        self._told: set[int] = set()
        self._beating = False
        live.hear(TOPIC, self._hear)
        live.say(TOPIC, {"ask": True})

    @property
    def total(self) -> int:
        """How many pages are open in this process."""
        return sum(map(len, self._there.values()))

    def here(self, incident: int) -> bool:
        """Whether somebody has the page open in this process."""
        return incident in self._there

    def people(self, incident: int, *besides: Actor) -> tuple[list[str], int]:
        """The names of all, once each, however many pages they have open, in order; and how many more there are."""
        now, found, more = asyncio.get_running_loop().time(), {who.id: who.name for who in besides}, 0
        for name, other in list(self._elsewhere.get(incident, {}).items()):
            if other.until < now:
                self._forget(incident, name)
            else:
                found |= other.people
                more += other.more
        found |= {who.id: who.name for who in self._there.get(incident, {}).values()}
        return sorted(found.values()), more

    @contextmanager
    def joined(self, incident: int, who: Actor, changes: Subscription) -> Iterator[None]:
        """Count a page while it is open, and have the others told."""
        self._there.setdefault(incident, {})[changes] = who
        self._tell(incident)
        self._beat()
        try:
            yield
        finally:
            del self._there[incident][changes]
            if not self._there[incident]:
                del self._there[incident]
            self._tell(incident)

    def _tell(self, incident: int) -> None:
        if incident not in self._told:
            self._told.add(incident)
            asyncio.get_running_loop().call_later(SOON, self._news, incident)

    def _news(self, incident: int) -> None:
        self._told.discard(incident)
        self._say(incident)
        self._wake(incident)

    def _wake(self, incident: int) -> None:
        for changes in self._there.get(incident, {}):
            changes.wake()

    def _say(self, incident: int) -> None:
        mine = {who.id: who.name[:LONGEST] for who in self._there.get(incident, {}).values()}
        listed = list(mine.items())[:LISTED]
        self._live.say(TOPIC, {"incident": incident, "people": listed, "more": len(mine) - len(listed)})

    def _beat(self) -> None:
        if not self._beating:
            self._beating = True
            asyncio.get_running_loop().call_later(BEAT, self._again)

    def _again(self) -> None:
        self._beating = False
        for incident in self._there:
            self._say(incident)
            self._beat()

    def _hear(self, process: str, what: dict[str, Any]) -> None:
        if "ask" in what:
            for incident in self._there:
                self._tell(incident)
            return
        incident, until = what["incident"], asyncio.get_running_loop().time() + GONE
        if what["people"]:
            others = self._elsewhere.setdefault(incident, {})
            others[process] = Elsewhere(dict(what["people"]), what["more"], until)
        else:
            self._forget(incident, process)
        self._wake(incident)

    def _forget(self, incident: int, process: str) -> None:
        others = self._elsewhere.get(incident, {})
        others.pop(process, None)
        if not others:
            self._elsewhere.pop(incident, None)


def here(names: Sequence[str], more: int = 0) -> Markup:
    """A line with their names, the same for everybody who reads it."""
    return _line(tuple(names), more)


@lru_cache(maxsize=256)
def _line(names: tuple[str, ...], more: int) -> Markup:
    template = pages.get_template("incident/here.html")
    return Markup(template.render(names=names[:NAMED], count=len(names) + more).strip())  # noqa: S704 (it escapes)
