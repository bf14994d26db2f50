"""The command centre's doorway: every page of it, signing in and out, GraphiQL."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

import console.board.routes
import console.declare.routes
import console.incident.routes
import console.lists.routes
import console.machinery.routes
import console.notifications.page
import console.page_pass
import console.paged
import console.postmortem_desk.routes
import console.preferences
import console.rota.routes
import console.setting_up.routes
import console.settings.routes
from auth.oidc.connection import Connection
from console.desk import view
from console.pages import HOME, LOGIN, SAFE, html, message, pages, unless_away, who
from console.posting import to
from console.provider import ProviderDoor
from console.sign_in import SignInDoor
from console.static_files import FOLDER, KeptFiles
from core.runtime import Runtime
from models.words import ActorKind

# GraphiQL's editor places its lines with style attributes. Scripts and styles come from our own files alone.
GRAPHIQL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@unless_away
async def graphiql(request: Request) -> Response:
    """GraphiQL for whoever is signed in; in development for everybody, since the API itself asks for credentials."""
    runtime: Runtime = request.app.state.runtime
    actor = await who(request)
    if actor.kind is not ActorKind.USER and not runtime.settings.development:
        if runtime.settings.identity_providers:
            return RedirectResponse(f"{LOGIN}?next={quote(request.url.path, safe='/')}", 303, SAFE)
        hint = "An admin makes one with `muster link create --user EMAIL`."
        return message("Sign in", "Open the sign-in link that you were given.", hint=hint, status=401)
    return html(pages.get_template("graphiql.html").render(), policy=GRAPHIQL_POLICY)


def routes(runtime: Runtime) -> list[BaseRoute]:
    """The console's routes."""
    connections = {provider.key: Connection(provider) for provider in runtime.settings.identity_providers}
    return [
        Route(HOME, view(_home)),
        Route(f"{HOME}/graphiql", graphiql),
        *console.board.routes.routes(),
        *console.declare.routes.routes(),
        *console.lists.routes.routes(),
        *console.rota.routes.routes(),
        *console.incident.routes.routes(),
        *console.postmortem_desk.routes.routes(),
        *console.preferences.routes(),
        *console.machinery.routes.routes(),
        *console.setting_up.routes.routes(),
        *console.settings.routes.routes(),
        *SignInDoor(connections).routes(),
        *ProviderDoor(connections).routes(),
        *console.notifications.page.routes(),
        *console.page_pass.routes(),
        *console.paged.routes(),
        Mount(f"{HOME}/static", KeptFiles(directory=FOLDER)),
    ]


async def _home(_: object) -> Response:
    """The incidents: what somebody who opens the console at night wants to see first."""
    return to(f"{HOME}/incidents")
