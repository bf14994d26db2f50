"""Reading the body of a request that anybody may have sent: bounded in bytes and in time."""

import asyncio
from enum import StrEnum

from starlette.requests import ClientDisconnect, Request

DIGITS = 20
"""More digits than a length can have (2^63)."""


class BodyFault(StrEnum):
    """What can be wrong with a body before anybody looked into it."""

    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    BROKEN_OFF = "broken off"


class BodyError(Exception):
    """A body that was not read to its end."""

    def __init__(self, fault: BodyFault) -> None:
        super().__init__(f"the body is {fault}")
        self.fault = fault


async def read_bytes(request: Request, *, limit: int, seconds: float) -> bytes:
    """The body, of at most `limit` bytes, within so many seconds. Reading stops there: BodyError."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < DIGITS and int(declared) > limit:
        raise BodyError(BodyFault.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise BodyError(BodyFault.TOO_LARGE)
    except TimeoutError as error:
        raise BodyError(BodyFault.TOO_SLOW) from error
    except ClientDisconnect as error:
        raise BodyError(BodyFault.BROKEN_OFF) from error
    return bytes(body)
