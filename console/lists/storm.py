"""`/console/alerts/of/INC-7`: the alerts of an incident, counted by service and monitor; of a storm above all."""

from starlette.responses import Response

from console.desk import Desk
from core.errors import not_found
from resolvers import storms


async def show(desk: Desk) -> Response:
    """The table. NOT_FOUND for an incident that the viewer may not see."""
    reference = desk.request.path_params["ref"]
    found = await storms.alert_breakdown(desk.ctx, incident=reference)
    if found is None:
        raise not_found("incident", "incident", reference)
    return await desk.page("lists/storm.html", found=found)
