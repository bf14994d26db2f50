"""Who may read a page that is not for everybody: by a link, or by having signed in on our own host.

A reader without a pass learns nothing: whatever the address, the answer is the same, but that addresses for programs
are not sent to sign in. Passes are looked up anew after five seconds at the latest, and at once when one may be over.
While the database is away, who was let in within the past hour still is (ADR 0017); new passes are given to nobody.
"""

import asyncio
import math
import secrets as randomness
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.pages.links import OPEN_PATH as OPEN_PATH  # noqa: PLC0414 (others take them from here)
from actions.pages.links import linked
from actions.pages.passes import ENTER_PATH as ENTER_PATH  # noqa: PLC0414
from actions.pages.passes import (
    ENTER_WITHIN,
    MEMBERS_PATH,
    PASS_FOR,
    member_pass,
    read_entry,
    read_member_pass,
    state_of,
)
from auth.cookies import clear_cookie, read_cookie, set_cookie
from auth.limits import knock
from auth.origin import path_within
from auth.permission import Permission, may
from auth.secret import digest
from auth.session import Standing, standing
from core.client import Client
from core.db import Reader
from core.outage import NoDatabaseError, outage_of, tell
from core.phrase import phrase
from core.remembered import Remembered
from core.runtime import Runtime, changes_access
from core.secrets import Secrets
from models.status_page import StatusPageLink
from models.words import PageAccess
from statuspage import render
from statuspage.answer import UNKEPT, UNLISTED, refusal
from statuspage.body import Body
from statuspage.cache import BUSY, READ_SECONDS
from statuspage.one import StatusPage
from statuspage.pages import Pages

T = TypeVar("T")

PASS, ATTEMPT = "muster_page", "muster_page_attempt"
PASS_DAYS = 30
"""For how long a browser remembers a link that does not expire; it can be opened again."""
ATTEMPT_SECONDS = 600
"""In which somebody signs in."""
OLD_SECONDS = 3600.0
"""For how long a pass that was found good does while it can't be looked up."""
GIVES = frozenset({"person.signed_in", "access.granted", "status_page.link_created"})
"""Events that take no pass away."""

CLOSED = {**UNLISTED, "Cache-Control": UNKEPT}

BY_LINK = (
    phrase("This status page is opened by link."),
    phrase("If you had a link, it has expired or was ended. Ask who runs this page for a new one."),
)
BY_SIGN_IN = (
    phrase("This status page is for people who sign in."),
    phrase("Open it in a browser, and sign in there."),
)
GONE = (
    phrase("This status page is no longer here."),
    phrase("Ask who runs the service where its state is told now."),
)


def _changes(kind: str) -> bool:
    return (kind.startswith("status_page.") or changes_access(kind)) and kind not in GIVES


