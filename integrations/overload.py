"""Whether a failure means “come again in a moment”: too much to do, a wait that took too long, a database away."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actions.violations import COLLISIONS, SHUTDOWN, TOO_LONG

# https://www.postgresql.org/docs/current/errcodes-appendix.html
CONNECTION = "08"
RESOURCES = "53"


def passes(error: Exception) -> bool:
    """Whether the same request is likely to succeed soon, because the fault is neither its own nor a bug."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _passes(getattr(error.driver_exception, "sqlstate", None))
    if isinstance(error, asyncpg.PostgresError):
        return _passes(error.sqlstate)
    return isinstance(error, PoolTimeout | OSError | TimeoutError | asyncpg.InterfaceError)


def _passes(state: str | None) -> bool:
    if state is None:
        return False
    return state in COLLISIONS or state in TOO_LONG or state.startswith((CONNECTION, RESOURCES, SHUTDOWN))
