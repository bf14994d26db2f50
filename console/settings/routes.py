"""The addresses of Settings."""

from starlette.routing import BaseRoute, Route

from console.desk import view
from console.settings.areas import SETTINGS
from console.settings.frame import overview


def routes() -> list[BaseRoute]:
    """Its routes, of every area."""
    return [Route(SETTINGS, view(overview))]