class Gate:
    """Lets readers in, or says what they need."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._database = runtime, runtime.database
        self._links: Remembered[StatusPageLink] = Remembered(_changes, lasts=OLD_SECONDS)
        self._members: Remembered[Standing] = Remembered(_changes, lasts=OLD_SECONDS)
        for each in (self._links, self._members):
            runtime.live.watch(each.on_events)
            runtime.database.watchers.append(each.on_commit)

    async def refusal(self, request: Request, page: StatusPage) -> Response | None:
        """What is said in place of a page that this reader may not read; None if they may."""
        if page.access is None:
            return self._closed(page, 404, GONE)
        try:
            admitted = await self._admitted(request, page)
        except Exception as error:
            if outage_of(error) is None:
                raise
            tell(error)
            return self.away(page)
        return None if admitted else self.turn_away(request, page)

    async def _admitted(self, request: Request, page: StatusPage) -> bool:
        kept = read_cookie(self._runtime.settings, request.cookies, PASS)
        if page.access is PageAccess.MEMBERS:
            return kept is not None and await self._member(page, kept)
        given = request.query_params.get("pass") if page.for_programs(request.url.path) else None
        return any(
            [token is not None and await self.link(page, token, may_be_old=True) is not None for token in (given, kept)]
        )

    async def _member(self, page: StatusPage, token: str) -> bool:
        """Whether who keeps a pass may read the page still."""
        session_id = read_member_pass(self.secrets, page.page_id or 0, token, self._database.clock.now())
        return session_id is not None and await self.standing(session_id, may_be_old=True) is not None

    async def link(self, page: StatusPage, token: str, *, may_be_old: bool = False) -> StatusPageLink | None:
        """The link that a token is of, if it opens this page now; with `may_be_old` as far as is known in an outage."""
        page_id = page.page_id or 0
        look = partial(self._look, lambda reader: linked(reader, self.secrets, page_id, token))
        found = await self._links.get(digest(f"{page_id} {token}"), look, may_be_old=may_be_old)
        return found if found is not None and found.opens(self._database.clock.now()) else None

    async def _look(self, read: Callable[[Reader], Awaitable[T]]) -> T:
        """Ask the database, which has little time: there may be an older answer."""
        try:
            async with asyncio.timeout(READ_SECONDS), self._database.looking() as reader:
                return await read(reader)
        except BUSY as error:
            raise NoDatabaseError("a pass can't be looked up in time") from error

    async def standing(self, session_id: int, *, may_be_old: bool = False) -> Standing | None:
        """Who signed in by a session, if it has not ended and they may read; `may_be_old` as for links."""
        look = partial(self._look, lambda reader: standing(reader, session_id))
        found = await self._members.get(digest(str(session_id)), look, may_be_old=may_be_old)
        if found is None or self._database.clock.now() >= found.expires_at:
            return None
        return found if may(found.actor, Permission.READ) else None

    def turn_away(self, request: Request, page: StatusPage, *, onwards: bool = True) -> Response:
        """The answer to a reader without a good pass, who may not try without end."""
        taken = knock(self._runtime, Client.of(request))
        if not taken.allowed:
            words = (phrase("That was very often."), phrase("Wait a moment, and load the page again."))
            answer = self._closed(page, 429, words)
            answer.headers["Retry-After"] = str(math.ceil(taken.wait))
            return answer
        if page.access is PageAccess.LINK:
            return self._closed(page, 403, BY_LINK)
        if onwards and not page.for_programs(request.url.path):
            return self._to_sign_in(request, page)
        return self._closed(page, 403, BY_SIGN_IN)

    def _to_sign_in(self, request: Request, page: StatusPage) -> Response:
        settings, slug = self._runtime.settings, page.known.slug if page.known else ""
        remembered = randomness.token_urlsafe(24)
        path = path_within(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        asked = urlencode({"state": state_of(remembered), "to": path or "/"})
        answer = RedirectResponse(f"{settings.base_url}{MEMBERS_PATH}{slug}?{asked}", 303, CLOSED)
        set_cookie(settings, answer, ATTEMPT, remembered, seconds=ATTEMPT_SECONDS)
        return answer

    def _closed(self, page: StatusPage, status: int, words: tuple[str, str]) -> Response:
        title, more = words
        content = render.bare("closed.html", self._database.clock.now(), page.language, title=title, words=more)
        return refusal(status, Body.of(content), {**page.always, **CLOSED})

    def away(self, page: StatusPage) -> Response:
        """What is said while nobody can be let in."""
        content = render.unavailable(self._database.clock.now(), page.language)
        return refusal(503, Body.of(content), {**page.always, **CLOSED, "Retry-After": "10"})

    @property
    def secrets(self) -> Secrets:
        """The keys that links and passes are signed with."""
        return self._database.keys


class PassDoors:
    """ASGI: where a pass is given. Elsewhere than on a page that has such a door there is no such address."""

    def __init__(self, pages: Pages, gate: Gate, others: ASGIApp) -> None:
        self._pages, self._gate, self._others = pages, gate, others
        self._settings, self._database = pages.runtime.settings, pages.runtime.database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        page, method = await self._pages.page(scope), scope["method"]
        request = Request(scope, receive)
        opening = scope["path"].startswith(OPEN_PATH)
        try:
            if page.access is PageAccess.LINK and opening and method in ("GET", "HEAD", "POST"):
                answer = await self._open(request, page)
            elif page.access is PageAccess.MEMBERS and not opening and method == "GET":
                answer = await self._enter(request, page)
            else:
                await self._others(scope, receive, send)
                return
        except Exception as error:
            if outage_of(error) is None:
                raise
            tell(error)
            answer = self._gate.away(page)
        await answer(scope, receive, send)

    async def _open(self, request: Request, page: StatusPage) -> Response:
        """Ask (GET, which changes nothing: scanners of mail open every link), or let a browser in (POST)."""
        token = request.path_params["token"]
        link = await self._gate.link(page, token)
        if link is None:
            return self._gate.turn_away(request, page)
        if request.method != "POST":
            title, button = phrase("Open this status page?"), phrase("Open the page")
            words = phrase("Your browser then keeps a cookie, by which it comes in from now on.")
            said = {"title": title, "words": words, "button": button}
            content = render.bare("open.html", self._database.clock.now(), page.language, **said)
            return refusal(200, Body.of(content), {**page.always, **CLOSED})
        lasts = timedelta(days=PASS_DAYS)
        if link.expires_at is not None:
            lasts = min(lasts, link.expires_at - self._database.clock.now())
        return self._let_in(request, page, token, lasts)

    async def _enter(self, request: Request, page: StatusPage) -> Response:
        """Let in a browser that comes from our host, where somebody signed in, and that set out from here."""
        page_id, now = page.page_id or 0, self._database.clock.now()
        remembered = read_cookie(self._settings, request.cookies, ATTEMPT) or ""
        token = request.path_params["token"]
        session_id = read_entry(self._gate.secrets, page_id, state_of(remembered), token, now)
        if not remembered or session_id is None or await self._gate.standing(session_id) is None:
            return self._gate.turn_away(request, page, onwards=False)
        answer = self._let_in(request, page, member_pass(self._gate.secrets, page_id, session_id, now), PASS_FOR)
        clear_cookie(self._settings, answer, ATTEMPT)
        return answer

    def _let_in(self, request: Request, page: StatusPage, token: str, lasts: timedelta) -> Response:
        onwards = path_within(request.query_params.get("to")) or "/"
        answer = RedirectResponse(onwards, 303, {**page.always, **CLOSED})
        set_cookie(self._settings, answer, PASS, token, seconds=math.ceil(lasts.total_seconds()))
        return answer


__all__ = ["ENTER_PATH", "ENTER_WITHIN", "OPEN_PATH", "Gate", "PassDoors"]
