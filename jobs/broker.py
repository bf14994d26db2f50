"""Dramatiq on PostgreSQL (DESIGN §5, ADR 0003): job rows are written in the business transaction and consumed here.

At least once: a job may run twice, a committed one is never lost. psycopg is used here and nowhere else.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

import dramatiq
import psycopg
from dramatiq.message import Message

from core.db import plain_url
from jobs.carriers.carrier import Carrier
from jobs.consumer import JobConsumer
from jobs.leases import Connect, Leases
from jobs.outcome import Outcomes
from jobs.ticket_consumer import TicketConsumer
from models.job import MAIL

LEASE = 15.0
"""Seconds after which a job of a worker that is gone runs elsewhere. Extended three times as often."""

SHORTEST_LEASE = 10.0

SHARES = {MAIL: 4}
"""By queue, which part of what a worker holds at most its jobs may be. Dramatiq holds two for each thread: mails keep
half of the threads at most, however slow a mail server is, and the others are there for who is to be paged."""

PAUSES = {MAIL: 0.05}
"""Seconds that a queue leaves to others once it was woken: who is paged is asked for before mails are written."""


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection for short statements, each a transaction of its own; a dead peer is noticed within half a minute.

    Commits are not waited for: a lease or an acknowledgement that a crash of the server takes back means that the job
    runs again, which it may.
    """
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=5,
        application_name="muster jobs",
        options="-c synchronous_commit=off -c statement_timeout=10000",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )


def connector(url: str) -> Connect:
    """What opens such connections to the database of an address that people paste."""
    return partial(connect, plain_url(url))


class PostgresBroker(dramatiq.Broker):
    """Consumes the `job` table. `url` must be a direct connection: transaction poolers drop LISTEN.

    With a `carrier`, what is due is heard of from there, and a relay (jobs.relay) tells it. `limits`: how many jobs of
    a queue are held at most, and so run at once.
    """

    def __init__(
        self,
        url: str,
        *,
        lease: float = LEASE,
        carrier: Carrier | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        if lease < SHORTEST_LEASE:
            raise ValueError("a lease shorter than 10 s runs jobs twice whenever the machine pauses")
        super().__init__(middleware=[Outcomes()])
        self._connect = connector(url)
        self._carrier = carrier
        self._limits = limits or {}
        self._lease = lease
        self._leases = Leases(self._connect, lease)
        self._leases.start()

    def declare_queue(self, queue_name: str) -> None:
        """Consume a queue from now on."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = True
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> NoReturn:
        """Always refused: a job belongs to the transaction that causes it."""
        raise RuntimeError(f"enqueue {message.actor_name} with actions.record.enqueue (delay {delay})")

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> JobConsumer:
        """A consumer that holds its queue's share of `prefetch` jobs and returns every `timeout` milliseconds."""
        share = max(1, prefetch // SHARES.get(queue_name, 1))
        options: dict[str, Any] = {
            "prefetch": min(share, self._limits.get(queue_name, share)),
            "timeout": timeout / 1000,
            "lease": self._lease,
            "pause": PAUSES.get(queue_name, 0.0),
        }
        if self._carrier is None:
            return JobConsumer(self._connect, self._leases, queue_name, **options)
        return TicketConsumer(self._connect, self._leases, queue_name, carrier=self._carrier, **options)

    def close(self) -> None:
        """Write what became of the last jobs. Call it after the worker has stopped."""
        self._leases.close()
