"""Fetches due jobs for one queue: in batches, woken by NOTIFY, and at least once a second."""

import logging
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

import psycopg
from dramatiq import Consumer
from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from core.outage import tell
from jobs import statements
from jobs.leases import Connect, Leases
from jobs.outcome import JobMessage, Outcome, Released, decide, failures_of
from jobs.registry import ATTEMPTS
from models.job import WORKER_LOCK

POISON = 10
"""Fetches that ended in nothing, not even an exception, before a job is set aside."""

RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


class JobConsumer(Consumer):
    """An iterator over messages; None when there is none within `timeout` seconds.

    A lost connection is replaced here: Dramatiq would tear the consumer down and pause for three seconds.
    """

    def __init__(
        self,
        connect: Connect,
        leases: Leases,
        queue: str,
        *,
        prefetch: int,
        timeout: float,
        lease: float,
        pause: float = 0.0,
    ) -> None:
        self._connect = connect
        self._leases = leases
        self._queue = queue
        self._prefetch = prefetch
        self._timeout = timeout
        self._lease = lease
        self._pause = pause
        self._connection: psycopg.Connection[Any] | None = None
        self._fetched: deque[JobMessage] = deque()

    def __next__(self) -> MessageProxy | None:
        """The next message, or None after at most `timeout` seconds."""
        try:
            if not self._fetched:
                self._fetch()
            return self._fetched.popleft() if self._fetched else None
        except psycopg.Error as error:
            tell(error)
            self._disconnect()
            time.sleep(RETRY_SECONDS)
            return None

    def ack(self, message: MessageProxy) -> None:
        """Have the outcome of a run written; a run without one raised, whatever Dramatiq thinks, and is not done."""
        self._settle(message)

    def nack(self, message: MessageProxy) -> None:
        """The same: `Outcomes` decides. Without it, Dramatiq knows no actor of that name (an older worker)."""
        self._settle(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back at once what was fetched and not begun."""
        for message in messages:
            self._settle(message, Released())

    def close(self) -> None:
        """Give back what was not handed out, and hang up."""
        self.requeue(list(self._fetched))
        self._fetched.clear()
        self._disconnect()

    def _fetch(self) -> None:
        """Fetch as many due jobs as there is room for; wait for room, or for jobs, if there is none."""
        room = self._leases.room(self._queue, self._prefetch, wait=self._timeout)
        if not room:
            return
        connection = self._connected()
        self._fetched.extend(self._take(connection, room))
        if not self._fetched:
            self._listen(connection)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        """Wait for a word of new jobs. Any number of them may have come meanwhile: they are one, and one pause."""
        if list(connection.notifies(timeout=self._timeout, stop_after=1)):
            time.sleep(self._pause)

    def _take(
        self, connection: psycopg.Connection[Any], room: int, *, late: float = 0.0, away: bool = False
    ) -> list[JobMessage]:
        """Lease what is due for `late` seconds; `away`: also what waits in a broker that can't be asked."""
        return self._lease_by(connection, statements.FETCH, queue=self._queue, room=room, late=late, away=away)

    def _lease_by(self, connection: psycopg.Connection[Any], statement: str, **asked: object) -> list[JobMessage]:
        rows = connection.execute(statement, {**asked, "poison": POISON, "lease": self._lease}).fetchall()
        messages = []
        for key, token, name, args, options, created_at, dead in sorted(rows):
            if dead:
                log.error("job %s %s is dead: its worker ended in the middle of it, %s times", key, name, POISON)
                continue
            message: Message[Any] = Message(
                queue_name=self._queue,
                actor_name=name,
                args=(),
                kwargs=args,
                options=options,
                message_id=f"job-{key}",
                message_timestamp=int(created_at.timestamp() * 1000),
            )
            messages.append(JobMessage(message, key, token))
        self._leases.hold(self._queue, [(message.job_id, message.token) for message in messages])
        return messages

    def _settle(self, message: MessageProxy, outcome: Outcome | None = None) -> None:
        if not isinstance(message, JobMessage):
            raise TypeError(f"not a message of this broker: {message!r}")
        decided = outcome or message.outcome
        if decided is None:
            cause = LookupError(f"nothing decided what becomes of it; is {message.actor_name} a job of this version?")
            decided = decide(cause, failures_of(message), ATTEMPTS)
        self._leases.settle(message.job_id, message.token, decided)

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            connection = self._connect()
            self._prepare(connection)
            # Held as long as this connection lives: /readyz sees that somebody consumes (jobs.inspection).
            connection.execute("select pg_advisory_lock_shared(%s)", [WORKER_LOCK])
            self._connection = connection
        return self._connection

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """What a new connection is told first."""
        connection.execute(statements.LISTEN)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
