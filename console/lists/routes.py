"""The addresses of the lists: incidents, alerts, what is learned, who is on call, and going somewhere by words."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from console.desk import Desk, view
from console.lists import (
    alert_forms,
    alerts,
    fatigue,
    incident_forms,
    incidents,
    item_forms,
    learning,
    on_call,
    search,
    storm,
)
from console.lists.filters import lend
from console.posting import Handle, posted, to


def routes() -> list[BaseRoute]:
    """Their routes, and what their templates need."""
    lend()
    return [
        Route(incidents.PATH, view(incidents.show)),
        *form("/console/incidents/acknowledge", incidents.PATH, incident_forms.acknowledge),
        *form("/console/incidents/filters", incidents.PATH, incident_forms.save),
        *form("/console/incidents/filters/delete", incidents.PATH, incident_forms.forget),
        Route(alerts.PATH, view(alerts.show)),
        *form("/console/alerts/change", alerts.PATH, alert_forms.change),
        Route(fatigue.PATH, view(fatigue.show)),
        Route(f"{fatigue.PATH}/{{table}}.csv", view(fatigue.table)),
        Route("/console/alerts/of/{ref}", view(storm.show)),
        Route("/console/alerts/{id}", view(alerts.show_one)),
        Route("/console/alerts/{id}", posted(alert_forms.change_one), methods=["POST"]),
        Route(learning.PATH, view(learning.show)),
        *form("/console/learning/items", learning.PATH, item_forms.change),
        Route(on_call.PATH, view(on_call.show)),
        Route(search.PATH, view(search.show)),
    ]


def form(path: str, home: str, handle: Handle) -> list[BaseRoute]:
    """The address of a form; opened by itself, as after a reload, it leads to the page that the form is on."""

    async def back(_: Desk) -> Response:
        return to(home)

    return [Route(path, view(back)), Route(path, posted(handle), methods=["POST"])]
