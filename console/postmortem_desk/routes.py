"""The addresses of the pages on which a postmortem is written."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.posting import posted, to
from console.postmortem_desk import history, page, public, reassembly
from console.postmortem_desk.deeds import DEEDS

ROOT = "/console/incidents/{reference}/postmortem"


async def back(desk: Desk) -> Response:
    """Where a form's address leads to when it is opened, reloaded or gone back to: the page that it stands on."""
    here = f"/console/incidents/{desk.request.path_params['reference']}/postmortem"
    doing = DEEDS.get(desk.request.path_params["deed"])
    return to(here + (doing.page if doing is not None else ""))


def routes() -> list[BaseRoute]:
    """Their routes."""
    return [
        Route(ROOT, view(page.show)),
        Route(f"{ROOT}/reassembly", view(reassembly.show)),
        Route(f"{ROOT}/public", view(public.show)),
        Route(f"{ROOT}/history/{{section}}", view(history.show)),
        Route(f"{ROOT}/do/{{deed}}", view(back)),
        Route(f"{ROOT}/do/{{deed}}", posted(page.act), methods=["POST"]),
    ]
