"""What the doors of all hooks share: a gate, bodies that are bounded, and the word to come again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from core.body import BodyError, BodyFault, read_bytes
from core.errors import DomainError, ErrorCode
from core.outage import outage_of, tell
from integrations.overload import passes
from integrations.refusal import Reason, Refusal

BODY_SECONDS = 10
"""How long a body may take to arrive."""

WAITING = 4
"""How many deliveries may wait for each that is being stored."""


class Gate:
    """Lets so many in at a time, and some wait; whoever comes on top is told to come again."""

    def __init__(self, running: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(running)
        self._capacity = running + waiting
        self._inside = 0

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Within the gate. Refusal when the waiting room is full."""
        if self._inside >= self._capacity:
            raise _busy()
        self._inside += 1
        try:
            async with self._slots:
                yield
        finally:
            self._inside -= 1


async def read_body(request: Request, limit: int, hint: str | None = None) -> bytes:
    """The body, of at most `limit` bytes; reading stops there. Refusal for one that is larger, too slow, or cut off.

    `hint`: what to do about one that is larger.
    """
    try:
        return await read_bytes(request, limit=limit, seconds=BODY_SECONDS)
    except BodyError as error:
        match error.fault:
            case BodyFault.TOO_LARGE:
                raise _too_large(limit, hint) from error
            case BodyFault.TOO_SLOW:
                raise Refusal(Reason.TOO_SLOW, f"The body did not arrive within {BODY_SECONDS} s.") from error
            case BodyFault.BROKEN_OFF:
                broken = "The connection was closed before the body was complete."
                raise Refusal(Reason.BROKEN_OFF, broken) from error


@asynccontextmanager
async def come_again() -> AsyncIterator[None]:
    """Turns failures that pass into a refusal that has the sender deliver again."""
    try:
        yield
    except DomainError as error:
        if error.code is not ErrorCode.CONFLICT:
            raise
        raise _busy() from error
    except Exception as error:
        if not passes(error):
            raise
        outage = outage_of(error)
        if outage is None:
            raise _busy() from error
        tell(error)
        again = "Send it again: what was stored already is not stored twice."
        raise Refusal(Reason.UNAVAILABLE, outage.message, hint=again) from error


def _busy() -> Refusal:
    return Refusal(
        Reason.OVERLOADED, "Muster can't take this at the moment.", hint="Nothing was stored; send it again."
    )


def _too_large(limit: int, hint: str | None) -> Refusal:
    return Refusal(Reason.TOO_LARGE, f"A body has at most {limit:,} bytes.", hint=hint)
