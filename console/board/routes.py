"""The addresses of the dashboard."""

from starlette.routing import BaseRoute, Route

from console.board import alerts, behind, page
from console.board.board import PATH
from console.desk import view


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [
        Route(PATH, view(page.show)),
        Route(f"{PATH}.pdf", view(page.pdf)),
        Route(f"{PATH}/gaps", view(page.gaps)),
        Route(f"{PATH}/noise", view(alerts.show)),
        Route(f"{PATH}/{{figure}}.csv", view(page.table)),
        Route(f"{PATH}/{{metric}}", view(behind.show)),
    ]
