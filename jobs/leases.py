"""Holds what this process has fetched: extends the leases, and writes what became of the jobs, many at a time.

It is a thread with a connection of its own and outlives every consumer, so that a job that ends while PostgreSQL
restarts is still acknowledged afterwards. Acknowledging in batches drains five times as fast as one by one (ADR 0003).
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any

import psycopg

from jobs import statements
from jobs.outcome import Again, Dead, Done, Outcome, Released

Connect = Callable[[], psycopg.Connection[Any]]
Settled = tuple[int, int, Outcome]
"""A job's id, the token of the lease, and what became of it."""

RETRY_SECONDS = 0.5

log = logging.getLogger(__name__)


def writes(settled: Sequence[Settled]) -> list[tuple[str, dict[str, list[Any]]]]:
    """The statements and their parameters that write outcomes: at most one for each kind."""
    found = []
    for kind, statement in (
        (Done, statements.DONE),
        (Again, statements.AGAIN),
        (Dead, statements.DEAD),
        (Released, statements.RELEASE),
    ):
        rows = [(key, token, outcome) for key, token, outcome in settled if isinstance(outcome, kind)]
        if rows:
            columns: dict[str, list[Any]] = {"ids": [row[0] for row in rows], "tokens": [row[1] for row in rows]}
            if kind is Again:
                columns["seconds"] = [getattr(row[2], "seconds") for row in rows]  # noqa: B009 (of one kind here)
            if kind in (Again, Dead):
                columns["failures"] = [getattr(row[2], "failures") for row in rows]  # noqa: B009
                columns["errors"] = [getattr(row[2], "error") for row in rows]  # noqa: B009
            found.append((statement, columns))
    return found


class Leases:
    """The jobs that this process holds, by id and token. Safe to use from any thread."""

    def __init__(self, connect: Connect, seconds: float) -> None:
        self._connect = connect
        self._seconds = seconds
        self._held: dict[int, tuple[int, str]] = {}
        self._of_queue: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._settled: SimpleQueue[Settled | None] = SimpleQueue()
        self._give_up_at: float | None = None
        self._thread = threading.Thread(target=self._run, name="job leases", daemon=True)

    def start(self) -> None:
        """Begin to keep leases."""
        self._thread.start()

    def hold(self, queue: str, jobs: Sequence[tuple[int, int]]) -> None:
        """Keep the leases of jobs of a queue, given as (id, token), until they are settled."""
        with self._changed:
            for key, token in jobs:
                self._let_go(key)
                self._held[key] = token, queue
                self._of_queue[queue] += 1

    def room(self, queue: str, limit: int, *, wait: float = 0.0) -> int:
        """How many more jobs of a queue may be fetched if at most `limit` are held; waits up to `wait` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._of_queue[queue] < limit, timeout=wait)
            return max(0, limit - self._of_queue[queue])

    def settle(self, job_id: int, token: int, outcome: Outcome) -> None:
        """Say what became of a job. It is written soon, and as often as it takes while the database is away."""
        with self._changed:
            if self._held.get(job_id, (None,))[0] == token:
                self._let_go(job_id)
            self._changed.notify_all()
        self._settled.put((job_id, token, outcome))

    def _let_go(self, job_id: int) -> None:
        if job_id in self._held:
            _, queue = self._held.pop(job_id)
            self._of_queue[queue] -= 1

    def close(self, timeout: float = 5.0) -> None:
        """Write what is left and end. What can't be written in `timeout` seconds runs again when its lease is over."""
        self._give_up_at = time.monotonic() + timeout
        self._settled.put(None)
        self._thread.join(timeout + RETRY_SECONDS)

    def _run(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        todo: list[Settled] = []
        extended = time.monotonic()
        while True:
            self._collect(todo, timeout=self._seconds / 10)
            beat = time.monotonic() - extended > self._seconds / 3 and bool(self._held)
            try:
                if todo or beat:
                    connection = connection or self._connect()
                    self._write(connection, todo)
                if beat and connection:
                    self._extend(connection)
                    extended = time.monotonic()
            except psycopg.Error as error:
                log.warning("can't write what became of %s jobs, trying again: %s", len(todo), error)
                _hang_up(connection)
                connection = None
                time.sleep(RETRY_SECONDS)
            if self._ending(todo):
                _hang_up(connection)
                return

    def _ending(self, todo: list[Settled]) -> bool:
        """Whether to end: asked to, and everything is written or it takes too long."""
        if self._give_up_at is None:
            return False
        return (not todo and self._settled.empty()) or time.monotonic() > self._give_up_at

    def _collect(self, todo: list[Settled], timeout: float) -> None:
        """Move everything that is settled by now into `todo`; waits for the first unless there is something to do."""
        try:
            item = self._settled.get(block=not todo and self._give_up_at is None, timeout=timeout)
            while True:
                if item is not None:
                    todo.append(item)
                item = self._settled.get_nowait()
        except Empty:
            return

    @staticmethod
    def _write(connection: psycopg.Connection[Any], todo: list[Settled]) -> None:
        if todo:
            with connection.transaction():
                for statement, parameters in writes(todo):
                    connection.execute(statement, parameters)
            todo.clear()

    def _extend(self, connection: psycopg.Connection[Any]) -> None:
        with self._changed:
            mine = [(key, token) for key, (token, _) in self._held.items()]
        if mine:
            parameters = {"ids": [key for key, _ in mine], "tokens": [token for _, token in mine]}
            connection.execute(statements.EXTEND, {**parameters, "lease": self._seconds})


def _hang_up(connection: psycopg.Connection[Any] | None) -> None:
    if connection is not None:
        connection.close()
