"""Signing in by one-time link, the page that offers identity providers, and signing out."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions.sign_in import Ended, end_session, find_sign_in_link, use_sign_in_link
from auth.actor import ANONYMOUS
from auth.cookies import SESSION, clear_cookie, read_cookie, set_cookie
from auth.oidc.connection import Connection
from auth.oidc.exchange import sign_out_address
from auth.oidc.metadata import Metadata
from auth.oidc.problems import ProviderError
from auth.origin import from_our_page, path_within
from console.pages import HOME, LOGIN, SAFE, html, message, pages, unless_away, who
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.outage import tell
from core.runtime import Runtime
from core.secrets import SealError
from models.words import ActorKind

RETRY = 30
"""Seconds after which a provider that is away may be tried again."""
LINK = "/auth/link"


def own_path(address: str | None) -> str:
    """The path of ours that a browser may go on to; the console for anything else, so that no link leads astray."""
    return path_within(address) or HOME


@unless_away
async def show_link(request: Request) -> Response:
    """Ask whether to sign in with a one-time link, which is not used up by that: scanners of mail open every link.

    It says whose session here would end. GET and HEAD are safe methods (RFC 9110 §9.2.1).
    """
    runtime: Runtime = request.app.state.runtime
    secret = request.path_params["secret"]
    try:
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            person = await find_sign_in_link(session, secret)
    except DomainError as error:
        return _no_link(request, error)
    here = await who(request)
    page = pages.get_template("link.html").render(
        person=person.name, secret=secret, here=here.name if here.kind is ActorKind.USER else None
    )
    return html(page)


@unless_away
async def use_link(request: Request) -> Response:
    """Open a browser session with a one-time link, end the one that was here, and go on to the console.

    Only for a form of ours: nobody is signed in as somebody else by a page of another site (login CSRF).
    """
    runtime: Runtime = request.app.state.runtime
    if not from_our_page(request.headers, runtime.settings.base_url):
        runtime.refusals.note(await who(request), Client.of(request), ErrorCode.FORBIDDEN, f"POST {LINK}")
        hint = "Open the link itself, in a browser. It was not used up."
        return message("Not from here", "Signing in must be asked for by a page of Muster.", hint=hint, status=403)
    lives = timedelta(hours=runtime.settings.session_hours)
    earlier = read_cookie(runtime.settings, request.cookies, SESSION)
    try:
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            await find_sign_in_link(session, request.path_params["secret"])
            await end_session(session, earlier or "")
            secret = await use_sign_in_link(session, request.path_params["secret"], lives=lives)
    except DomainError as error:
        return _no_link(request, error)
    answer = RedirectResponse(HOME, status_code=303, headers=SAFE)
    set_cookie(runtime.settings, answer, SESSION, secret, seconds=int(lives.total_seconds()))
    return answer


def _no_link(request: Request, error: DomainError) -> Response:
    runtime: Runtime = request.app.state.runtime
    runtime.refusals.note(ANONYMOUS, Client.of(request), error.code, f"{request.method} {LINK}")
    return message("This link no longer works", error.message, hint=error.hint, status=410)


class SignInDoor:
    """The pages around a browser session, with the identity providers that there are."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    def routes(self) -> list[BaseRoute]:
        """Its routes."""
        return [
            Route(f"{LINK}/{{secret}}", show_link),
            Route(f"{LINK}/{{secret}}", use_link, methods=["POST"]),
            Route(LOGIN, unless_away(self.offer)),
            Route("/auth/logout", unless_away(self.sign_out), methods=["GET", "POST"]),
        ]

    async def offer(self, request: Request) -> Response:
        """The ways in: a button for each provider, a word on those that can't be reached; 503 if none can."""
        onwards = own_path(request.query_params.get("next"))
        if (await who(request)).kind is ActorKind.USER:
            return RedirectResponse(onwards, 303, SAFE)
        if not self._connections:
            return message(
                "Sign in",
                "People come in by one-time link here. Open the one that you were given.",
                hint="An admin makes one with `muster link create --user EMAIL`.",
            )
        known = await self._known()
        away = not any(known.values())
        page = pages.get_template("login.html").render(
            providers=[
                {"title": connection.provider.title, "key": key, "away": known[key] is None}
                for key, connection in self._connections.items()
            ],
            onwards=quote(onwards, safe="/"),
            again=f"{LOGIN}?next={quote(onwards, safe='/')}",
            all_away=away,
        )
        answer = html(page, 503 if away else 200)
        if away:
            answer.headers["Retry-After"] = str(RETRY)
        return answer

    async def sign_out(self, request: Request) -> Response:
        """Ask whether to sign out (GET), or end the browser session (POST). Only a form of ours may do that."""
        runtime: Runtime = request.app.state.runtime
        if request.method != "POST":
            return await self._ask(request)
        if not from_our_page(request.headers, runtime.settings.base_url):
            runtime.refusals.note(await who(request), Client.of(request), ErrorCode.FORBIDDEN, "POST /auth/logout")
            return message("Not from here", "Signing out must be asked for by a page of Muster.", status=403)
        secret = read_cookie(runtime.settings, request.cookies, SESSION)
        async with runtime.database.unit_of_work(Client.of(request)) as session:
            ended = await end_session(session, secret or "")
        onwards = await self._sign_out_there(runtime, ended) if ended else None
        answer: Response
        if onwards is not None:
            answer = RedirectResponse(onwards, 303, SAFE)
        else:
            again = LOGIN if self._connections else None
            back = "Sign in again to come back." if again else "Use a sign-in link to come back."
            answer = message("You are signed out", back, again=again)
        clear_cookie(runtime.settings, answer, SESSION)
        return answer

    async def _ask(self, request: Request) -> Response:
        if (await who(request)).kind is not ActorKind.USER:
            again = LOGIN if self._connections else None
            back = "Sign in to come in." if again else "Use a sign-in link to come in."
            return message("You are not signed in", back, again=again)
        ends = [known.end_session for known in (await self._known()).values() if known and known.end_session]
        origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(end)) for end in ends})
        back = (
            "You can sign in again at any time." if self._connections else "A new sign-in link is needed to come back."
        )
        return message("Sign out?", back, sign_out=True, also_to=origins)

    async def _known(self) -> dict[str, Metadata | None]:
        """The metadata of each provider; None for one that is away."""

        async def ask(connection: Connection) -> Metadata | None:
            try:
                return await connection.metadata()
            except ProviderError as error:
                tell(error, f"the identity provider {connection.provider.key}")
                return None

        found = await asyncio.gather(*map(ask, self._connections.values()))
        return dict(zip(self._connections, found, strict=True))

    async def _sign_out_there(self, runtime: Runtime, ended: Ended) -> str | None:
        """Where the browser ends the session of the provider as well; None if that is not possible."""
        connection = self._connections.get(ended.provider or "")
        if connection is None:
            return None
        try:
            metadata = await connection.metadata()
            secrets = runtime.database.secrets
            hint = secrets.open(ended.id_token) if secrets and ended.id_token else None
        except (ProviderError, SealError) as error:
            tell(error, f"the identity provider {connection.provider.key}")
            return None
        return sign_out_address(connection.provider, metadata, hint, f"{runtime.settings.base_url}{LOGIN}")
