"""The relay: publishes tickets for due rows to a broker. A row goes when its job is done, whatever the broker does.

    due ──claim──► waits in the broker, leased by the relay ──ticket──► leased by a worker ──► done: the row goes
     ▲                    │ lease over, broker empty or new                  │ failed, given back, lease over
     └────────────────────┴──────────────────────────────────────────────────┘

Any number of relays share the work. None of them keeps anything: one that is killed leaves rows whose lease runs out,
and one that publishes twice makes tickets of which the second finds its row taken (ADR 0045).
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import psycopg

from core.outage import tell
from jobs import statements
from jobs.carriers.carrier import Carrier, CarrierError, Outbox, Ticket, lanes
from jobs.leases import Connect
from jobs.scope import scope_of
from models.job import QUEUES, RELAY_LOCK, URGENT

WAITING_SECONDS = 30.0
"""After which a job that nobody took is published again, whatever became of its ticket."""
GRACE_SECONDS = 2.0
"""Between the broker and a worker, at most; after it, what is not in an empty queue is lost."""
DEEP = 1000
"""Tickets of a queue that wait in a broker at most: the rest waits in PostgreSQL, where what is urgent can overtake."""
BATCH = 200
"""Rows that are claimed at once."""
LOOK_SECONDS = 1.0
"""Between two looks at what is due, unless somebody tells."""
FULL_SECONDS = 0.02
"""The same while a queue is full."""
RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


class Relay:
    """A thread that publishes. `queues`: those that it looks after, the most urgent first."""

    def __init__(self, connect: Connect, carrier: Carrier, queues: Sequence[str] = QUEUES) -> None:
        self._connect = connect
        self._carrier = carrier
        self._queues = list(queues)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Publish no more. What was published is left to the workers."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def run(self) -> None:
        """Publish until stopped, through every outage of the database and of the broker."""
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(statements.LISTEN)
                    self._serve(connection)
            except psycopg.Error as error:
                tell(error, "the relay lost the database, trying again")
            except CarrierError as error:
                tell(error, f"the relay can't use the broker {self._carrier.where}, trying again")
            except Exception:
                log.exception("the relay failed, trying again")
            self._stopping.wait(RETRY_SECONDS)

    def _serve(self, connection: psycopg.Connection[Any]) -> None:
        outbox = self._carrier.outbox(scope_of(connection), self._queues)
        try:
            turn = _Turns(connection, outbox, self._queues)
            turn.survey()
            # Held as long as this connection lives: /readyz, /metrics and `muster doctor` see that a relay publishes.
            connection.execute("select pg_advisory_lock_shared(%s)", [RELAY_LOCK])
            while not self._stopping.is_set():
                pause = turn.publish()
                if pause:
                    for _ in connection.notifies(timeout=pause, stop_after=1):
                        pass
        finally:
            outbox.close()


class _Turns:
    """What one connection to each side does, turn by turn."""

    def __init__(self, connection: psycopg.Connection[Any], outbox: Outbox, queues: Sequence[str]) -> None:
        self._connection = connection
        self._outbox = outbox
        self._queues = queues
        self._epoch: str | None = None
        self._room: dict[str, int] = {}
        self._surveyed = 0.0

    def survey(self) -> None:
        """Look how the broker is: whether it forgot, and how much room it has."""
        epoch, gone = self._outbox.epoch()
        if epoch != self._epoch or gone:
            asked = {"epoch": epoch, "gone": list(gone), "queues": list(self._queues)}
            lost = self._connection.execute(statements.FORGOTTEN, asked).rowcount
            if lost:
                log.warning("relay: the broker has forgotten %s jobs; they are published again", lost)
            self._epoch = epoch
        for queue in self._queues:
            depth = self._outbox.depth(queue)
            self._room[queue] = max(0, DEEP - depth)
            if depth == 0:
                bounds = {"queue": queue, "lease": WAITING_SECONDS, "grace": GRACE_SECONDS}
                self._connection.execute(statements.STRAY, bounds)
        self._surveyed = time.monotonic()

    def publish(self) -> float:
        """Publish what is due; seconds until there is likely to be more, or until somebody tells."""
        old = time.monotonic() - self._surveyed
        if old > LOOK_SECONDS or (old > FULL_SECONDS and not all(self._room.values())):
            self.survey()
        claimed = self._claim()
        if claimed:
            self._hand_over(claimed)
            return 0.0
        return LOOK_SECONDS if all(self._room.values()) else FULL_SECONDS

    def _claim(self) -> list[tuple[int, int, str, str]]:
        rooms = [min(BATCH, self._room[queue]) for queue in self._queues]
        asked = {"queues": list(self._queues), "rooms": rooms, "most": BATCH}
        return self._connection.execute(
            statements.CLAIM, {**asked, "epoch": self._epoch, "lease": WAITING_SECONDS}
        ).fetchall()

    def _hand_over(self, claimed: Sequence[tuple[int, int, str, str]]) -> None:
        by_lane: dict[str, list[Ticket]] = defaultdict(list)
        for key, token, queue, name in sorted(claimed):
            lane = lanes(queue)[0 if name == URGENT else -1]
            by_lane[lane].append(Ticket(key, token))
            self._room[queue] = max(0, self._room[queue] - 1)
        try:
            for lane in (lane for queue in self._queues for lane in lanes(queue)):
                if lane in by_lane:
                    self._outbox.publish(lane, by_lane[lane])
        except CarrierError:
            ids, tokens = [row[0] for row in claimed], [row[1] for row in claimed]
            self._connection.execute(statements.WITHDRAW, {"ids": ids, "tokens": tokens})
            raise
