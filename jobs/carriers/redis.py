"""Tickets through Redis or Valkey: a list for each lane. The server must be 6.2 or newer (LPOP with a count)."""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core.broker_settings import without_password
from jobs.carriers.carrier import AWAY_SECONDS, CarrierError, Ticket, decode, lanes

ANSWER_SECONDS = 5.0
"""What an answer may take, beyond what we ask it to wait."""
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
KEPT_SECONDS = 7 * 24 * 3600
"""After which Redis forgets the lists of a database that is gone."""

POP = """
local found = {}
for _, key in ipairs(KEYS) do
  local room = tonumber(ARGV[1]) - #found
  if room > 0 then
    for _, body in ipairs(redis.call('lpop', key, room) or {}) do
      table.insert(found, body)
    end
  end
end
return found
"""
"""Takes from several lists, in their order, in one round trip."""

LASTING = (redis.AuthenticationError, redis.exceptions.NoPermissionError, redis.ResponseError, ssl.SSLError)
PASSING = (redis.exceptions.OutOfMemoryError, redis.exceptions.ReadOnlyError, redis.exceptions.BusyLoadingError)


@contextmanager
def _said() -> Iterator[None]:
    """What goes wrong with Redis, in our words."""
    try:
        yield
    except redis.RedisError as error:
        causes = (error, error.__cause__, error.__context__)
        lasting = any(isinstance(cause, LASTING) and not isinstance(cause, PASSING) for cause in causes)
        raise CarrierError(str(error).splitlines()[0] or type(error).__name__, lasting=lasting) from error
    except (OSError, ValueError, TypeError) as error:  # of files that the address names; unknown parameters of it
        raise CarrierError(f"{type(error).__name__}: {error}", lasting=True) from error


class RedisCarrier:
    """A Redis or Valkey server. CarrierError if a file of its certificates is not there."""

    def __init__(self, url: str) -> None:
        for name, value in parse_qsl(urlsplit(url).query):
            if name in FILES and not Path(value).is_file():
                raise CarrierError(f"{name}={value} is no file that can be read here", lasting=True)
        self._url = url
        self.where = without_password(url)

    def outbox(self, scope: str, queues: Sequence[str]) -> "RedisOutbox":  # noqa: ARG002 (lists need not be made)
        """A connection that publishes."""
        return RedisOutbox(self._client(), scope)

    def inbox(self, scope: str, queue: str, most: int) -> "RedisInbox":  # noqa: ARG002 (what is taken is gone)
        """A connection that takes tickets of a queue."""
        return RedisInbox(self._client(), scope, queue)

    def _client(self) -> Any:
        with _said():
            client = redis.Redis.from_url(
                self._url,
                socket_connect_timeout=AWAY_SECONDS,
                socket_timeout=ANSWER_SECONDS,
                socket_keepalive=True,
                single_connection_client=False,
                retry=Retry(NoBackoff(), 0),
                client_name="muster",
            )
            client.ping()
            return client


def _key(scope: str, lane: str) -> str:
    return f"muster:{scope}:{lane}"


class RedisOutbox:
    """Publishes. A key that a flush takes away tells one life of the server from the next."""

    def __init__(self, client: Any, scope: str) -> None:
        self._client = client
        self._scope = scope

    def epoch(self) -> tuple[str, frozenset[str]]:
        """In which life the server is."""
        key = _key(self._scope, "epoch")
        with _said():
            self._client.set(key, uuid4().hex, nx=True)
            return self._client.getex(key, ex=KEPT_SECONDS).decode(), frozenset()

    def depth(self, queue: str) -> int:
        """How many tickets of a queue wait."""
        with _said():
            return sum(self._client.llen(_key(self._scope, lane)) for lane in lanes(queue))

    def publish(self, lane: str, tickets: Sequence[Ticket]) -> None:
        """Append tickets to a list."""
        key = _key(self._scope, lane)
        with _said(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.rpush(key, *(ticket.encode() for ticket in tickets))
            pipeline.expire(key, KEPT_SECONDS)
            pipeline.execute()

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class RedisInbox:
    """Takes tickets away: one that its taker loses is published again when the row's lease is over."""

    def __init__(self, client: Any, scope: str, queue: str) -> None:
        self._client = client
        self._keys = [_key(scope, lane) for lane in lanes(queue)]
        self._pop = client.register_script(POP)

    def take(self, most: int, wait: float) -> list[Ticket]:
        """At most so many tickets; waits for the first if there is none."""
        with _said():
            found = self._at_once(most)
            if not found and wait > 0:  # 0 would mean for ever
                first = self._client.blpop(self._keys, timeout=wait)
                found = [first[1], *self._at_once(most - 1)] if first is not None else []
        return [ticket for body in found if (ticket := decode(body)) is not None]

    def _at_once(self, most: int) -> list[bytes]:
        found: list[bytes] = self._pop(keys=self._keys, args=[most]) if most else []
        return found

    def settled(self, ticket: Ticket) -> None:
        """Nothing: what was taken is gone."""

    def close(self) -> None:
        """Hang up."""
        self._client.close()
