"""Addresses below `/hooks` where nothing is: whoever set up a monitor learns what is wrong with the address."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route

from core.errors import ErrorCode

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
GUIDE = (
    "Alert sources are at /hooks/alerts/{kind}/{key}, integrations at /hooks/{vendor}/{key}: copy the whole address."
)


def routes(hooks: Sequence[BaseRoute]) -> list[BaseRoute]:
    """What answers below `/hooks` after all the hooks that there are: 404, or 405 for one that takes another method."""

    async def refuse(request: Request) -> Response:
        taken = sorted(
            method
            for hook in hooks
            if isinstance(hook, Route) and hook.matches(request.scope)[0] is Match.PARTIAL
            for method in hook.methods or ()
        )
        if taken:
            message = f"This hook takes no {request.method}."
            return _refusal(
                405, ErrorCode.INVALID_INPUT, message, f"Send {' or '.join(taken)}.", Allow=", ".join(taken)
            )
        return _refusal(404, ErrorCode.NOT_FOUND, "There is no hook at this address.", GUIDE)

    return [Route("/hooks/{path:path}", refuse, methods=METHODS)]


def _refusal(status: int, code: ErrorCode, message: str, hint: str, **headers: str) -> Response:
    return JSONResponse({"error": {"code": code, "field": None, "message": message, "hint": hint}}, status, headers)
