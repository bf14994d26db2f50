"""Telling other processes that something was committed: NOTIFY after the commit, never inside it.

NOTIFY inside a transaction takes a lock of the whole cluster until the commit is through; measured, that costs 20-70 %
of the commits (DESIGN §1). A NOTIFY that is lost costs latency only: all who listen also poll.
"""

import asyncio
import logging
from collections import deque

import asyncpg

from core.journal import Journal
from core.outage import tell

FEED = "muster_feed"
JOB = "muster_job"
SAID = "muster_said"
"""What processes tell each other that nothing is kept of; whoever does not listen just then misses it."""
LONGEST = 7999
"""Bytes of that: what NOTIFY takes as its payload (PostgreSQL's documentation of NOTIFY)."""
MOST_WAITING = 1000
"""Of what is said while the database is away; then the oldest is forgotten."""
GAP = 0.005
"""Seconds between two notifications of one process, at least."""

RETRY = 0.2
"""Seconds before the next attempt when the connection is lost."""

TIMEOUT = 5.0
"""Seconds that connecting or a statement may take before the connection is given up."""

LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection raises when it is cut; the last one when that happens while it sends (seen in a trial)."""

log = logging.getLogger(__name__)


def tell_why(error: Exception, what: str) -> None:
    """Log why something is tried again: a lost connection as an outage is, anything else with its traceback."""
    if isinstance(error, LOST):
        tell(error, what)
    else:  # some have no words
        log.warning("%s: %s", what, str(error) or type(error).__name__, exc_info=error)


class Notifier:
    """Sends notifications on a connection of its own, merged: any number of commits within GAP cost one."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._wanted: set[str] = set()
        self._said: deque[str] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()

    def ask(self, journal: Journal) -> None:
        """Have everybody told of a commit: feed readers of events, workers of jobs. Returns at once."""
        if journal.events:
            self._wanted |= {FEED, JOB}  # events make jobs of their own: webhooks (journal_write)
        if journal.jobs:
            self._wanted.add(JOB)
        if self._wanted:
            self._wake.set()

    def say(self, words: str) -> None:
        """Have every process told of something. Returns at once; ValueError for more than PostgreSQL takes."""
        if len(words.encode()) > LONGEST:
            raise ValueError(f"more than {LONGEST} bytes to be told")
        self._said.append(words)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. When the database is away, what was wanted meanwhile is sent once it is back."""
        while True:
            try:
                await self._send()
            except Exception as error:  # noqa: BLE001 (logged; the next connection may be good)
                tell_why(error, "can't notify other processes, trying again")
                await asyncio.sleep(RETRY)

    async def _send(self) -> None:
        await self._wake.wait()
        connection = await asyncpg.connect(
            self._address, timeout=TIMEOUT, server_settings={"application_name": "muster notify"}
        )
        try:
            while True:
                await self._wake.wait()
                channels = sorted(self._wanted)
                self._wake.clear()
                self._wanted.clear()
                try:
                    if channels:
                        told = "; ".join(f"notify {channel}" for channel in channels)
                        await connection.execute(told, timeout=TIMEOUT)
                    while self._said:
                        await connection.execute("select pg_notify($1, $2)", SAID, self._said[0], timeout=TIMEOUT)
                        self._said.popleft()
                except BaseException:
                    self._wanted.update(channels)
                    self._wake.set()
                    raise
                await asyncio.sleep(GAP)
        finally:
            connection.terminate()
