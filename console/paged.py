"""`/auth/paged/…`: somebody who was paged acknowledges it by the link in the message, without signing in."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions.paging.links import PATH, Shown, acknowledge_by_link, answer_by_link, look_at_page
from auth.actor import ANONYMOUS
from console.fields import Fields, read_fields
from console.form import FORM
from console.pages import html, message, pages, unless_away
from core.client import Client
from core.errors import DomainError
from core.runtime import Runtime
from models.paging.words import AlertVerdict


@unless_away
async def show(request: Request) -> Response:
    """Ask whether to acknowledge. Opening a link changes nothing: mail programs and phones open them ahead."""
    return await _answer(request, look_at_page)


@unless_away
async def acknowledge(request: Request) -> Response:
    """Acknowledge, or answer whether alerts are an incident, if the form says so (`verdict`).

    The link itself is the right to do so: nobody needs to be signed in, and no cookie counts.
    """
    try:
        fields = await read_fields(request) if request.headers.get("content-type", "").startswith(FORM) else Fields([])
    except DomainError as error:
        return _refused(request, error)
    said = fields.text("verdict")
    if not said:  # also what is no form of ours: the button of a push message
        return await _answer(request, acknowledge_by_link)
    verdict = AlertVerdict.NOISE if said == AlertVerdict.NOISE else AlertVerdict.INCIDENT
    reason = fields.text("reason")

    async def answer(session: AsyncSession, token: str) -> Shown:
        return await answer_by_link(session, token, verdict, reason)

    return await _answer(request, answer)


async def _answer(request: Request, act: Callable[[AsyncSession, str], Awaitable[Shown]]) -> Response:
    runtime: Runtime = request.app.state.runtime
    token = request.path_params["token"]
    try:
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            shown = await act(session, token)
    except DomainError as error:
        if error.field != "reason":
            return _refused(request, error)
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            return _page(await look_at_page(session, token), token, error)
    return _page(shown, token)


def _page(shown: Shown, token: str, fault: DomainError | None = None) -> Response:
    """What a page asks, or what became of it; with `fault` what was written is refused."""
    taken = shown.taken_by
    return html(
        status=422 if fault is not None else 200,
        page=pages.get_template("paged.html").render(
            incident=shown.incident,
            alert=shown.alert,
            name=shown.incident.reference if shown.incident is not None else "the alert",
            title=shown.incident.title if shown.incident is not None else shown.alert.title if shown.alert else "",
            asks=shown.asks,
            verdict=shown.verdict,
            fault=fault,
            address=f"{PATH}{token}",
            open=shown.open,
            yours=taken is not None and taken.id == shown.person.id,
            beside=shown.beside,
            taken=taken.name if taken is not None else None,
        ),
    )


def _refused(request: Request, error: DomainError) -> Response:
    runtime: Runtime = request.app.state.runtime
    runtime.refusals.note(ANONYMOUS, Client.of(request), error.code, f"{request.method} {PATH}")
    return message("This link no longer works", error.message, hint=error.hint, status=410)


def routes() -> list[BaseRoute]:
    """Its routes."""
    path = f"{PATH}{{token}}"
    return [Route(path, show), Route(path, acknowledge, methods=["POST"])]
