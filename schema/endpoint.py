"""`/graphql` over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST and GET, no mutation by GET.

Who asks for `text/event-stream` gets the answer as server-sent events (schema.sse): subscriptions only in that way.
"""

import hashlib
from dataclasses import replace

import orjson
from graphql import GraphQLError, OperationType
from starlette.background import BackgroundTask
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.cookies import SESSION, read_cookie
from auth.identify import Identity, identify
from auth.origin import foreign_page, from_our_page
from auth.use import Uses
from core.client import Client
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.http_status import UNAUTHORIZED, headers_of, status_of_error
from core.runtime import Runtime
from resolvers.context import Context
from schema.body import Refusal, from_get, from_post, malformed
from schema.errors import Refused, cause_of, formatted, without_suggestions
from schema.execution import Answer, Prepared, Request, prepare_beside, refused, registered, run
from schema.negotiation import EVENTS, GRAPHQL, JSON, choose, status_of, takes_events
from schema.refusals import note_credentials
from schema.sse import HEADERS, KEEP_ALIVE_SECONDS, Streams, whole
from schema.trusted import remember, resolved
from schema.visitor import Visitor

TIMING = "X-Muster-Timing"
"""With 1, admins get `extensions.timing`; so does `"extensions": {"timing": true}` in the request."""


def routes(runtime: Runtime, *, keep_alive: float = KEEP_ALIVE_SECONDS) -> list[BaseRoute]:
    """The route of the endpoint. An event stream gets a comment every `keep_alive` seconds."""
    return [Route("/graphql", Endpoint(runtime, keep_alive))]


