"""A page of the command centre: for somebody who is signed in, read from one snapshot, with one frame around it."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.identify import Identity
from auth.permission import Permission, may, require
from console.frame import read_frame
from console.look import read_look
from console.packed import packed
from console.pages import LOGIN, SAFE, html, identity_of, message, pages, unless_away
from console.static_files import versioned
from console.times import Times, lasting
from core.client import Client
from core.errors import DomainError, ErrorCode
from core.runtime import Runtime
from core.zones import zone_or_utc
from models.words import ActorKind
from resolvers.context import Context

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATUS = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.VERSION_CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.TIMEOUT: 503,
    ErrorCode.UNAVAILABLE: 503,
}
"""How HTTP says what a refusal says; 422 for every other."""
UNFIT = 422

pages.globals["versioned"] = versioned
pages.filters["lasting"] = lasting


class Desk:
    """One request to the command centre: who asks, what they may, and how they want to be told times."""

    def __init__(self, request: Request, identity: Identity) -> None:
        self.request = request
        self.runtime: Runtime = request.app.state.runtime
        self.client = Client.of(request)
        self.ctx = Context(self.runtime, identity.actor, client=self.client, identity=identity)
        self.actor = identity.actor
        self.look = read_look(self.runtime.settings, request)
        self.now = self.runtime.database.clock.now()
        self._frame: Any = None

    async def frame(self) -> Any:
        """The frame; read once."""
        if self._frame is None:
            self._frame = await read_frame(self.ctx)
        return self._frame

    async def times(self) -> Times:
        """How this viewer is told moments: in the zone that they chose, or else the organisation's."""
        return Times(zone_or_utc(self.look.zone or (await self.frame()).zone), self.now)

    async def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page from a template that extends `base.html`."""
        return self.answer(await self.render(template, **values), status)

    def answer(self, text: str, status: int = 200) -> Response:
        """A page that was rendered, compressed if the browser takes that."""
        return packed(self.request, html(text, status, POLICY))

    async def render(self, template: str, **values: Any) -> str:
        """The same as text.

        Templates have `desk`, `frame`, `t` (times), `single_keys`, and `may` (a permission by its name).
        """
        known = {
            "desk": self,
            "single_keys": self.look.keys,
            "frame": await self.frame(),
            "t": await self.times(),
            "may": self.may,
        }
        return pages.get_template(template).render(**known, **values)

    def may(self, permission: str) -> bool:
        """Whether the viewer has a permission everywhere, by its name in lower case."""
        return may(self.actor, Permission(permission))

    @property
    def path(self) -> str:
        """The path of this page, for links to itself."""
        return self.request.url.path

    @property
    def here(self) -> str:
        """Path and query."""
        query = self.request.url.query
        return f"{self.path}?{query}" if query else self.path

    async def refuse(self, error: DomainError) -> Response:
        """A page that says why there is nothing else to see."""
        return await self.page("error.html", status=STATUS.get(error.code, UNFIT), error=error)


Show = Callable[[Desk], Awaitable[Response]]


def to_sign_in(address: str) -> Response:
    """The way to sign in, and back to where one was."""
    return RedirectResponse(f"{LOGIN}?next={quote(address, safe='/')}", 303, SAFE)


def view(show: Show) -> Callable[[Request], Awaitable[Response]]:
    """A page for people who are signed in and may read; others are led to sign in, or told why not.

    Refusals become pages with their words; an outage of the database says when to come again.
    """

    @wraps(show)
    async def answer(request: Request) -> Response:
        identity = await identity_of(request)
        if identity.actor.kind is not ActorKind.USER:
            return to_sign_in(str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""))
        desk = Desk(request, identity)
        try:
            try:
                require(desk.actor, Permission.READ)
                return await show(desk)
            except DomainError as error:
                if error.code is ErrorCode.UNAUTHENTICATED:
                    return message("Not for you", error.message, hint=error.hint, status=403)
                return await desk.refuse(error)
        finally:
            await desk.ctx.close()

    return unless_away(answer)
