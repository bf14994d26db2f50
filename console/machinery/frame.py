"""What the pages of machinery share: their frame with a form that came back, names typed to confirm, waiting."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response

from console.desk import STATUS, UNFIT, Desk
from console.fields import Fields
from console.posting import Refused
from console.settings.frame import area_page
from core.errors import DomainError, ErrorCode, invalid, not_found
from core.ids import decode
from resolvers.nodes import NOUNS

LOUD = (ErrorCode.FORBIDDEN, ErrorCode.UNAUTHENTICATED)
"""Refusals that are a page of their own: there is no form to mend."""
PATIENCE = timedelta(minutes=5)
"""How long a page looks again by itself for what a job does."""


async def machine_page(
    desk: Desk, key: str, template: str, *, refused: Refused | None = None, **values: Any
) -> Response:
    """A page of an area (console.settings.frame.area_page); 422 and its like if a form came back.

    It has `done` too: what the address says was just done.
    """
    status = 200
    if refused is not None and refused.error is not None:
        status = status_of(refused.error)
    done = desk.request.query_params.get("done", "")
    return await area_page(desk, key, template, status=status, refused=refused, done=done, **values)


def status_of(error: DomainError) -> int:
    """The status of a page with a form that came back. NOT_FOUND of something chosen in it is no missing page."""
    return UNFIT if error.code is ErrorCode.NOT_FOUND else STATUS.get(error.code, UNFIT)


def back(form: str, fields: Fields, error: DomainError) -> Refused:
    """A form that came back; what its sender may not do at all is raised, and becomes a page that says so."""
    if error.code in LOUD:
        raise error
    return Refused(form, fields, error)


def confirmed(fields: Fields, name: str) -> None:
    """Refuse with INVALID_INPUT what can't be taken back lightly, unless its name was typed."""
    if " ".join(fields.text("confirm").split()) != " ".join(name.split()):
        raise invalid("confirm", f"This is not the name: {name}", "Type it as it stands there. Nothing was changed.")


class Waiting(NamedTuple):
    """A part of a page that looks again until something that a job does is there."""

    url: str
    """Where to look, with all that it takes to know what is waited for."""
    again: bool
    """Whether to look again by itself: not for longer than PATIENCE."""


def waiting(desk: Desk, path: str, since: datetime, **asked: str) -> Waiting:
    """Waiting for something since a moment."""
    query = urlencode({**asked, "since": since.isoformat()})
    return Waiting(f"{path}?{query}", desk.now - since < PATIENCE)


def since_of(desk: Desk) -> datetime | None:
    """Since when the page has waited, as its address says; None if it does not wait, or for nonsense."""
    try:
        moment = datetime.fromisoformat(desk.request.query_params.get("since", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment <= desk.now else None


async def row_of(desk: Desk, noun: str, words: str) -> Any:
    """The row that the address names by its opaque id, as the viewer may see it. NOT_FOUND for any other."""
    reference = desk.request.path_params["id"]
    try:
        kind, key = decode(reference)
    except DomainError:
        kind, key = "", 0
    row = await NOUNS[noun](desk.ctx, key) if kind == noun else None
    if row is None:
        raise not_found("id", words, reference)
    return row
