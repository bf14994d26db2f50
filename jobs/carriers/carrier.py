"""What carries tickets from a relay to workers: Redis or RabbitMQ.

A ticket says “the job of this row, in this attempt, is due” and nothing else: what the job is about stays in
PostgreSQL. It may be lost, come twice or too late: who gets one takes the row, and finds out (ADR 0045).
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from models.job import QUEUE

AWAY_SECONDS = 3.0
"""What connecting to a broker may take."""


class CarrierError(Exception):
    """The broker can't be used now. `lasting`: nor later, until somebody changes BROKER_URL or the broker."""

    def __init__(self, words: str, *, lasting: bool = False) -> None:
        super().__init__(words)
        self.lasting = lasting


class Ticket(NamedTuple):
    """A job's id, and the token of its row when it was published."""

    job_id: int
    token: int

    def encode(self) -> bytes:
        """As it travels."""
        return b"%d:%d" % self


def decode(body: bytes) -> Ticket | None:
    """A ticket as it came; None for what is none."""
    key, _, token = body.partition(b":")
    return Ticket(int(key), int(token)) if key.isdigit() and token.isdigit() else None


def lanes(queue: str) -> tuple[str, ...]:
    """Where a queue's tickets wait in the broker, those first that go first."""
    return (f"{queue}.urgent", queue) if queue == QUEUE else (queue,)


class Outbox(Protocol):
    """A relay's connection. Everything raises CarrierError. Used by one thread."""

    def epoch(self) -> tuple[str, frozenset[str]]:
        """In which life the broker is; and which queues were found missing since it was asked last, and made anew.

        Tickets of other lives, or of these queues, are lost.
        """

    def depth(self, queue: str) -> int:
        """How many tickets of a queue wait."""

    def publish(self, lane: str, tickets: Sequence[Ticket]) -> None:
        """Hand over tickets; returns once the broker has them."""

    def close(self) -> None:
        """Hang up; never raises."""


class Inbox(Protocol):
    """A consumer's connection, for one queue. Everything raises CarrierError. Used by one thread, but for `settled`."""

    def take(self, most: int, wait: float) -> list[Ticket]:
        """At most so many tickets; waits up to `wait` seconds for the first."""

    def settled(self, ticket: Ticket) -> None:
        """What became of a ticket's job is known, so it is not needed any more. Any thread; never raises."""

    def close(self) -> None:
        """Hang up; never raises. What was taken and not settled may come again."""


class Carrier(Protocol):
    """A broker. Opens connections for relays and consumers; `scope` keeps databases apart that share the broker."""

    where: str
    """Its address, without the password."""

    def outbox(self, scope: str, queues: Sequence[str]) -> Outbox:
        """A connection that publishes. CarrierError."""

    def inbox(self, scope: str, queue: str, most: int) -> Inbox:
        """A connection that takes tickets of a queue, of which at most `most` are out at a time. CarrierError."""


def carrier_of(url: str) -> Carrier:
    """The broker of an address. CarrierError if what speaks to it is not installed, or its certificates can't be read.

    Only what is used is imported.
    """
    try:
        if urlsplit(url).scheme.startswith("redis"):
            from jobs.carriers.redis import RedisCarrier  # noqa: PLC0415

            return RedisCarrier(url)
        from jobs.carriers.rabbitmq import RabbitCarrier  # noqa: PLC0415

        return RabbitCarrier(url)
    except ImportError as error:
        words = f"BROKER_URL needs the Python package {error.name}: pip install 'muster[brokers]'"
        raise CarrierError(words, lasting=True) from error
