"""`/auth/pages/…`: somebody who is signed in here is let in to a status page that has a host of its own."""

import re
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions.pages.known import KnownPage, known_pages
from actions.pages.passes import ENTER_PATH, MEMBERS_PATH, entry
from auth.origin import path_within
from auth.permission import Permission, may
from console.pages import LOGIN, SAFE, identity_of, message, unless_away
from core.runtime import Runtime
from models.words import ActorKind, PageAccess

STATE = re.compile(r"[0-9a-f]{64}")


@unless_away
async def let_in(request: Request) -> Response:
    """Send who is signed in and may read on to the page, and who is not to where they sign in."""
    runtime: Runtime = request.app.state.runtime
    identity = await identity_of(request)
    state, to = request.query_params.get("state", ""), path_within(request.query_params.get("to")) or "/"
    if identity.actor.kind is not ActorKind.USER or identity.session_id is None:
        back = f"{request.url.path}?{urlencode({'state': state[:64], 'to': to})}"
        return RedirectResponse(f"{LOGIN}?next={quote(back, safe='/')}", 303, SAFE)
    page = await _page(runtime, request.path_params["slug"])
    if page is None or not STATE.fullmatch(state):
        return message("There is no such way in", "Open the status page itself; it leads here if need be.", status=404)
    if not may(identity.actor, Permission.READ):
        return message("Not for you", "You may not read this status page.", hint="Ask an admin.", status=403)
    token = entry(runtime.database.keys, page.id, identity.session_id, state, runtime.database.clock.now())
    onwards = f"{runtime.settings.page_url(page.hosts, page.slug)}{ENTER_PATH}{token}?{urlencode({'to': to})}"
    return RedirectResponse(onwards, 303, SAFE)


async def _page(runtime: Runtime, slug: str) -> KnownPage | None:
    async with runtime.database.looking() as reader:
        pages = await known_pages(reader)
    theirs = (page for page in pages if page.slug == slug and page.access is PageAccess.MEMBERS)
    return next((page for page in theirs if not page.archived), None)


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [Route(f"{MEMBERS_PATH}{{slug}}", let_in)]
