"""The addresses of an incident's page."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.incident import beside, erasing, page
from console.incident.live import live
from console.posting import posted, to

ROOT = "/console/incidents/{reference}"


async def back(desk: Desk) -> Response:
    """Where a form's address leads to when it is opened, reloaded or gone back to: the page that it stands on."""
    return to(f"/console/incidents/{desk.request.path_params['reference']}")


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [
        Route(f"{ROOT}.md", view(beside.markdown)),
        Route(ROOT, view(page.show)),
        Route(f"{ROOT}/live", live),
        Route(f"{ROOT}/told", view(beside.told)),
        Route(f"{ROOT}/member", view(beside.member)),
        Route(f"{ROOT}/give/{{role}}", view(beside.give)),
        Route(f"{ROOT}/runbook/{{key:int}}", view(beside.runbook)),
        Route(f"{ROOT}/erase", view(erasing.choose)),
        Route(f"{ROOT}/erase/{{event}}", view(erasing.show)),
        Route(f"{ROOT}/erase/{{event}}", posted(erasing.erase), methods=["POST"]),
        Route(f"{ROOT}/do/{{deed}}", view(back)),
        Route(f"{ROOT}/do/{{deed}}", posted(page.act), methods=["POST"]),
    ]
