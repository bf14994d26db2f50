"""The addresses of schedules."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.posting import Handle, posted, to
from console.rota import edit, forms, show
from console.rota.read import PATH

SHORT = "/console/oncall"


def routes() -> list[BaseRoute]:
    """Their routes."""
    one = f"{PATH}/{{id}}"
    return [
        Route(SHORT, view(_long)),
        Route(f"{PATH}/new", view(edit.new)),
        Route(f"{PATH}/new", posted(edit.add), methods=["POST"]),
        Route(one, view(show.show)),
        Route(f"{one}/edit", view(edit.change)),
        Route(f"{one}/edit", posted(edit.save), methods=["POST"]),
        *_form(f"{one}/cover", forms.cover),
        *_form(f"{one}/take-back", forms.take_back),
        *_form(f"{one}/swap", forms.swap),
        *_form(f"{one}/link", forms.link),
    ]


def _form(path: str, handle: Handle) -> list[BaseRoute]:
    async def back(desk: Desk) -> Response:
        return to(f"{PATH}/{desk.request.path_params['id']}")

    return [Route(path, view(back)), Route(path, posted(handle), methods=["POST"])]


async def _long(_: Desk) -> Response:
    return to(PATH)
