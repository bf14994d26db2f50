"""The addresses of the first set-up."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.posting import posted, to
from console.setting_up import forms
from console.setting_up.colours import sheet
from console.setting_up.pages import arrived, mail_state, overview, show
from console.setting_up.steps import PATH


async def _upwards(desk: Desk) -> Response:
    """Where the address of a form leads when it is only looked at."""
    return to(desk.path.rpartition("/")[0])


def routes() -> list[BaseRoute]:
    """Its routes."""
    own = {
        "organisation": forms.organisation,
        "components": forms.component,
        "look": forms.look,
        "mail": forms.mail,
        "alerts": forms.source,
        "drill": forms.drill,
    }
    below = {
        f"{PATH}/team/team": forms.team,
        f"{PATH}/team/service": forms.service,
        f"{PATH}/dismiss": forms.dismiss,
        f"{PATH}/{{step}}/skip": forms.skip,
    }
    return [
        Route(PATH, view(overview)),
        Route(f"{PATH}/look/colours.css", view(sheet)),
        Route(f"{PATH}/mail/state", view(mail_state)),
        Route(f"{PATH}/alerts/arrived", view(arrived)),
        *(Route(f"{PATH}/{key}", posted(act), methods=["POST"]) for key, act in own.items()),
        *(Route(path, posted(act), methods=["POST"]) for path, act in below.items()),
        *(Route(path, view(_upwards)) for path in below),
        Route(f"{PATH}/{{step}}", view(show)),
    ]
