"""Whether a failure means “come again in a moment”: too much to do, a wait that took too long, a database away."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from actions.violations import COLLISIONS, TOO_LONG
from core.outage import outage_of


def passes(error: Exception) -> bool:
    """Whether the same request is likely to succeed soon, because the fault is neither its own nor a bug."""
    cause = error.driver_exception if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    busy = state in COLLISIONS or state in TOO_LONG or isinstance(error, PoolTimeout | TimeoutError)
    return busy or outage_of(error) is not None
