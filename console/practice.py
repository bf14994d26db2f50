"""The report of the practice: `/practice.html`, `/practice.json` and `/practice.pdf`, of a quarter or of other days."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.practice.report import Report, read_report
from auth.actor import Actor
from auth.permission import Permission, require
from console.download import answered, aside, headers_for
from console.practice_forms import POLICY, as_html, as_json, as_pdf
from core.errors import DomainError, ErrorCode, invalid
from core.runtime import Runtime

FORMS: dict[str, tuple[str, Callable[[Report], Awaitable[bytes]]]] = {
    "html": ("text/html; charset=utf-8", aside(as_html)),
    "json": ("application/json", aside(as_json)),
    "pdf": ("application/pdf", as_pdf),
}
"""By ending: the media type, and what makes bytes of a report."""
GIVEN = {
    "quarter": "quarter",
    "firstDay": "first_day",
    "lastDay": "last_day",
    "timeZone": "time_zone",
    "asOf": "as_of",
}
"""The parameters, as the API names them, and as we do."""
STATUS = {ErrorCode.UNAVAILABLE: 501}
"""A program is missing here."""


async def report(request: Request) -> Response:
    """The report, or why not: 401 for want of a token or a session, 400, 501 where a program is missing, 503."""
    ending = request.url.path.rpartition(".")[2]
    media_type, form = FORMS[ending]

    async def make(runtime: Runtime, actor: Actor) -> Response:
        require(actor, Permission.READ)
        asked = _parameters(request.query_params.multi_items())
        found = await _read(runtime, actor, asked)
        name = f"practice-{found.audit.quarter or found.audit.span.whole.first_day}.{ending}"
        headers = {
            **headers_for(name, media_type),
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "same-origin",
            "X-Frame-Options": "DENY",
        }
        return Response(await form(found), headers=headers)

    return await answered(request, make, statuses=STATUS)


async def _read(runtime: Runtime, actor: Actor, asked: dict[str, Any]) -> Report:
    try:
        async with runtime.database.reading() as reader:
            return await read_report(reader, actor, **asked)
    except DomainError as error:
        error.field = next((name for name, own in GIVEN.items() if own == error.field), error.field)
        raise


def _parameters(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """What was asked. INVALID_INPUT for other parameters, for what is given twice, and for what is no day."""
    given: dict[str, Any] = {}
    for name, value in items:
        if name not in GIVEN or GIVEN[name] in given:
            hint = f"Use {', '.join(GIVEN)}."
            raise invalid(name[:80], "There is no such parameter, or it is given twice.", hint)
        given[GIVEN[name]] = _day(value, name) if name in ("firstDay", "lastDay") else value
    return given


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(name, f"{text[:80]!r} is not a day.", "Write it as 2026-11-24.") from None


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the report."""
    return [Route(f"/practice.{ending}", report) for ending in FORMS]
