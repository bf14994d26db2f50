"""Who is on a socket. A socket lives long, so that is asked again, and not only when it opens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from auth.actor import ANONYMOUS, Actor
from auth.identify import COOKIE, identity
from auth.origin import same_origin
from core.errors import DomainError, ErrorCode
from core.feed import FeedRow
from core.runtime import Runtime
from schema.socket_message import malformed

ACCESS = ("setting.", "access.", "person.")
"""Kinds of events after which somebody may no longer be allowed what they were."""

log = logging.getLogger(__name__)


class Visitor:
    """One client's credentials, and whom they stand for at present."""

    def __init__(self, runtime: Runtime, authorization: str | None, cookie: str | None) -> None:
        self.actor: Actor = ANONYMOUS
        self.token_id: int | None = None
        self._runtime = runtime
        self._authorization = authorization
        self._cookie = cookie

    async def look(self) -> Actor:
        """Who it is now. UNAUTHENTICATED when credentials are unknown, or were good and no longer are."""
        async with self._runtime.live.lookup() as reader:
            who = await identity(reader, self._authorization, self._cookie)
        if who.actor == ANONYMOUS and self.actor != ANONYMOUS:
            raise DomainError(ErrorCode.UNAUTHENTICATED, "Your session has ended.", hint="Sign in again.")
        self.actor, self.token_id = who.actor, who.token_id
        return who.actor

    async def changes(self) -> AsyncGenerator[Actor, None]:
        """The actor after each look: every `beat` seconds, and at once when somebody's access may have changed.

        Ends with UNAUTHENTICATED. When the database is away, it looks again later: nothing can be read then anyway.
        """
        doubt = asyncio.Event()

        def read(rows: Sequence[FeedRow]) -> None:
            if not rows or any(row.kind.startswith(ACCESS) for row in rows):
                doubt.set()

        stop = self._runtime.live.watch(read)
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._runtime.live.beat):
                        await doubt.wait()
                doubt.clear()
                try:
                    yield await self.look()
                except (OSError, SQLAlchemyError) as error:
                    log.warning("can't ask who is on a socket, asking again: %s", error)
        finally:
            stop()


def visitor(runtime: Runtime, headers: Mapping[str, str], cookies: Mapping[str, str], payload: object) -> Visitor:
    """The visitor who opens a socket with this handshake and this payload of connection_init.

    FORBIDDEN for the session of a person on whose behalf a page of somebody else opens a socket: a browser sends our
    cookie with it, and names that page's origin (RFC 6455, section 10.2). ProtocolError if the payload is malformed.
    """
    given = payload if isinstance(payload, dict) else {}
    authorization = given.get("Authorization", given.get("authorization", headers.get("authorization")))
    if authorization is not None and not isinstance(authorization, str):
        raise malformed("Authorization is a string")
    cookie = cookies.get(COOKIE) if authorization is None else None
    ours = same_origin(headers.get("origin", ""), headers.get("host"), runtime.settings.base_url)
    if cookie is not None and not ours:
        raise DomainError(ErrorCode.FORBIDDEN, "This page may not use the session of Muster.")
    return Visitor(runtime, authorization, cookie)
