"""The live end of the feed: one LISTEN connection a process, which tells every reader in it what was committed."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg

from core.db import Database, plain_url
from core.feed import COLUMNS, PAGE, Feed, FeedRow
from core.hearing import Hearer, Hearing
from core.journal import Journal
from core.notify import FEED, GAP, RETRY, SAID, TIMEOUT, Notifier, tell_why
from core.subscription import Subscription

TAIL = f"select {COLUMNS} from event where id > $1 order by id limit {PAGE}"  # noqa: S608 (constants)

BY_INDEX = "set enable_seqscan = off; set enable_bitmapscan = off"
"""Before TAIL: its plan is kept. One that was made while the log was short would read all of a long one, each time."""

ENTER = "select feed_enter_era($1)"
"""Takes the place that this process has reached; answers from where it goes on (ADR 0007)."""

Watcher = Callable[[Sequence[FeedRow]], None]

log = logging.getLogger(__name__)


class Live:
    """Follows the event log from when it starts.

    A notification only wakes it: rows are always read from `cursor` on, and every `poll` seconds anyway, so that a lost
    notification or connection costs latency and nothing else. `direct_url` must be a connection without a transaction
    pooler in between, which would drop LISTEN. All of it belongs to the event loop that runs it.
    """

    def __init__(
        self,
        database: Database,
        direct_url: str | None = None,
        *,
        poll: float = 1.0,
        replay_days: int = 30,
        beat: float = 20.0,
        queue: int = 1000,
    ) -> None:
        self.cursor = 0
        """The newest event that this process has seen."""
        self.beat = beat
        """Seconds after which who waits for events looks up: is it still allowed, does its cursor still hold?"""
        self._queue = queue
        self._address = plain_url(direct_url or database.url)
        self._poll = poll
        self._feed = Feed(database, replay_days)
        self.turn = self._feed.turn
        """To be held while reading from the database on behalf of a subscriber (core.feed.AT_A_TIME)."""
        self.lookup = self._feed.lookup
        self._notifier = Notifier(self._address)
        self._wake = asyncio.Event()
        self._complete_at = time.monotonic()
        self._begun = False
        self._watchers: list[Watcher] = []
        self._hearing = Hearing(self._notifier)
        self._readers: dict[int | None, set[Subscription]] = {}

    @asynccontextmanager
    async def running(self, *, patient: bool = False) -> AsyncIterator[Self]:
        """Follow the log while the block runs.

        The first connection must succeed, unless `patient`; later ones are tried for ever.
        """
        connection = None
        try:
            connection = await self._begin()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            if not patient:
                raise
            log.warning("the database is away; the live feed begins once it is back")
        tasks = [asyncio.create_task(self._follow(connection)), asyncio.create_task(self._notifier.run())]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if connection is not None:
                connection.terminate()  # the task that owns it may never have begun
            await asyncio.sleep(0)  # the loop closes what was terminated in its next round

    @property
    def lag(self) -> float:
        """Seconds: whatever was committed longer ago than this has been delivered to every reader in this process.

        Between 0 and `poll` as long as the feed flows, whether or not anything happens; it grows while the database is
        away, reads take long or the process is too busy.
        """
        return time.monotonic() - self._complete_at

    @property
    def readers(self) -> int:
        """How many follow the log in this process."""
        return sum(map(len, self._readers.values()))

    def on_commit(self, journal: Journal) -> None:
        """Tell this process and all others of a commit. To be set as `Database.on_commit`."""
        if journal.events:
            self._wake.set()
        self._notifier.ask(journal)

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Have `callback` called with every batch of new events, in order. It must not wait. Returns how to stop it.

        An empty batch says that the database was restored: what is remembered of it may be wrong.
        """
        self._watchers.append(callback)
        return lambda: self._watchers.remove(callback)

    def say(self, topic: str, what: Any) -> None:
        """Tell all other processes of something that nothing is kept of (core.hearing)."""
        self._hearing.say(topic, what)

    def hear(self, topic: str, callback: Hearer) -> None:
        """Have `callback` called with the name of a process and with what it says on a topic. It must not wait."""
        self._hearing.hear(topic, callback)

    def subscribe(
        self, *, after: int | None = None, incident_id: int | None = None, size: int | None = None
    ) -> Subscription:
        """A reader of everything after a place in the feed (None: from now on), of one incident or of all.

        `size` is how many events may wait for it, `queue` unless given. Use it as a context manager, to be closed.
        """
        return Subscription(self, self._feed, after=after, incident_id=incident_id, size=size or self._queue)

    def changes(self, incident_id: int) -> Subscription:
        """A reader that wants to know that an incident changed, not how often: one waiting event stands for all."""
        return Subscription(self, self._feed, after=None, incident_id=incident_id, size=1, merge=True)

    def attach(self, subscription: Subscription) -> None:
        """Offer a subscription every event after `cursor`."""
        self._readers.setdefault(subscription.incident_id, set()).add(subscription)

    def detach(self, subscription: Subscription) -> None:
        """Offer it nothing more."""
        readers = self._readers.get(subscription.incident_id, set())
        readers.discard(subscription)
        if not readers:
            self._readers.pop(subscription.incident_id, None)

    async def _connect(self) -> Any:
        return await asyncpg.connect(
            self._address, timeout=TIMEOUT, server_settings={"application_name": "muster live"}
        )

    async def _begin(self) -> Any:
        """The first connection; the log is followed from its newest event on."""
        connection = await self._connect()
        try:
            await connection.fetchval(ENTER, 0, timeout=TIMEOUT)
            self.cursor = await connection.fetchval("select coalesce(max(id), 0) from event", timeout=TIMEOUT)
        except BaseException:
            connection.terminate()
            raise
        self._complete_at = time.monotonic()
        self._begun = True
        return connection

    async def _follow(self, connection: Any) -> None:
        while True:
            try:
                await self._tail(connection or await (self._connect() if self._begun else self._begin()))
            except Exception as error:  # noqa: BLE001 (logged; who stops would silence every reader)
                tell_why(error, "lost the live feed, connecting again")
            connection = None
            await asyncio.sleep(RETRY)

    async def _tail(self, connection: Any) -> None:
        try:
            connection.add_termination_listener(lambda *_: self._wake.set())
            await connection.add_listener(FEED, lambda *_: self._wake.set())
            await connection.add_listener(SAID, lambda *told: self._hearing.heard(told[-1]))
            await connection.execute(BY_INDEX, timeout=TIMEOUT)
            self._go_on_from(await connection.fetchval(ENTER, self.cursor, timeout=TIMEOUT))
            while True:
                self._wake.clear()  # before reading: what is committed during the read wakes us again
                began = time.monotonic()
                rows = list(map(FeedRow._make, await connection.fetch(TAIL, self.cursor, timeout=TIMEOUT)))
                self._deliver(rows)
                if len(rows) < PAGE:
                    self._complete_at = began
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._poll):
                            await self._wake.wait()
                    # What is committed right after others is read together: a storm takes 200 reads a second.
                    await asyncio.sleep(max(0.0, began + GAP - time.monotonic()))
        finally:
            connection.terminate()

    def _deliver(self, rows: list[FeedRow]) -> None:
        """Without a pause in it: whoever looks at `cursor` has been offered everything up to it."""
        if not rows:
            return
        for row in rows if self._readers else ():
            for key in {None, row.incident_id}:
                for reader in tuple(self._readers.get(key, ())):
                    reader.offer(row)
        self.cursor = rows[-1].id
        self._tell_watchers(rows)

    def _go_on_from(self, place: int) -> None:
        """Forget a future that the database has lost, and end every reader that has been told of it."""
        if place >= self.cursor:
            return
        log.warning("the database was restored to an earlier moment: ending every reader of the feed")
        self.cursor = place
        for readers in tuple(self._readers.values()):
            for reader in tuple(readers):
                reader.end()
        self._tell_watchers([])

    def _tell_watchers(self, rows: list[FeedRow]) -> None:
        for watcher in tuple(self._watchers):
            try:
                watcher(rows)
            except Exception:
                log.exception("a watcher of the feed failed; the others go on")
