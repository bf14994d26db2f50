"""`/graphql` over HTTP (https://graphql.github.io/graphql-over-http/draft/): POST and GET, no mutation by GET."""

import logging
from datetime import datetime

import orjson
from graphql import GraphQLError, OperationType
from starlette.background import BackgroundTask
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from auth.identify import COOKIE, Identity, identity
from auth.origin import same_origin
from auth.token import TOUCH_EVERY, touch_token
from core.errors import DomainError, ErrorCode
from core.outage import RETRY_AFTER, outage_of
from core.runtime import Runtime
from resolvers.context import Context
from schema.body import Refusal, from_get, from_post, malformed
from schema.errors import Refused, formatted
from schema.execution import Answer, Prepared, prepare, refused, run
from schema.negotiation import GRAPHQL, JSON, choose, status_of

log = logging.getLogger(__name__)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The route of the endpoint."""
    return [Route("/graphql", Endpoint(runtime))]


class Endpoint:
    """The endpoint as an ASGI application, so that it answers for every method itself."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._touched: dict[int, datetime] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = HttpRequest(scope, receive)
        media_type = choose(request.headers.get("accept"))
        try:
            response = await self._answer(request, media_type)
        except Refusal as refusal:
            errors = formatted([GraphQLError(refusal.error.message, original_error=refusal.error)])
            response = respond({"errors": errors}, media_type or JSON, refusal.status, refusal.headers)
        except Exception as error:  # noqa: BLE001 (masked, logged with its id, and the process stays up)
            body = {"errors": formatted([GraphQLError(str(error), original_error=error)])}
            response = respond(body, media_type or JSON, status_of(body, GRAPHQL))
        await response(scope, receive, send)

    async def _answer(self, request: HttpRequest, media_type: str | None) -> Response:
        if request.method not in ("GET", "POST"):
            raise Refusal(405, _invalid("Use POST, or GET for queries."), {"allow": "GET, POST"})
        if media_type is None:
            raise Refusal(406, _invalid(f"Answers are {GRAPHQL} or {JSON}."))
        try:
            prepared = await self._prepared(request)
            who = await self._who(request)
            ctx = Context(self._runtime, who.actor)
            try:
                body = await run(ctx, prepared)
            finally:
                await ctx.close()
            return respond(body, media_type, status_of(body, media_type), background=self._touch(who))
        except Refused as refusal:
            body = refused(refusal)
            return respond(body, media_type, status_of(body, media_type))

    async def _prepared(self, request: HttpRequest) -> Prepared:
        if request.method == "GET":
            prepared = prepare(from_get(request))
            if prepared.kind is not OperationType.QUERY:
                raise Refusal(405, _invalid("Only queries are answered by GET."), {"allow": "POST"})
            return prepared
        given = await from_post(request, self._runtime.settings.max_body_bytes)
        prepared = prepare(given)
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise malformed("Subscriptions are not answered by POST.", "Open a WebSocket (graphql-transport-ws).")
        return prepared

    async def _who(self, request: HttpRequest) -> Identity:
        authorization, cookie = request.headers.get("authorization"), request.cookies.get(COOKIE)
        if authorization is None and cookie is not None and request.method == "POST":
            self._same_origin(request)
        reader = self._runtime.database.lookup()
        try:
            return await identity(reader, authorization, cookie)
        except DomainError as error:
            challenge = {"www-authenticate": 'Bearer realm="muster", error="invalid_token"'}
            raise Refusal(401, error, challenge) from error
        finally:
            await reader.close()

    def _same_origin(self, request: HttpRequest) -> None:
        """Refuse a browser's POST that another site made it send (CSRF): its cookie came along unasked."""
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

    def _touch(self, who: Identity) -> BackgroundTask | None:
        """Note after the answer that a token is in use; this process asks the database only now and then."""
        if who.token_id is None:
            return None
        now, last = self._runtime.database.clock.now(), self._touched.get(who.token_id)
        if last is not None and now - last < TOUCH_EVERY:
            return None
        self._touched[who.token_id] = now
        return BackgroundTask(self._note_use, who.token_id)

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
    sent = {"cache-control": "no-store", "content-type": f"{media_type}; charset=utf-8", **(headers or {})}
    if status == 401:  # noqa: PLR2004
        sent.setdefault("www-authenticate", 'Bearer realm="muster"')
    if status == 503:  # noqa: PLR2004
        sent.setdefault("retry-after", str(RETRY_AFTER))
    return Response(orjson.dumps(body), status, sent, background=background)


def _invalid(message: str) -> DomainError:
    return DomainError(ErrorCode.GRAPHQL_INVALID, message)
