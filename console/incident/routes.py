"""The addresses of an incident's page."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from core.errors import not_found
from resolvers import incidents


async def show(desk: Desk) -> Response:
    """The incident. NOT_FOUND also for one that the viewer may not see."""
    reference = desk.request.path_params["reference"]
    incident = await incidents.incident(desk.ctx, ref=reference)
    if incident is None:
        raise not_found("incident", "incident", reference)
    return await desk.page("incident/page.html", incident=incident, refused=None)


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [Route("/console/incidents/{reference}", view(show))]
