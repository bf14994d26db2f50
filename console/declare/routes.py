"""The addresses of declaring."""

from starlette.routing import BaseRoute, Route

from console.declare import forms, page
from console.desk import view
from console.posting import posted


def routes() -> list[BaseRoute]:
    """Its routes."""
    return [
        Route(page.PATH, view(page.show)),
        Route(page.PATH, posted(forms.declare), methods=["POST"]),
        Route(f"{page.PATH}/alike", view(page.alike)),
    ]
