"""The audit trail as a file: `/audit.jsonl` and `/audit.csv`, for whoever may audit, however long it is."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import astuple, fields
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from actions.audit_trail import Entry, export
from auth.actor import Actor
from console.download import CSV_TYPE, answered, as_csv, headers_for
from core.cursor import decode_cursor
from core.errors import invalid
from core.runtime import Runtime

COLUMNS = [field.name for field in fields(Entry)]
GIVEN = frozenset({"since", "until", "after"})

Write = Callable[[Sequence[Entry]], bytes]


def as_lines(entries: Sequence[Entry]) -> bytes:
    """JSON Lines (https://jsonlines.org): one object an event."""
    option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
    return b"".join(orjson.dumps(entry, option=option) for entry in entries)


def as_cells(entries: Sequence[Entry]) -> bytes:
    """Rows of CSV."""
    return as_csv([astuple(entry) for entry in entries])


FORMATS: dict[str, tuple[str, bytes, Write]] = {
    "jsonl": ("application/jsonl; charset=utf-8", b"", as_lines),
    "csv": (CSV_TYPE, as_csv([COLUMNS]), as_cells),
}
"""By ending: the media type, what comes first, and what makes bytes of a page."""


async def download(request: Request) -> Response:
    """The audit trail, or why not: 401 and 403 for want of a right, 400 for a parameter that can't be, 503."""
    path = request.url.path
    media_type, head, write = FORMATS[path.rpartition(".")[2]]

    async def make(runtime: Runtime, actor: Actor) -> Response:
        after, since, until = _parameters(request)
        pages = export(runtime.database, actor, after=after, since=since, until=until)
        first: list[Entry] = await anext(pages, [])  # before anything is sent, so that a refusal is one

        async def parts() -> AsyncIterator[bytes]:
            yield head + write(first)
            async for page in pages:
                yield write(page)

        return StreamingResponse(parts(), headers=headers_for(f"muster-{path.removeprefix('/')}", media_type))

    return await answered(request, make)


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


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the exports."""
    return [Route(f"/audit.{ending}", download) for ending in FORMATS]
