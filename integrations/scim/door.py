"""The door for a company's directory: who may come in, how often, and what becomes of what goes wrong inside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from auth.actor import ANONYMOUS, Actor
from auth.identify import Identity, identify, unbound
from auth.limits import charge
from auth.permission import Permission, require
from auth.use import Uses
from core.client import Client
from core.db import Reader
from core.errors import DomainError
from core.refusals import REFUSED
from core.runtime import Runtime
from integrations.scim.answers import NOT_MODIFIED, error_of
from integrations.scim.body import RefusedRequestError, read_object

READING_COSTS = 200
"""Units of cost (auth.limits) of a request that reads: an actor's minute has room for 5,000 of them."""
WRITING_COSTS = 500


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who may administer people."""

    runtime: Runtime
    request: Request
    client: Client
    who: Identity

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.who.actor

    @property
    def base(self) -> str:
        """The base of every address, without a trailing slash."""
        return self.runtime.settings.base_url

    @property
    def id(self) -> str:
        """The id in the URL."""
        return str(self.request.path_params["id"])

    async def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        return await read_object(self.request, self.runtime.settings.max_body_bytes)

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Reads of one snapshot."""
        return self.runtime.database.reading()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[AsyncSession]:
        """A unit of work that is asked for by this request."""
        async with self.runtime.database.unit_of_work(self.client) as session:
            session.info["identity"] = self.who
            yield session

    def current(self) -> Callable[[str], bool] | None:
        """Whether a version is one of If-Match; None without that header (RFC 7644 §3.14, RFC 9110 §13.1.1)."""
        return _versions(self.request.headers.get("if-match"))

    def unmodified(self, response: Response) -> Response:
        """304 in place of an answer that the client has already (If-None-Match)."""
        known, version = _versions(self.request.headers.get("if-none-match")), response.headers.get("etag")
        if known is None or version is None or not known(_bare(version)):
            return response
        return Response(status_code=NOT_MODIFIED, headers={"etag": version, "cache-control": "no-store"})


Handler = Callable[[Visit], Awaitable[Response]]


def _versions(header: str | None) -> Callable[[str], bool] | None:
    if header is None:
        return None
    if header.strip() == "*":
        return lambda _: True
    named = {_bare(each) for each in header.split(",")}
    return lambda version: version in named


def _bare(tag: str) -> str:
    """A version without the marks of an entity tag: they are compared weakly."""
    return tag.strip().removeprefix("W/").strip('"')


class Door:
    """One route, as an ASGI application: it answers for every method, and for whoever comes, in SCIM's words."""

    def __init__(self, runtime: Runtime, uses: Uses, path: str, handlers: Mapping[str, Handler]) -> None:
        self._runtime = runtime
        self._uses = uses
        self._path = path
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        client, who = Client.of(request), Identity(ANONYMOUS)
        try:
            who = await self._let_in(request, client)
            handler = self._handlers.get(request.method) or self._handlers.get("*")
            if handler is None:
                return self._no_such_method()
            response = await handler(Visit(self._runtime, request, client, who))
        except Exception as error:  # noqa: BLE001 (every error is told in SCIM's words, the unforeseen ones masked)
            if isinstance(error, DomainError) and error.code in REFUSED:
                self._runtime.refusals.note(who.actor, client, error.code, f"{request.method} {self._path}")
            response = error_of(error)
        if self._uses.due(who):
            response.background = BackgroundTask(self._uses.note, who, client)
        return response

    async def _let_in(self, request: Request, client: Client) -> Identity:
        """Who asks: by a bearer token only, and none that is bound to documents, because this is no document."""
        who = await identify(self._runtime, client, authorization=request.headers.get("authorization"), cookie=None)
        cost = READING_COSTS if request.method == "GET" else WRITING_COSTS
        charge(self._runtime, who.actor, client, cost)
        require(who.actor, Permission.ADMINISTER_PEOPLE)
        return unbound(who)

    def _no_such_method(self) -> Response:
        allowed = ", ".join(sorted(self._handlers))
        response = error_of(RefusedRequestError(405, f"This takes {allowed}."))
        response.headers["allow"] = allowed
        return response
