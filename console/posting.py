"""Forms of the command centre: from one of our pages, by somebody who is signed in, ending in one action.

A form that is refused comes back with what was written in it and the reason at the field (looks/README, "Errors").
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from secrets import token_urlsafe
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth.origin import from_our_page
from auth.permission import Permission, require
from console.desk import POLICY, STATUS, UNFIT, Desk
from console.fields import Fields, read_fields
from console.pages import SAFE, html, identity_of, message, pages, unless_away
from core.client import Client
from core.errors import DomainError, ErrorCode, TextConflictError
from core.runtime import Runtime
from models.words import ActorKind
from resolvers.mutations.perform import Deed, Given, Outcome, carry_out, of_row

KEY = "_key"
"""The field that holds a form's idempotency key: sent twice, it is carried out once."""

pages.globals["new_key"] = lambda: token_urlsafe(18)

Handle = Callable[[Desk, Fields], Awaitable[Response]]
Read = Callable[[Request], Awaitable[Fields]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that came back: which it was, what was in it, and why it was refused (None: it was only looked at)."""

    form: str
    fields: Fields
    error: DomainError | None

    def value(self, form: str, name: str, otherwise: str = "") -> str:
        """What stands in a field: what was written, if it is this form that came back."""
        return self.fields.text(name, otherwise) if form == self.form else otherwise

    @property
    def status(self) -> int:
        """How HTTP says why it came back."""
        return STATUS.get(self.error.code, UNFIT) if self.error is not None else 200

    def of(self, form: str) -> DomainError | None:
        """Why this form was refused, if it was."""
        return self.error if form == self.form else None


async def do(
    desk: Desk,
    fields: Fields,
    mutation: str,
    action: Callable[..., Awaitable[Any]],
    wanted: Given | None = None,
    /,
    *,
    key: Callable[[Any, Given], int | None] = of_row,
    **given: Any,
) -> Outcome:
    """Carry out an action for the viewer, under its mutation's name and the form's key. Its refusals are raised.

    What it is told comes as keywords, or as `wanted`, where one of them is called `key`.
    """
    sent = fields.text(KEY)[:200] or None
    return await carry_out(desk.ctx, mutation, {**(wanted or {}), **given}, Deed(action, key), idempotency_key=sent)


def late(error: DomainError) -> bool:
    """Whether somebody was faster, and the refusal has not both texts yet (`stale`)."""
    return error.code is ErrorCode.VERSION_CONFLICT and not isinstance(error, TextConflictError)


def stale(error: DomainError, *, version: int, seen: str, theirs: str, yours: str) -> DomainError:
    """A refusal that is `late`, with both texts.

    `version` is the one that stands by now, `seen` the form's. The form that comes back is to stand against the former.
    """
    told = TextConflictError(
        "text", version, int(seen) if seen.isascii() and seen.isdigit() else 0, theirs=theirs, yours=yours
    )
    told.message = error.message
    told.hint = "Put the two together below. Saving then replaces what was saved meanwhile."
    return told


def to(address: str) -> Response:
    """On to the page that shows what was done; a browser that goes back or reloads does nothing twice."""
    return RedirectResponse(address, 303, SAFE)


def posted(handle: Handle, *, read: Read = read_fields) -> Callable[[Request], Awaitable[Response]]:
    """What answers a form: `handle(desk, fields)`, which redirects, or shows the form again with its refusal.

    `read` takes the form from the request. A form of another site is refused. One whose sender is signed out by now is
    shown to them with all that they wrote, to be sent again: nothing is lost.
    """

    @wraps(handle)
    async def answer(request: Request) -> Response:
        runtime: Runtime = request.app.state.runtime
        identity = await identity_of(request)
        if not from_our_page(request.headers, runtime.settings.base_url):
            runtime.refusals.note(identity.actor, Client.of(request), ErrorCode.FORBIDDEN, f"POST {request.url.path}")
            hint = "Nothing was changed. Open the page itself, and do it there."
            return message("Not from here", "This was sent by a page of another site.", hint=hint, status=403)
        desk = Desk(request, identity)
        try:
            try:
                fields = await read(request)
                if identity.actor.kind is not ActorKind.USER:
                    return _signed_out(request, fields)
                require(desk.actor, Permission.READ)
                return await handle(desk, fields)
            except DomainError as error:
                if identity.actor.kind is not ActorKind.USER:
                    return message("This can't be read", error.message, hint=error.hint, status=UNFIT)
                return await desk.refuse(error)
        finally:
            await desk.ctx.close()

    return unless_away(answer)


def _signed_out(request: Request, fields: Fields) -> Response:
    written = [(name, value) for name, value in fields.items() if not name.startswith("_") and len(value) > 0]
    page = pages.get_template("signed_out.html").render(action=request.url.path, fields=fields.items(), written=written)
    return html(page, 401, POLICY)
