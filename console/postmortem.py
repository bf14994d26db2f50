"""A postmortem as a file: `/postmortems/INC-123.md`, `.html`, `.json` and `.pdf`, for whoever may see the incident."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.postmortems.exported import Exported, read_export
from auth.actor import Actor
from console.download import answered, aside, headers_for
from console.postmortem_forms import as_html, as_json, as_markdown
from console.postmortem_pdf import as_pdf
from core.errors import ErrorCode
from core.runtime import Runtime

Form = Callable[[Exported], Awaitable[bytes]]


FORMS: dict[str, tuple[str, Form]] = {
    "md": ("text/markdown; charset=utf-8", aside(as_markdown)),
    "html": ("text/html; charset=utf-8", aside(as_html)),
    "json": ("application/json", aside(as_json)),
    "pdf": ("application/pdf", as_pdf),
}
"""By ending: the media type, and what makes bytes of a postmortem."""

STATUS = {ErrorCode.NOT_FOUND: 404, ErrorCode.UNAVAILABLE: 501}
"""Where a file has a more telling status than an answer of the API; 501: a program is missing here."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For the page, which is a file by itself: its own style, and nothing else, wherever it is opened."""


async def download(request: Request) -> Response:
    """The file, or why not: 401 for want of a token or a session, 404, 429 and 501 of PDFs, 503."""
    ending = request.url.path.rpartition(".")[2]
    media_type, form = FORMS[ending]

    async def make(runtime: Runtime, actor: Actor) -> Response:
        name, content = await _content(runtime, actor, request.path_params["reference"], form)
        headers = {
            **headers_for(f"{name}.{ending}", media_type),
            "Content-Disposition": f'inline; filename="{name}.{ending}"',
            "Content-Security-Policy": POLICY,
        }
        return Response(content, headers=headers)

    return await answered(request, make, noted="/postmortems/", statuses=STATUS)


async def _content(runtime: Runtime, actor: Actor, reference: str, form: Form) -> tuple[str, bytes]:
    """What the file is called, without its ending, and what is in it."""
    async with runtime.database.reading() as reader:
        found = await read_export(reader, actor, reference)
    return f"postmortem-{found.incident.reference}", await form(found)


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the files."""
    return [Route(f"/postmortems/{{reference}}.{ending}", download) for ending in FORMS]
