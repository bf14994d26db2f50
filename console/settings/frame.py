"""The frame that all pages of Settings share, and the overview."""

from typing import Any

from starlette.responses import Response

from auth.permission import may, require
from console.desk import Desk
from console.settings.areas import Area, area_of, closed_to, open_to, who_may


def opened(desk: Desk, key: str) -> Area:
    """The area that a page belongs to. FORBIDDEN for a viewer who may not read it."""
    area = area_of(key)
    require(desk.actor, area.sees)
    return area


async def area_page(desk: Desk, key: str, template: str, *, status: int = 200, **values: Any) -> Response:
    """A page of an area: a template that extends `settings/frame.html` and fills its block `area`.

    Beside `values` it has `area` (console.settings.areas.Area), `areas` (for the side), `changes` (whether the viewer
    may change things here), `who` (who may, in words), and `refused` (None unless given). FORBIDDEN as `opened`.
    """
    area = opened(desk, key)
    known = {
        "area": area,
        "areas": open_to(desk.actor),
        "changes": may(desk.actor, area.permission),
        "who": who_may(area.permission),
        "refused": None,
    }
    return await desk.page(template, status=status, **(known | values))


async def overview(desk: Desk) -> Response:
    """What can be set, in a sentence each; what the viewer may only read, or not even that, with who may."""
    return await desk.page(
        "settings/overview.html",
        area=None,
        areas=open_to(desk.actor),
        closed=closed_to(desk.actor),
        may_change=lambda area: may(desk.actor, area.permission),
        who_may=who_may,
        refused=None,
    )
