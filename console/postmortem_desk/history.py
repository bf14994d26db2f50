"""`…/postmortem/history/{section}`: what a section said before, who changed it, and what."""

from starlette.responses import Response

from console.desk import Desk
from console.postmortem_desk.folio import drafted
from core.errors import not_found
from resolvers import learning, people, writing


async def show(desk: Desk) -> Response:
    """The versions that are kept, the newest first. NOT_FOUND for a section that there is not."""
    incident, postmortem = await drafted(desk.ctx, desk.request.path_params["reference"])
    key = desk.request.path_params["section"]
    [sections] = await learning.sections(desk.ctx, [postmortem])
    section = next((row for row in sections if row.key == key), None)
    if section is None:
        raise not_found("section", "section", key)
    [versions] = await writing.history(desk.ctx, [section])
    names = await people.names(desk.ctx, [version.author for version in versions])
    return await desk.page(
        "postmortem_desk/history.html",
        incident=incident,
        here=f"/console/incidents/{incident.reference}/postmortem",
        section_row=section,
        versions=list(zip(versions, names, strict=True))[::-1],
        refused=None,
    )
