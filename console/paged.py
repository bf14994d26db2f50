"""`/auth/paged/…`: somebody who was paged acknowledges it by the link in the message, without signing in."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.paging.links import PATH, Shown, acknowledge_by_link, look_at_page
from auth.actor import ANONYMOUS
from console.pages import html, message, pages, unless_away
from core.client import Client
from core.errors import DomainError
from core.runtime import Runtime


@unless_away
async def show(request: Request) -> Response:
    """Ask whether to acknowledge. Opening a link changes nothing: mail programs and phones open them ahead."""
    return await _answer(request, look_at_page)


@unless_away
async def acknowledge(request: Request) -> Response:
    """Acknowledge. The link itself is the right to do so: nobody needs to be signed in, and no cookie counts."""
    return await _answer(request, acknowledge_by_link)


async def _answer(request: Request, act: Callable[[AsyncSession, str], Awaitable[Shown]]) -> Response:
    runtime: Runtime = request.app.state.runtime
    token = request.path_params["token"]
    try:
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            shown = await act(session, token)
    except DomainError as error:
        return _refused(request, error)
    return _page(shown, token)


def _page(shown: Shown, token: str) -> Response:
    taken = shown.taken_by
    return html(
        pages.get_template("paged.html").render(
            incident=shown.incident,
            address=f"{PATH}{token}",
            open=shown.open,
            yours=taken is not None and taken.id == shown.person.id,
            taken=taken.name if taken is not None else None,
        )
    )


def _refused(request: Request, error: DomainError) -> Response:
    runtime: Runtime = request.app.state.runtime
    runtime.refusals.note(ANONYMOUS, Client.of(request), error.code, f"{request.method} {PATH}")
    return message("This link no longer works", error.message, hint=error.hint, status=410)


def routes() -> list[BaseRoute]:
    """Its routes."""
    path = f"{PATH}{{token}}"
    return [Route(path, show), Route(path, acknowledge, methods=["POST"])]
