"""What `muster up` keeps running: it looks at each part again and again, and starts what has ended (ADR 0008)."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from core.binaries import EmbeddedError
from core.embedded import EmbeddedPostgres
from server.children import Child
from server.restarts import Restarts
from server.space import Space

log = logging.getLogger("muster")

FULL_PAUSE = 1.0
"""Seconds between two attempts to start PostgreSQL on a disk that is full. They are not counted."""


class Kept(Protocol):
    """A part of `muster up`."""

    def look(self) -> None:
        """See to it; never waits. GivenUpError if it ends too often."""


class KeptPostgres:
    """The embedded server. Its own crash recovery makes good what a kill -9 left."""

    def __init__(self, server: EmbeddedPostgres, space: Space) -> None:
        self._up = True
        self._server = server
        self._space = space
        self._restarts = Restarts("PostgreSQL")
        self._start_at = 0.0
        self._full = False
        self._ours = server.owned

    def ready(self) -> bool:
        """Whether it answered at the last look."""
        return self._up

    def look(self) -> None:
        """Start it again when it has ended; take it over when the process that ran it has."""
        status = self._server.poll()
        if status is not None:
            self._ended(status)
        elif not (self._up and self._server.owned) and time.monotonic() >= self._start_at:
            self._revive()

    def _ended(self, status: int) -> None:
        self._up = False
        self._server.forget()
        if self._space.full:
            if not self._full:
                log.error("PostgreSQL ended (status %s): %s; trying until there is space", status, self._space)
            self._full = True
            self._space.spend()
            self._start_at = time.monotonic() + FULL_PAUSE
            return
        pause = self._restarts.after(status)
        self._start_at = time.monotonic() + pause
        log.error("PostgreSQL ended unexpectedly (status %s); starting it again%s", status, _in(pause))

    def _revive(self) -> None:
        owned, up = self._server.owned, self._up
        try:
            self._up = self._server.revived()
        except EmbeddedError as error:
            log.warning("%s", error)
            self._start_at = time.monotonic() + FULL_PAUSE
            return
        if self._server.owned and not owned and not self._ours:
            log.info("who ran PostgreSQL has ended; it runs here now")
        self._ours = self._server.owned or (self._ours and not self._up)
        if self._up and not up:
            self._full = False
            log.info("PostgreSQL is back")


class KeptChild:
    """A child. It is told where the database is only once that answers, so that it does not end for want of it."""

    def __init__(
        self, name: str, url: str, answers: Callable[[], bool], child: Child, again: Callable[[], Child]
    ) -> None:
        self.child = child
        self._name = name
        self._again = again
        self._url = url
        self._answers = answers
        self._restarts = Restarts(f"the process {name!r}")
        self._start_at: float | None = None
        self._waits = False

    def look(self) -> None:
        """Start another one when it has ended, and have it begin when the database answers."""
        if self._start_at is None and (status := self.child.poll()) is not None:
            pause = self._restarts.after(status)
            log.error("%s ended unexpectedly (status %s); starting it again%s", self._name, status, _in(pause))
            self.child.let_go()
            self._start_at = time.monotonic() + pause
        if self._start_at is not None and time.monotonic() >= self._start_at:
            self.child, self._start_at, self._waits = self._again(), None, True
        if self._start_at is None and self._waits and self._answers():
            self.child.begin(self._url)
            self._waits = False


def _in(seconds: float) -> str:
    return f" in {seconds:g} s" if seconds else ""
