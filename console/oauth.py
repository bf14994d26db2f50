"""The doorway for OAuth 2.0 clients: tokens, devices, revocation, and the metadata that leads there (ADR 0010)."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from actions.oauth.metadata import METADATA_PATH, metadata
from actions.oauth.server import DEVICE_PATH, REVOKE_PATH, TOKEN_PATH, answer_oauth
from auth.actor import ANONYMOUS
from console.form import FormError, read_form
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.outage import RETRY_AFTER, outage_of, tell
from core.runtime import Runtime

UNSTORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""RFC 6749 §5.1: of every answer that may hold a secret, and of every error."""

DENIED = {
    "invalid_client": ErrorCode.UNAUTHENTICATED,
    "invalid_grant": ErrorCode.UNAUTHENTICATED,
    "unauthorized_client": ErrorCode.FORBIDDEN,
    "invalid_scope": ErrorCode.FORBIDDEN,
}
"""The errors of RFC 6749 §5.2 that are refusals for want of a right: auditors hear of them."""


async def about(request: Request) -> Response:
    """Where everything is (RFC 8414 §3)."""
    runtime: Runtime = request.app.state.runtime
    return JSONResponse(metadata(runtime.settings.base_url), headers={"Cache-Control": "max-age=3600"})


async def endpoint(request: Request) -> Response:
    """The answer of the authorization server to a form; it is committed before it is sent."""
    runtime: Runtime = request.app.state.runtime
    try:
        form = await read_form(request)
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            answer = await answer_oauth(
                session, runtime.settings.base_url, request.url.path, form, request.headers.get("authorization")
            )
    except FormError as error:
        return _refused("invalid_request", str(error), error.status)
    except DomainError as error:
        if error.code is not ErrorCode.RATE_LIMITED:
            raise
        return _refused("temporarily_unavailable", error.message, 429, {"Retry-After": "60"})
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        tell(error)
        return _refused("temporarily_unavailable", outage.message, 503, {"Retry-After": str(RETRY_AFTER)})
    code = DENIED.get(str(answer.body.get("error")))
    if code is not None:
        runtime.refusals.note(ANONYMOUS, Client.of(request), code, f"POST {request.url.path}")
    return _json(answer.body, answer.status, dict(answer.headers))


def _refused(error: str, why: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return _json({"error": error, "error_description": why.replace('"', "'")}, status, headers or {})


def _json(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    sent = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return JSONResponse(body, status, {**UNSTORED, **sent})


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the authorization server."""
    return [
        Route(METADATA_PATH, about),
        *(Route(path, endpoint, methods=["POST"]) for path in (TOKEN_PATH, DEVICE_PATH, REVOKE_PATH)),
    ]
