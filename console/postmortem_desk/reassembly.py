"""Bringing what is generated up to date: first what would change, then the button that does it."""

from starlette.responses import Response

from console.desk import UNFIT, Desk
from console.posting import Refused
from console.postmortem_desk.folio import drafted
from models.incident import Incident
from resolvers import learning, rights


async def show(desk: Desk, refused: Refused | None = None, *, status: int = 200) -> Response:
    """What re-assembly would change now. Looking changes nothing."""
    incident, postmortem = await drafted(desk.ctx, desk.request.path_params["reference"])
    [found] = await learning.reassemblies(desk.ctx, [postmortem])
    [can] = await rights.allowed_actions(desk.ctx, [incident])
    return await desk.page(
        "postmortem_desk/reassembly.html",
        status=status,
        incident=incident,
        here=f"/console/incidents/{incident.reference}/postmortem",
        can=can,
        found=found,
        changing=[each for each in found.sections if each.changes],
        beneath=[each for each in found.sections if each.kept and each.diff],
        refused=refused,
    )


async def again(desk: Desk, _: Incident, refused: Refused) -> Response:
    """The preview as it is now, with the reason why the last one could not be carried out."""
    return await show(desk, refused, status=UNFIT)