class Endpoint:
    """The endpoint as an ASGI application, so that it answers for every method itself."""

    def __init__(self, runtime: Runtime, keep_alive: float = KEEP_ALIVE_SECONDS) -> None:
        self._runtime = runtime
        self._streams = Streams(runtime, keep_alive)
        self._uses = Uses(runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = HttpRequest(scope, receive)
        media_type = choose(request.headers.get("accept"))
        plain = JSON if media_type in (None, EVENTS) else media_type
        try:
            response = await self._answer(request, media_type)
        except Refusal as refusal:
            errors = formatted([GraphQLError(refusal.error.message, original_error=refusal.error)])
            response = respond({"errors": errors}, plain, refusal.status, refusal.headers)
        except Exception as error:  # noqa: BLE001 (masked, logged with its id, and the process stays up)
            body = {"errors": formatted([GraphQLError(str(error), original_error=error)])}
            response = respond(body, plain, status_of(body, GRAPHQL))
        await response(scope, receive, send)

    async def _answer(self, request: HttpRequest, media_type: str | None) -> ASGIApp:
        if request.method not in ("GET", "POST"):
            raise Refusal(405, _invalid("Use POST, or GET for queries."), {"allow": "GET, POST"})
        if media_type is None:
            raise Refusal(406, _invalid(f"Answers are {GRAPHQL}, {JSON} or {EVENTS}."))
        try:
            prepared = await self._prepared(request)
            if prepared.kind is OperationType.SUBSCRIPTION:
                return await self._stream(request, prepared)
            who = await self._who(request, checked=request.method == "POST" or media_type == EVENTS)
            remember(self._runtime.database, prepared.request, who.actor)
            client = Client.of(request)
            ctx = Context(self._runtime, who.actor, client=client, identity=who)
            try:
                body = await run(ctx, prepared)
            finally:
                await ctx.close()
            status, touch = status_of(body, media_type), self._touch(who, client)
            if request.method == "GET" and media_type != EVENTS:
                tag = await tag_of(self._runtime.database, prepared.request, body, media_type)
                if tag is not None:
                    return tagged(request.headers.get("if-none-match"), body, media_type, tag, touch)
            return respond(body, media_type, status, background=touch)
        except Refused as refusal:
            body = refused(refusal if await self._knows_the_schema(request) else without_suggestions(refusal))
            status = status_of(body, media_type)
            return respond(body, media_type, status, headers_of(status, cause_of(refusal.errors[0])))

    async def _knows_the_schema(self, request: HttpRequest) -> bool:
        """Whether its names may be told: in development to everybody, elsewhere to whoever has credentials."""
        if self._runtime.settings.development:
            return True
        try:
            return (await self._who(request, checked=False)).actor.access_role is not None
        except Refusal:
            return False

    async def _prepared(self, request: HttpRequest) -> Prepared:
        if request.method == "GET":
            prepared = await prepare_beside(await self._resolved(request, from_get(request)))
            if prepared.kind is OperationType.MUTATION:
                raise Refusal(405, _invalid("Nothing is changed by GET."), {"allow": "POST"})
            return prepared
        sent = await from_post(request, self._runtime.settings.max_body_bytes)
        return await prepare_beside(await self._resolved(request, sent))

    async def _resolved(self, request: HttpRequest, sent: Request) -> Request:
        """What was sent, with its document, and with what its headers ask for."""
        found = await resolved(self._runtime.database, sent)
        return replace(found, timed=True) if request.headers.get(TIMING) == "1" else found

    async def _stream(self, request: HttpRequest, prepared: Prepared) -> ASGIApp:
        if not takes_events(request.headers.get("accept")):
            hint = f"Send Accept: {EVENTS}, or open a WebSocket (graphql-transport-ws)."
            raise malformed("A subscription has more than one answer.", hint)
        visitor = Visitor(self._runtime, Client.of(request), *self._credentials(request, checked=True))
        try:
            await visitor.look()
        except DomainError as error:
            raise self._challenged(request, error) from error
        remember(self._runtime.database, prepared.request, visitor.actor)
        note = self._touch(visitor.identity, visitor.client)
        if note is not None:
            await note()
        return self._streams.open(visitor, prepared)

    async def _who(self, request: HttpRequest, *, checked: bool) -> Identity:
        authorization, cookie = self._credentials(request, checked=checked)
        try:
            return await identify(self._runtime, Client.of(request), authorization=authorization, cookie=cookie)
        except DomainError as error:
            raise self._challenged(request, error) from error

    def _challenged(self, request: HttpRequest, error: DomainError) -> Refusal:
        """What is said to credentials that are no good (RFC 6750, section 3)."""
        self._note(request, error)
        status = status_of_error(error)
        if status == UNAUTHORIZED:
            return Refusal(status, error, {"www-authenticate": 'Bearer realm="muster", error="invalid_token"'})
        return Refusal(status, error, headers_of(status, error))

    def _note(self, request: HttpRequest, error: DomainError) -> None:
        note_credentials(self._runtime, Client.of(request), error, f"{request.method} /graphql")

    def _credentials(self, request: HttpRequest, *, checked: bool) -> tuple[str | None, str | None]:
        """The Authorization header and the session cookie; if `checked`, a cookie counts only from our own pages."""
        authorization, cookie = request.headers.get("authorization"), self._cookie(request)
        if checked and authorization is None and cookie is not None:
            self._same_origin(request)
        return authorization, cookie

    def _same_origin(self, request: HttpRequest) -> None:
        """Refuse a browser's request that another site made it send (CSRF): its cookie came along unasked."""
        if not from_our_page(request.headers, self._runtime.settings.base_url):
            refused = foreign_page()
            self._note(request, refused)
            raise Refusal(403, refused)

    def _cookie(self, request: HttpRequest) -> str | None:
        return read_cookie(self._runtime.settings, request.cookies, SESSION)

    def _touch(self, who: Identity, client: Client) -> BackgroundTask | None:
        """What notes that a credential is in use; this process asks the database only now and then."""
        return BackgroundTask(self._uses.note, who, client) if self._uses.due(who) else None


def respond(
    body: Answer,
    media_type: str,
    status: int,
    headers: dict[str, str] | None = None,
    background: BackgroundTask | None = None,
) -> Response:
    """An answer as bytes. 401 says how to sign in, 503 when to come again (RFC 9110)."""
    if media_type == EVENTS:
        return Response(whole(body), status, {"content-type": f"{EVENTS}; charset=utf-8", **HEADERS}, None, background)
    own = {"cache-control": "no-store", "content-type": f"{media_type}; charset=utf-8"}
    sent = {**own, **headers_of(status), **(headers or {})}
    return Response(orjson.dumps(body), status, sent, background=background)


async def tag_of(database: Database, request: Request, body: Answer, media_type: str) -> str | None:
    """What an answer without errors is known by, if the document is registered; else None.

    Weak (RFC 9110 §8.8.1): what is left of a budget and how long it took are no part of it.
    """
    if "errors" in body or await registered(database, request, sure=bool(request.digest)) is None:
        return None
    said = hashlib.sha256(media_type.encode() + orjson.dumps(body["data"]))
    return f'W/"{said.hexdigest()[:32]}"'


def tagged(
    known: str | None, body: Answer, media_type: str, tag: str, background: BackgroundTask | None = None
) -> Response:
    """An answer that its client may keep and ask about; 304 if the client has it already."""
    headers = {"etag": tag, "cache-control": "private, no-cache", "vary": "Accept, Authorization, Cookie"}
    if known is not None and tag in {each.strip() for each in known.split(",")}:
        return Response(status_code=304, headers=headers, background=background)
    return respond(body, media_type, 200, headers, background)


def _invalid(message: str) -> DomainError:
    return DomainError(ErrorCode.GRAPHQL_INVALID, message)
