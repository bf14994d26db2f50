"""`/auth/device`: a person lets `muster login` in (RFC 8628 §3.3). Forms only: it works without JavaScript."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions.oauth.devices import decide_device, find_device, read_user_code
from actions.oauth.endpoints import DEVICE_PAGE
from auth.actor import Actor
from auth.origin import from_our_page
from auth.scope import WORDS, Scope
from console.form import FormError, read_form
from console.pages import LOGIN, PLAIN_POLICY, SAFE, pages, unless_away, who
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.runtime import Runtime
from models.access import DeviceAuthorization
from models.words import ActorKind

HEADERS = {**SAFE, "Content-Security-Policy": PLAIN_POLICY}


@unless_away
async def show(request: Request) -> Response:
    """The form for the code; filled in by the link that the device shows, but never sent by it (RFC 8628 §5.4)."""
    actor = await who(request)
    code = read_user_code(request.query_params.get("user_code", "")) or ""
    if actor.kind is not ActorKind.USER:
        back = f"{DEVICE_PAGE}?user_code={code}" if code else DEVICE_PAGE
        return RedirectResponse(f"{LOGIN}?next={quote(back, safe='/')}", 303, HEADERS)
    return _page(actor, code=code)


@unless_away
async def answer(request: Request) -> Response:
    """What a code stands for, and then, with a decision, what became of it."""
    runtime: Runtime = request.app.state.runtime
    actor = await who(request)
    if actor.kind is not ActorKind.USER:
        return RedirectResponse(f"{LOGIN}?next={DEVICE_PAGE}", 303, HEADERS)
    if not from_our_page(request.headers, runtime.settings.base_url):
        runtime.refusals.note(actor, Client.of(request), ErrorCode.FORBIDDEN, f"POST {DEVICE_PAGE}")
        return _page(actor, problem="This was sent by a page of another site. Nothing was let in.", status=403)
    try:
        form = await read_form(request)
        return await _decided(runtime, actor, form, Client.of(request))
    except FormError as error:
        return _page(actor, problem=str(error), status=error.status)
    except DomainError as error:
        if error.code is ErrorCode.UNAUTHENTICATED:
            return RedirectResponse(f"{LOGIN}?next={DEVICE_PAGE}", 303, HEADERS)
        if error.code is not ErrorCode.RATE_LIMITED:
            raise
        page = _page(actor, problem=f"{error.message} {error.hint}", status=429)
        page.headers["Retry-After"] = "600"
        return page


async def _decided(runtime: Runtime, actor: Actor, form: dict[str, str], client: Client) -> Response:
    code, decision = form.get("user_code", ""), form.get("decision")
    async with runtime.database.unit_of_work(client) as session:
        if decision in ("approve", "deny"):
            found = await decide_device(session, actor, code=code, approve=decision == "approve")
        else:
            found = await find_device(session, actor, code=code)
    if found is None:
        problem = "No device waits with this code. Codes are good for ten minutes, once; look at the device again."
        return _page(actor, code=code[:40], problem=problem, status=404)
    if decision == "approve":
        return _page(actor, done="The device is in", message="Go back to it: it goes on within a few seconds.")
    if decision == "deny":
        return _page(actor, done="The device was turned away", message="It gets no access. You can close this page.")
    return _page(actor, code=read_user_code(code) or "", device=found)


def _page(
    actor: Actor,
    *,
    code: str = "",
    problem: str | None = None,
    device: DeviceAuthorization | None = None,
    done: str | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    asked = [(name, WORDS[Scope(name)]) for name in (device.scopes or [] if device else []) if name in set(Scope)]
    page = pages.get_template("device.html").render(
        person=actor.name, code=code, problem=problem, device=device, asked=asked, done=done, message=message
    )
    return HTMLResponse(page, status, HEADERS)


def routes(_: Runtime) -> list[BaseRoute]:
    """The routes of the page."""
    return [Route(DEVICE_PAGE, show), Route(DEVICE_PAGE, answer, methods=["POST"])]
