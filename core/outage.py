"""Whether an error means that the database can't serve at the moment: the one place that knows (ADR 0008).

Away, starting, shutting down, read-only, out of space, out of connections: nothing about the request is wrong, and it
is likely to succeed later. Every doorway answers it with 503 and UNAVAILABLE; jobs are put off and subscriptions wait.
"""

import asyncio
import errno
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import asyncpg
from sqlalchemy.exc import DBAPIError

from core.errors import DomainError, ErrorCode

T = TypeVar("T")

RETRY_AFTER = 2
"""Seconds after which clients are asked to come again: a crash recovery of a small database takes about one."""

PAUSE = 0.3
"""Seconds between two attempts of a reader that waits for the database."""

TELL_EVERY = 10.0
"""Seconds between two lines of the log that say the same."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY = "25006"
FULL = "53100"
CLASSES = ("08", "53", "57P", "58030")
"""Connection exceptions, insufficient resources, operator intervention (shutdown, starting up), input/output error."""

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

_told: dict[str, float] = {}

log = logging.getLogger("muster")


class NoDatabaseError(ConnectionError):
    """No connection could be made, for whatever reason; the message is PostgreSQL's or the system's."""


async def connect(*arguments: Any, **options: Any) -> Any:
    """As `asyncpg.connect`, but whatever prevents it is a NoDatabaseError: refused, no answer in time, no such name.

    TLS as libpq calls it (`sslmode=require`, `sslrootcert`, …) may be among the options: asyncpg knows it in an address
    only, and addresses of managed databases have it.
    """
    tls = {name: options.pop(name) for name in tuple(options) if name.startswith("ssl") and name != "ssl"}
    if tls:
        options["dsn"] = f"postgresql://?{urlencode(tls)}"
    try:
        return await asyncpg.connect(*arguments, **options)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise NoDatabaseError(str(error) or type(error).__name__) from error


def outage_of(error: BaseException | None) -> DomainError | None:
    """What to tell a client about an error that means an outage; None for every other error.

    An outage may come between a commit and its answer, so it is never said that nothing was written.
    """
    reason = _reason(error)
    if reason is None:
        return None
    return DomainError(
        ErrorCode.UNAVAILABLE,
        f"Muster's database {reason}.",
        hint="Nothing is wrong with your request. Send it again soon; with an idempotencyKey that is always safe.",
    )


def _reason(error: BaseException | None) -> str | None:
    if isinstance(error, DBAPIError):
        state = getattr(error.driver_exception, "sqlstate", None)
        return _by_state(state) or ("does not answer" if error.connection_invalidated else None)
    state = getattr(error, "sqlstate", None)  # asyncpg's, and psycopg's
    if state is not None:
        return _by_state(state)
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return "has no space left"
    return "does not answer" if isinstance(error, ConnectionError | asyncpg.InterfaceError) else None


def _by_state(state: str | None) -> str | None:
    if state == READ_ONLY:
        return "takes no changes at the moment; reading works"
    if state == FULL:
        return "has no space left; reading works"
    return "does not answer" if state is not None and state.startswith(CLASSES) else None


def tell(error: BaseException, what: str = "the database can't serve") -> None:
    """Log an outage in one line, at most every ten seconds for each kind: there are as many as there are requests."""
    line = f"{what}: {(str(error) or type(error).__name__).splitlines()[0][:200]}"
    now = time.monotonic()
    if now - _told.get(line, -TELL_EVERY) >= TELL_EVERY:
        if len(_told) > 100:  # noqa: PLR2004 (lines may hold numbers)
            _told.clear()
        _told[line] = now
        log.warning("%s", line)


async def through_outages(read: Callable[[], Awaitable[T]]) -> T:
    """What `read` gives, tried again until the database is back. For who stays connected; never for a change."""
    while True:
        try:
            return await read()
        except Exception as error:
            if outage_of(error) is None:
                raise
            tell(error)
        await asyncio.sleep(PAUSE * random.uniform(1, 2))  # noqa: S311 (so that a thousand don't come back as one)
