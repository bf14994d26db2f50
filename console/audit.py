"""The audit trail as a file: `/audit.jsonl` and `/audit.csv`, for whoever may audit, however long it is."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import astuple, fields
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from actions.audit_trail import Entry, export
from auth.actor import ANONYMOUS, Actor
from auth.cookies import SESSION, read_cookie
from auth.identify import identify, unbound
from auth.origin import foreign_page, same_origin
from core.client import Client
from core.cursor import decode_cursor
from core.errors import DomainError, invalid
from core.http_status import headers_of, status_of_error
from core.outage import outage_of, tell
from core.refusals import REFUSED
from core.runtime import Runtime

COLUMNS = [field.name for field in fields(Entry)]
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings of cells that spreadsheets take for formulas (https://owasp.org/www-community/attacks/CSV_Injection)."""
GIVEN = frozenset({"since", "until", "after"})

Write = Callable[[Sequence[Entry]], bytes]


def as_lines(entries: Sequence[Entry]) -> bytes:
    """JSON Lines (https://jsonlines.org): one object an event."""
    option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
    return b"".join(orjson.dumps(entry, option=option) for entry in entries)


def as_cells(entries: Sequence[Entry]) -> bytes:
    """Rows of CSV (RFC 4180), every cell quoted and none of them a formula."""
    return _rows([[_cell(value) for value in astuple(entry)] for entry in entries])


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    text = orjson.dumps(value).decode() if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


FORMATS: dict[str, tuple[str, bytes, Write]] = {
    "jsonl": ("application/jsonl; charset=utf-8", b"", as_lines),
    "csv": ("text/csv; charset=utf-8; header=present", _rows([COLUMNS]), as_cells),
}
"""By ending: the media type, what comes first, and what makes bytes of a page."""


async def download(request: Request) -> Response:
    """The audit trail, or why not: 401 and 403 for want of a right, 400 for a parameter that can't be, 503."""
    runtime: Runtime = request.app.state.runtime
    client, path = Client.of(request), request.url.path
    actor: Actor = ANONYMOUS
    media_type, head, write = FORMATS[path.rpartition(".")[2]]
    try:
        actor = await who(request, runtime, client)
        after, since, until = _parameters(request)
        pages = export(runtime.database, actor, after=after, since=since, until=until)
        first: list[Entry] = await anext(pages, [])  # before anything is sent, so that a refusal is one
    except DomainError as error:
        if error.code in REFUSED:
            runtime.refusals.note(actor, client, error.code, f"GET {path}")
        return refused(error)
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        tell(error)
        return refused(outage)

    async def parts() -> AsyncIterator[bytes]:
        yield head + write(first)
        async for page in pages:
            yield write(page)

    name = f"muster-{path.removeprefix('/')}"
    return StreamingResponse(
        parts(),
        headers={
            "Content-Type": media_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def who(request: Request, runtime: Runtime, client: Client) -> Actor:
    """Who asks: by a token, or by the cookie of a session, which no page of another site may have sent along."""
    authorization = request.headers.get("authorization")
    cookie = read_cookie(runtime.settings, request.cookies, SESSION) if authorization is None else None
    if cookie is not None and not _asked_by_us(request, runtime):
        raise foreign_page()
    return unbound(await identify(runtime, client, authorization=authorization, cookie=cookie)).actor


def _asked_by_us(request: Request, runtime: Runtime) -> bool:
    """Whether a page of ours or the person themself asked; browsers that say neither can't be told apart.

    Nothing is changed here, and a page of another site can't read the answer: this is a second line of defence.
    """
    origin = request.headers.get("origin")
    if origin is not None and not same_origin(origin, request.headers.get("host"), runtime.settings.base_url):
        return False
    return request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")


def _parameters(request: Request) -> tuple[int, datetime | None, datetime | None]:
    """`after`, `since` and `until`. INVALID_INPUT for others, and for what they can't be."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in GIVEN or name in given:
            raise invalid(name[:80], "There is no such parameter, or it is given twice.", "Use since, until and after.")
        given[name] = value
    after = decode_cursor(given["after"]) if "after" in given else 0
    return after, _moment(given, "since"), _moment(given, "until")


def _moment(given: dict[str, str], name: str) -> datetime | None:
    if name not in given:
        return None
    hint = "Write it as 2026-11-24T03:00:00Z."
    try:
        moment = datetime.fromisoformat(given[name])
    except ValueError:
        raise invalid(name, f"{given[name][:80]!r} is not a moment.", hint) from None
    if moment.tzinfo is None or not 2 <= moment.year <= 9998:  # noqa: PLR2004 (room for a day on both sides)
        raise invalid(name, f"{given[name][:80]!r} is not a moment that can be: it needs an offset.", hint)
    return moment


def refused(error: DomainError, status: int | None = None) -> Response:
    """What a refusal is answered with, under the status that its code has, if no other is given."""
    status = status or status_of_error(error)
    headers = {"Cache-Control": "no-store", **headers_of(status, error)}
    told = {"code": error.code, "field": error.field, "message": error.message, "hint": error.hint}
    return JSONResponse({"error": told}, status, headers)


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the exports."""
    return [Route(f"/audit.{ending}", download) for ending in FORMATS]
