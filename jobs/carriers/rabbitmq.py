"""Tickets through RabbitMQ: a quorum queue for each lane, and publishing that waits for the confirmation."""

import logging
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pika
import pika.exceptions

from core.broker_settings import without_password
from jobs.carriers.carrier import AWAY_SECONDS, CarrierError, Ticket, decode, lanes

HEARTBEAT = 30
"""Seconds after which a peer that says nothing is gone."""
BLOCKED_SECONDS = 10
"""How long a broker that has no memory or disk left may have us wait."""
EXPIRES_MILLISECONDS = 7 * 24 * 3600 * 1000
"""After which RabbitMQ forgets the queues of a database that is gone."""
NOT_FOUND = 404

LASTING = (
    pika.exceptions.ProbableAuthenticationError,
    pika.exceptions.AuthenticationError,
    pika.exceptions.ProbableAccessDeniedError,
    ssl.SSLError,
)

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs every failure at length; we say it in a line


@contextmanager
def _said() -> Iterator[None]:
    """What goes wrong with RabbitMQ, in our words."""
    try:
        yield
    except (pika.exceptions.AMQPError, ssl.SSLError, OSError, AssertionError) as error:
        cause = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
        inner = getattr(cause, "exception", cause)
        refused = isinstance(error, pika.exceptions.ConnectionClosedByBroker) and error.reply_code in (403, 530)
        lasting = refused or any(isinstance(one, LASTING) for one in (error, cause, inner))
        raise CarrierError(f"{type(inner).__name__}: {inner}".splitlines()[0][:300], lasting=lasting) from error


def parameters(url: str) -> Any:
    """What pika is told. `ssl_ca_certs`, `ssl_certfile` and `ssl_keyfile` mean the same as with Redis.

    CarrierError if the certificates can't be read, or the address has parameters that pika does not know.
    """
    parts = urlsplit(url)
    asked = parse_qsl(parts.query)
    files = dict(one for one in asked if one[0].startswith("ssl_"))
    plain = urlencode([one for one in asked if not one[0].startswith("ssl_")])
    try:
        found = pika.URLParameters(urlunsplit(parts._replace(query=plain)))
        if parts.scheme == "amqps":
            context = ssl.create_default_context(cafile=files.get("ssl_ca_certs"))
            if "ssl_certfile" in files:
                context.load_cert_chain(files["ssl_certfile"], files.get("ssl_keyfile"))
            found.ssl_options = pika.SSLOptions(context, parts.hostname)
    except (OSError, ValueError, TypeError) as error:
        raise CarrierError(f"BROKER_URL: {error}", lasting=True) from error
    found.socket_timeout = found.stack_timeout = AWAY_SECONDS
    found.connection_attempts, found.heartbeat = 1, HEARTBEAT
    found.blocked_connection_timeout = BLOCKED_SECONDS
    found.client_properties = {"connection_name": "muster"}
    return found


class RabbitCarrier:
    """A RabbitMQ server, or a cluster of them."""

    def __init__(self, url: str) -> None:
        self.where = without_password(url)
        self._parameters = parameters(url)

    def outbox(self, scope: str, queues: Sequence[str]) -> "RabbitOutbox":
        """A connection that publishes."""
        with _said():
            return RabbitOutbox(pika.BlockingConnection(self._parameters), self.where, scope, queues)

    def inbox(self, scope: str, queue: str, most: int) -> "RabbitInbox":
        """A connection that takes tickets of a queue."""
        with _said():
            connection = pika.BlockingConnection(self._parameters)
            try:
                return RabbitInbox(connection, scope, queue, most)
            except BaseException:
                _hang_up(connection)
                raise


def _name(scope: str, lane: str) -> str:
    return f"muster.{scope}.{lane}"


def _make(channel: Any, name: str) -> None:
    """Make a queue unless it is there."""
    kept = {"x-queue-type": "quorum", "x-expires": EXPIRES_MILLISECONDS}
    channel.queue_declare(name, durable=True, arguments=kept)


def _hang_up(connection: Any) -> None:
    try:
        if connection.is_open:
            connection.close()
    except (pika.exceptions.AMQPError, OSError, AssertionError):
        return


