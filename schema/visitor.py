"""Who is on a socket. A socket lives long, so that is asked again, and not only when it opens."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

from auth.actor import ANONYMOUS, Actor
from auth.cookies import SESSION, read_cookie
from auth.identify import NOBODY, Identity, identify_by
from auth.origin import foreign_page, same_origin
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.feed import FeedRow
from core.outage import tell
from core.runtime import Runtime, changes_access
from schema.socket_message import malformed


class Visitor:
    """One client's credentials, and whom they stand for at present."""

    def __init__(self, runtime: Runtime, client: Client, authorization: str | None, cookie: str | None) -> None:
        self.identity: Identity = NOBODY
        self.client = client
        self._runtime = runtime
        self._authorization = authorization
        self._cookie = cookie

    @property
    def actor(self) -> Actor:
        """Who it was at the last look."""
        return self.identity.actor

    async def look(self) -> Actor:
        """Who it is now. UNAUTHENTICATED when credentials are unknown, or were good and no longer are."""
        looking = self._runtime.live.lookup
        who = await identify_by(self._runtime, looking, self.client, self._authorization, self._cookie)
        if who.actor == ANONYMOUS and self.actor != ANONYMOUS:
            raise DomainError(ErrorCode.UNAUTHENTICATED, "Your session has ended.", hint="Sign in again.")
        self.identity = who
        return who.actor

    async def changes(self) -> AsyncGenerator[Actor, None]:
        """The actor after each look: every `beat` seconds, and at once when somebody's access may have changed.

        Ends with UNAUTHENTICATED. When the database is away, it looks again later: nothing can be read then anyway.
        """
        doubt = asyncio.Event()

        def read(rows: Sequence[FeedRow]) -> None:
            if not rows or any(changes_access(row.kind) for row in rows):
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
                    tell(error, "can't ask who is on a socket, asking again")
        finally:
            stop()


def visitor(runtime: Runtime, connection: HTTPConnection, payload: object) -> Visitor:
    """The visitor who opens a socket with this handshake and this payload of connection_init.

    FORBIDDEN for the session of a person on whose behalf a page of somebody else opens a socket: a browser sends our
    cookie with it, and names that page's origin (RFC 6455, section 10.2). ProtocolError if the payload is malformed.
    """
    headers = connection.headers
    given = payload if isinstance(payload, dict) else {}
    authorization = given.get("Authorization", given.get("authorization", headers.get("authorization")))
    if authorization is not None and not isinstance(authorization, str):
        raise malformed("Authorization is a string")
    cookie = read_cookie(runtime.settings, connection.cookies, SESSION) if authorization is None else None
    ours = same_origin(headers.get("origin", ""), headers.get("host"), runtime.settings.base_url)
    if cookie is not None and not ours:
        raise foreign_page()
    return Visitor(runtime, Client.of(connection), authorization, cookie)
