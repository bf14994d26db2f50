"""`/console/look`: in which time zone and theme this browser is shown things."""

from zoneinfo import available_timezones

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from auth.origin import path_within
from console.desk import Desk, view
from console.fields import Fields, asked
from console.look import THEMES, Look, keep_look
from console.posting import Refused, posted, to
from core.errors import DomainError, invalid
from core.zones import known_zone

PATH = "/console/look"
FORM = "look"


async def show(desk: Desk) -> Response:
    """The three choices."""
    return await _page(desk, asked(desk.request).text("back"))


async def _page(desk: Desk, back: str, refused: Refused | None = None, status: int = 200) -> Response:
    zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return await desk.page(
        "look.html", status=status, back=path_within(back) or "/console", zones=zones, refused=refused
    )


async def keep(desk: Desk, fields: Fields) -> Response:
    """Remember what was chosen, and go back to where one was."""
    zone, theme = fields.optional("zone"), fields.optional("theme")
    try:
        if zone is not None and not known_zone(zone):
            raise invalid("zone", f"{zone[:80]!r} is no time zone.", "Choose one such as Europe/Berlin.")
        if theme is not None and theme not in THEMES:
            raise invalid("theme", f"{theme[:80]!r} is no theme.", "Choose light, dark, or as the system has it.")
    except DomainError as error:
        return await _page(desk, fields.text("back"), Refused(FORM, fields, error), 422)
    answer = to(path_within(fields.text("back")) or "/console")
    keep_look(desk.runtime.settings, answer, Look(zone, theme, keys=fields.flag("keys")))
    return answer


async def signed_in(request: Request) -> Response:
    """Where signing in again in a second tab ends: the first one goes on."""
    return await view(lambda desk: desk.page("signed_in.html"))(request)


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [
        Route(PATH, view(show)),
        Route(PATH, posted(keep), methods=["POST"]),
        Route("/console/signed-in", signed_in),
    ]