class RabbitOutbox:
    """Publishes, and makes the queues. What survives in them survives the server; a queue that is gone is noticed."""

    def __init__(self, connection: Any, where: str, scope: str, queues: Sequence[str]) -> None:
        self._connection = connection
        self._where = where
        self._scope = scope
        self._queues = queues
        self._publishing = connection.channel()
        self._publishing.confirm_delivery()
        self._looking = connection.channel()

    def epoch(self) -> tuple[str, frozenset[str]]:
        """The server's address, for its queues outlive it; and the queues that were not there."""
        with _said():
            return self._where, frozenset([queue for queue in self._queues if self._made(queue)])

    def _made(self, queue: str) -> bool:
        """Whether a queue had to be made, all of it or a lane."""
        made = False
        for lane in lanes(queue):
            try:
                self._look(lane)
            except pika.exceptions.ChannelClosedByBroker as error:
                self._looking = self._connection.channel()
                if error.reply_code != NOT_FOUND:
                    raise
                _make(self._looking, _name(self._scope, lane))
                made = True
        return made

    def _look(self, lane: str) -> int:
        found = self._looking.queue_declare(_name(self._scope, lane), passive=True)
        return int(found.method.message_count)

    def depth(self, queue: str) -> int:
        """How many tickets of a queue wait, and are with no worker yet."""
        with _said():
            return sum(self._look(lane) for lane in lanes(queue))

    def publish(self, lane: str, tickets: Sequence[Ticket]) -> None:
        """Publish tickets, each confirmed: a quorum of the cluster has it on its disks."""
        name, kept = _name(self._scope, lane), pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
        with _said():
            for ticket in tickets:
                self._publishing.basic_publish("", name, ticket.encode(), properties=kept, mandatory=True)

    def close(self) -> None:
        """Hang up."""
        _hang_up(self._connection)


class RabbitInbox:
    """Takes tickets, and acknowledges them when their jobs are settled: so RabbitMQ sends no more than there is room.

    A worker that is gone has RabbitMQ send them to another, which finds out that their rows are leased.
    """

    def __init__(self, connection: Any, scope: str, queue: str, most: int) -> None:
        self._connection = connection
        self._channel = connection.channel()
        self._came: deque[tuple[int, bytes]] = deque()
        self._out: dict[Ticket, int] = {}
        self._over: deque[Ticket] = deque()
        self._gone = False
        self._channel.basic_qos(prefetch_count=most)
        self._channel.add_on_cancel_callback(self._cancelled)
        for lane in lanes(queue):
            _make(self._channel, _name(scope, lane))
            self._channel.basic_consume(_name(scope, lane), self._arrived)

    def _cancelled(self, _: Any) -> None:
        self._gone = True

    def _arrived(self, _: Any, method: Any, __: Any, body: bytes) -> None:
        self._came.append((method.delivery_tag, body))

    def take(self, most: int, wait: float) -> list[Ticket]:
        """At most so many tickets; waits for the first if there is none."""
        with _said():
            self._acknowledge()
            self._connection.process_data_events(0 if self._came else wait)
            if self._gone:
                raise CarrierError("a queue was deleted")
            return self._unpacked(most)

    def _acknowledge(self) -> None:
        while self._over:
            tag = self._out.pop(self._over.popleft(), None)
            if tag is not None:
                self._channel.basic_ack(tag)

    def _unpacked(self, most: int) -> list[Ticket]:
        found: list[Ticket] = []
        while self._came and len(found) < most:
            tag, body = self._came.popleft()
            ticket = decode(body)
            if ticket is None or ticket in self._out:  # no ticket of ours, or one that came twice
                self._channel.basic_ack(tag)
                continue
            self._out[ticket] = tag
            found.append(ticket)
        return found

    def settled(self, ticket: Ticket) -> None:
        """Have a ticket acknowledged when tickets are taken next."""
        self._over.append(ticket)

    def close(self) -> None:
        """Hang up: what is out comes again, here or elsewhere."""
        _hang_up(self._connection)
