"""The responders' doorway until the command centre stands: signing in by link, GraphiQL, signing out."""

import re
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from actions.sign_in import SESSION_LIVES, end_session, use_sign_in_link
from auth.identify import COOKIE, identify
from core.errors import DomainError
from core.outage import RETRY_AFTER, outage_of, tell
from core.runtime import Runtime
from models.words import ActorKind

HERE = Path(__file__).parent
HOME = "/console"

View = Callable[[Request], Awaitable[Response]]

pages = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def with_commands(text: str) -> Markup:
    """A text as HTML, with what stands between backticks as code: our messages are written for terminals too."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped before)


pages.filters["with_commands"] = with_commands

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
PLAIN_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
# GraphiQL's editor places its lines with style attributes; scripts come from our own files alone.
GRAPHIQL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def _message(
    title: str, message: str, *, hint: str | None = None, status: int = 200, signed_in: bool = False
) -> Response:
    page = pages.get_template("message.html").render(title=title, message=message, hint=hint, signed_in=signed_in)
    return HTMLResponse(page, status, {**SAFE, "Content-Security-Policy": PLAIN_POLICY})


def unless_away(view: View) -> View:
    """A page that stands for `view` while the database is away: 503, and when to come again."""

    @wraps(view)
    async def answer(request: Request) -> Response:
        try:
            return await view(request)
        except Exception as error:
            outage = outage_of(error)
            if outage is None:
                raise
            tell(error)
            page = _message("Back in a moment", outage.message, hint="Load this page again soon.", status=503)
            page.headers["Retry-After"] = str(RETRY_AFTER)
            return page

    return answer


@unless_away
async def sign_in(request: Request) -> Response:
    """Open a browser session with a one-time link and go on to the console."""
    runtime: Runtime = request.app.state.runtime
    try:
        async with runtime.database.unit_of_work() as session:
            secret = await use_sign_in_link(session, request.path_params["secret"])
    except DomainError as error:
        return _message("This link no longer works", error.message, hint=error.hint, status=410)
    answer = RedirectResponse(HOME, status_code=303, headers=SAFE)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LIVES.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=runtime.settings.base_url.startswith("https://"),
    )
    return answer


@unless_away
async def sign_out(request: Request) -> Response:
    """Ask whether to sign out (GET), or end the browser session (POST). Only a form of ours may do that."""
    runtime: Runtime = request.app.state.runtime
    if request.method != "POST":
        actor = await identify(runtime.database, None, request.cookies.get(COOKIE))
        if actor.kind is not ActorKind.USER:
            return _message("You are not signed in", "Use a sign-in link to come in.")
        return _message("Sign out?", "A new sign-in link is needed to come back.", signed_in=True)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return _message("Not from here", "Signing out must be asked for by a page of Muster.", status=403)
    async with runtime.database.unit_of_work() as session:
        await end_session(session, request.cookies.get(COOKIE, ""))
    answer = _message("You are signed out", "Use a sign-in link to come back.")
    answer.delete_cookie(COOKIE)
    return answer


@unless_away
async def home(request: Request) -> Response:
    """GraphiQL for whoever is signed in; in development for everybody, since the API itself asks for credentials."""
    runtime: Runtime = request.app.state.runtime
    actor = await identify(runtime.database, None, request.cookies.get(COOKIE))
    if actor.kind is not ActorKind.USER and not runtime.settings.development:
        hint = "An admin makes one with `muster link create --user EMAIL`."
        return _message("Sign in", "Open the sign-in link that you were given.", hint=hint, status=401)
    page = pages.get_template("graphiql.html").render()
    return HTMLResponse(page, headers={**SAFE, "Content-Security-Policy": GRAPHIQL_POLICY})


def routes(_: Runtime) -> list[BaseRoute]:
    """The console's routes."""
    return [
        Route(HOME, home),
        Route(f"{HOME}/incidents/{{reference}}", home),  # links in mails; GraphiQL opens with that incident
        Route("/auth/link/{secret}", sign_in),
        Route("/auth/logout", sign_out, methods=["GET", "POST"]),
        Mount(f"{HOME}/static", StaticFiles(directory=HERE / "static")),
    ]
