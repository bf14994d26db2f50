"""What files to download have in common: who asks, how cells are written, and how a refusal reads."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.actor import ANONYMOUS, Actor
from auth.cookies import SESSION, read_cookie
from auth.identify import identify, unbound
from auth.origin import foreign_page, same_origin
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.http_status import headers_of, status_of_error
from core.outage import outage_of, tell
from core.refusals import REFUSED
from core.runtime import Runtime

T = TypeVar("T")

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Beginnings of cells that spreadsheets take for formulas (https://owasp.org/www-community/attacks/CSV_Injection)."""
CSV_TYPE = "text/csv; charset=utf-8; header=present"


async def answered(
    request: Request,
    make: Callable[[Runtime, Actor], Awaitable[Response]],
    *,
    noted: str | None = None,
    statuses: Mapping[ErrorCode, int] = MappingProxyType({}),
) -> Response:
    """What `make` answers whoever asks; or why not: 401 and 403 for want of a right, 400 for bad input, 503.

    `noted`: what refusals are counted under, if not the path; `statuses` where a code has another one here.
    """
    runtime: Runtime = request.app.state.runtime
    client, actor = Client.of(request), ANONYMOUS
    try:
        actor = await _who(request, runtime, client)
        return await make(runtime, actor)
    except DomainError as error:
        if error.code in REFUSED:
            runtime.refusals.note(actor, client, error.code, f"GET {noted or request.url.path}")
        return _refused(error, statuses.get(error.code))
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        tell(error)
        return _refused(outage)


def aside(form: Callable[[T], bytes]) -> Callable[[T], Awaitable[bytes]]:
    """A form of a file that is made in a thread, while the process does other things."""

    async def made(found: T) -> bytes:
        return await asyncio.to_thread(form, found)

    return made


def headers_for(name: str, media_type: str) -> dict[str, str]:
    """The headers of a file to be saved, and kept by nobody on its way."""
    return {
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    """Rows of CSV (RFC 4180), every cell quoted and none of them a formula."""
    written = io.StringIO(newline="")
    cells = ([cell(value) for value in row] for row in rows)
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(cells)
    return written.getvalue().encode()


def cell(value: object) -> str:
    """A value as a cell; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # a number is no formula, a negative one neither
    text = orjson.dumps(value).decode() if isinstance(value, dict) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


async def _who(request: Request, runtime: Runtime, client: Client) -> Actor:
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


def _refused(error: DomainError, status: int | None = None) -> Response:
    status = status or status_of_error(error)
    headers = {"Cache-Control": "no-store", **headers_of(status, error)}
    told = {"code": error.code, "field": error.field, "message": error.message, "hint": error.hint}
    return JSONResponse({"error": told}, status, headers)
