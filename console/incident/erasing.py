"""Erasing a text for good: an admin picks it from the incident's timeline, says why, and types the reference."""

from sqlalchemy import select
from starlette.responses import Response

from actions.erasing.text import OF_POSTMORTEM, OF_UPDATE, erasable, erase_text
from auth.permission import Permission, require
from console.desk import Desk
from console.fields import Fields, asked
from console.incident.log import Line, lines_of
from console.incident.scene import find
from console.machinery.frame import confirmed
from console.posting import Refused, do, to
from core.errors import DomainError, ErrorCode, not_found
from core.ids import decode_as
from models.event import Event, EventText
from models.facts import every as facts
from models.facts.response import EntryAdded
from models.incident import Incident
from resolvers import events, incidents
from resolvers.mutations.perform import of_input
from resolvers.page import Cursor

FORM = "erase"
STRETCH = 50
KINDS = [EntryAdded.kind, *OF_UPDATE, *OF_POSTMORTEM]
"""Events whose text is listed to be erased."""
EVERY = sorted(kind for kind in facts.KINDS if erasable(kind))
"""Those whose text can be erased: also what has a reason or a note."""
CLOSED = (ErrorCode.FORBIDDEN, ErrorCode.NOT_FOUND)


async def choose(desk: Desk) -> Response:
    """The texts of an incident, the newest first. FORBIDDEN for all but admins."""
    require(desk.actor, Permission.ADMINISTER)
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    before = asked(desk.request).optional("before")
    earlier = Cursor(before) if before else None
    [page] = await events.timelines(desk.ctx, [incident], kinds=KINDS, last=STRETCH, before=earlier)
    lines = await lines_of(desk.ctx, incident, page.nodes)
    texts = select(EventText.event_id).where(EventText.event_id.in_([each.id for each in page.nodes]))
    kept = {row.event_id for row in await desk.ctx.reader.execute(texts)}
    return await desk.page(
        "incident/erase_which.html",
        incident=incident,
        here=f"/console/incidents/{incident.reference}",
        lines=[(line, line.event.id not in kept) for line in lines[::-1]],
        older=page.start_cursor if page.has_previous_page else None,
        refused=None,
    )


async def show(desk: Desk, refused: Refused | None = None) -> Response:
    """One text with the form that erases it. NOT_FOUND for what is none, or is erased."""
    require(desk.actor, Permission.ADMINISTER)
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    line = await _line(desk, incident)
    return await desk.page(
        "incident/erase.html",
        status=refused.status if refused is not None else 200,
        incident=incident,
        here=f"/console/incidents/{incident.reference}",
        line=line,
        refused=refused,
    )


async def erase(desk: Desk, fields: Fields) -> Response:
    """Erase it, if the reference was typed."""
    require(desk.actor, Permission.ADMINISTER)
    incident = await find(desk.ctx, desk.request.path_params["reference"])
    try:
        confirmed(fields, incident.reference)
        given = {"event": desk.request.path_params["event"], "reason": fields.text("reason")}
        await do(desk, fields, "eraseText", erase_text, given, key=of_input("event"))
    except DomainError as error:
        if error.code in CLOSED:
            raise
        return await show(desk, Refused(FORM, fields, error))
    return to(f"/console/incidents/{incident.reference}/erase")


async def _line(desk: Desk, incident: Incident) -> Line:
    reference = desk.request.path_params["event"]
    key = decode_as("Event", reference, "event")
    [merged] = await incidents.merged_from(desk.ctx, [incident])
    own = [incident.id, *(each.id for each in merged)]
    wanted = select(Event).where(Event.id == key, Event.incident_id.in_(own), Event.kind.in_(EVERY))
    lines = await lines_of(desk.ctx, incident, await desk.ctx.reader.rows(Event, wanted))
    if not lines:
        raise not_found("event", "text", reference)
    return lines[0]
