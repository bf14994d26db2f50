"""`…/postmortem/public`: what customers read was learned. Nothing goes out that was not looked at as they will read it.

The text is first shown with what in it tells something internal; the button that publishes is good for that text alone.
"""

from dataclasses import dataclass
from hashlib import sha256

from starlette.responses import Response

from actions.postmortems.diffs import DiffLine, diff
from actions.postmortems.public_draft import source_text
from console.desk import UNFIT, Desk
from console.fields import Fields
from console.posting import Refused
from console.postmortem_desk.folio import drafted
from core.errors import DomainError, ErrorCode, TextConflictError
from models.incident import Incident
from models.public_postmortem import PublicPostmortem
from resolvers import incidents, learning, rights

PREVIEWED = ("tell", "reword")
"""The forms whose text is looked at before it goes out."""


@dataclass(frozen=True, slots=True)
class Look:
    """A text as customers would read it, its sentences that tell what is internal, and the mark of having seen it."""

    body: str
    telling: list[str]
    seen: str


def looked_at(fields: Fields) -> bool:
    """Whether this very text was shown before, or is none, so that the action refuses it."""
    return fields.text("seen") == seal(fields.text("body")) or "body" not in fields


def seal(body: str) -> str:
    """What says that a text was looked at: it fits no other one."""
    return sha256(body.strip().encode()).hexdigest()[:32]


async def show(desk: Desk) -> Response:
    """The page: what customers read, or a proposal for it."""
    return await page(desk)


async def preview(desk: Desk, _: Incident, kept: Refused) -> Response:
    """The page with the text as customers would read it."""
    return await page(desk, kept, look=True)


async def again(desk: Desk, _: Incident, refused: Refused) -> Response:
    """The page with what was written, and why it was refused."""
    return await page(desk, refused, status=UNFIT)


def _beside(standing: PublicPostmortem, refused: Refused, error: DomainError) -> Refused:
    """A refusal because somebody was faster: with both texts, and so that what is sent next stands against theirs."""
    if error.code is not ErrorCode.VERSION_CONFLICT:
        return refused
    body = refused.fields.text("body")
    told = TextConflictError("text", standing.version, 0, theirs=standing.body, yours=body)
    told.message = "Somebody reworded it meanwhile. Yours is not published, and not lost."
    told.hint = "Put the two together below, and look at it again."
    kept = Fields([*refused.fields.items(), ("expected_version", str(standing.version))])
    return Refused(refused.form, kept, told)


async def page(desk: Desk, refused: Refused | None = None, *, look: bool = False, status: int = 200) -> Response:
    """The page, with a form that came back if there is one."""
    incident, postmortem = await drafted(desk.ctx, desk.request.path_params["reference"])
    [standing] = await incidents.public_postmortems(desk.ctx, [incident])
    [url] = await incidents.public_urls(desk.ctx, [incident])
    [can] = await rights.allowed_actions(desk.ctx, [incident])
    [draft] = await learning.public_drafts(desk.ctx, [postmortem])
    [sections] = await learning.sections(desk.ctx, [postmortem])
    if standing is not None and refused is not None and refused.error is not None:
        refused = _beside(standing, refused, refused.error)
    left_out: list[DiffLine] = diff(source_text(sections), draft)
    seen = None
    if look and refused is not None:
        body = refused.fields.text("body")
        seen = Look(body, await learning.telling(desk.ctx, postmortem, body), seal(body))
    return await desk.page(
        "postmortem_desk/public.html",
        status=status,
        incident=incident,
        here=f"/console/incidents/{incident.reference}/postmortem",
        can=can,
        standing=standing,
        url=url,
        draft=draft,
        left_out=left_out,
        look=seen,
        written=("body", "reason"),
        refused=refused,
    )
