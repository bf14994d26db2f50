"""`/graphql` over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST and GET, no mutation by GET.

Who asks for `text/event-stream` gets the answer as server-sent events (schema.sse): subscriptions only in that way.
"""

import logging
from datetime import datetime

import orjson
from graphql import GraphQLError, OperationType
from starlette.background import BackgroundTask
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.identify import COOKIE, Identity, identity
from auth.origin import same_origin
from auth.token import TOUCH_EVERY, touch_token
from core.errors import DomainError, ErrorCode
from core.outage import RETRY_AFTER, outage_of
from core.runtime import Runtime
from resolvers.context import Context
from schema.body import Refusal, from_get, from_post, malformed
from schema.errors import Refused, formatted
from schema.execution import Answer, Prepared, prepare_beside, refused, run
from schema.negotiation import EVENTS, GRAPHQL, JSON, choose, status_of, takes_events
from schema.sse import HEADERS, KEEP_ALIVE_SECONDS, Streams, whole
from schema.visitor import Visitor

log = logging.getLogger(__name__)


def routes(runtime: Runtime, *, keep_alive: float = KEEP_ALIVE_SECONDS) -> list[BaseRoute]:
    """The route of the endpoint. An event stream gets a comment every `keep_alive` seconds."""
    return [Route("/graphql", Endpoint(runtime, keep_alive))]


class Endpoint:
    """The endpoint as an ASGI application, so that it answers for every method itself."""

    def __init__(self, runtime: Runtime, keep_alive: float = KEEP_ALIVE_SECONDS) -> None:
        self._runtime = runtime
        self._streams = Streams(runtime, keep_alive)
        self._touched: dict[int, datetime] = {}

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
            ctx = Context(self._runtime, who.actor)
            try:
                body = await run(ctx, prepared)
            finally:
                await ctx.close()
            return respond(body, media_type, status_of(body, media_type), background=self._touch(who.token_id))
        except Refused as refusal:
            body = refused(refusal)
            return respond(body, media_type, status_of(body, media_type))

    async def _prepared(self, request: HttpRequest) -> Prepared:
        if request.method == "GET":
            prepared = await prepare_beside(from_get(request))
            if prepared.kind is OperationType.MUTATION:
                raise Refusal(405, _invalid("Nothing is changed by GET."), {"allow": "POST"})
            return prepared
        return await prepare_beside(await from_post(request, self._runtime.settings.max_body_bytes))

    async def _stream(self, request: HttpRequest, prepared: Prepared) -> ASGIApp:
        if not takes_events(request.headers.get("accept")):
            hint = f"Send Accept: {EVENTS}, or open a WebSocket (graphql-transport-ws)."
            raise malformed("A subscription has more than one answer.", hint)
        visitor = Visitor(self._runtime, *self._credentials(request, checked=True))
        try:
            await visitor.look()
        except DomainError as error:
            raise _challenged(error) from error
        note = self._touch(visitor.token_id)
        if note is not None:
            await note()
        return self._streams.open(visitor, prepared)

    async def _who(self, request: HttpRequest, *, checked: bool) -> Identity:
        authorization, cookie = self._credentials(request, checked=checked)
        reader = self._runtime.database.lookup()
        try:
            return await identity(reader, authorization, cookie)
        except DomainError as error:
            raise _challenged(error) from error
        finally:
            await reader.close()

    def _credentials(self, request: HttpRequest, *, checked: bool) -> tuple[str | None, str | None]:
        """The Authorization header and the session cookie; if `checked`, a cookie counts only from our own pages."""
        authorization, cookie = request.headers.get("authorization"), request.cookies.get(COOKIE)
        if checked and authorization is None and cookie is not None:
            self._same_origin(request)
        return authorization, cookie

    def _same_origin(self, request: HttpRequest) -> None:
        """Refuse a browser's request that another site made it send (CSRF): its cookie came along unasked."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        same = site == "same-origin"
        if origin is not None:
            same = same_origin(origin, request.headers.get("host"), self._runtime.settings.base_url)
        if not same or site not in (None, "same-origin"):
            refused = DomainError(
                ErrorCode.FORBIDDEN,
                "This was sent by a page of another site.",
                hint="Scripts send a token in the Authorization header and no cookie.",
            )
            raise Refusal(403, refused)

    def _touch(self, token_id: int | None) -> BackgroundTask | None:
        """What notes that a token is in use; this process asks the database only now and then."""
        if token_id is None:
            return None
        now, last = self._runtime.database.clock.now(), self._touched.get(token_id)
        if last is not None and now - last < TOUCH_EVERY:
            return None
        self._touched[token_id] = now
        return BackgroundTask(self._note_use, token_id)

    async def _note_use(self, token_id: int) -> None:
        try:
            await touch_token(self._runtime.database, token_id)
        except Exception as error:
            if outage_of(error) is None:
                log.exception("the use of token %s was not noted", token_id)


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
    sent = {"cache-control": "no-store", "content-type": f"{media_type}; charset=utf-8", **(headers or {})}
    if status == 401:  # noqa: PLR2004
        sent.setdefault("www-authenticate", 'Bearer realm="muster"')
    if status == 503:  # noqa: PLR2004
        sent.setdefault("retry-after", str(RETRY_AFTER))
    return Response(orjson.dumps(body), status, sent, background=background)


def _challenged(error: DomainError) -> Refusal:
    """What is said to credentials that are no good (RFC 6750, section 3)."""
    return Refusal(401, error, {"www-authenticate": 'Bearer realm="muster", error="invalid_token"'})


def _invalid(message: str) -> DomainError:
    return DomainError(ErrorCode.GRAPHQL_INVALID, message)
