"""The addresses of Settings."""

from starlette.routing import BaseRoute, Route

import console.settings.organisation
import console.settings.subscribers
from console.desk import view
from console.settings.alert_sources import SOURCES
from console.settings.areas import SETTINGS
from console.settings.components import COMPONENTS
from console.settings.escalation import ESCALATION
from console.settings.frame import overview
from console.settings.heartbeats import HEARTBEATS, HeartbeatPages
from console.settings.keeping import Keeping
from console.settings.maintenance import MAINTENANCE, MaintenancePages
from console.settings.people import PEOPLE, PeoplePages
from console.settings.roles import ROLES
from console.settings.routing import ROUTING
from console.settings.routing_pages import RoutingPages
from console.settings.runbooks import RUNBOOKS, RunbookPages
from console.settings.service_accounts import SERVICE_ACCOUNTS
from console.settings.services import SERVICES
from console.settings.severities import SEVERITIES
from console.settings.silences import SILENCES, SilencePages
from console.settings.source_pages import SourcePages
from console.settings.status_pages import STATUS_PAGES, StatusPagePages
from console.settings.teams import TEAMS
from console.settings.update_templates import UPDATE_TEMPLATES

PLAIN = (
    TEAMS,
    SERVICE_ACCOUNTS,
    SEVERITIES,
    ROLES,
    SERVICES,
    COMPONENTS,
    UPDATE_TEMPLATES,
    ESCALATION,
)
"""Areas whose pages are like all others'."""

KEPT = (
    PeoplePages(PEOPLE),
    RunbookPages(RUNBOOKS),
    StatusPagePages(STATUS_PAGES),
    MaintenancePages(MAINTENANCE),
    SilencePages(SILENCES),
    RoutingPages(ROUTING),
    SourcePages(SOURCES),
    HeartbeatPages(HEARTBEATS),
    *map(Keeping, PLAIN),
)
"""The pages of all areas that keep a list."""


def routes() -> list[BaseRoute]:
    """Its routes, of every area."""
    return [
        Route(SETTINGS, view(overview)),
        *console.settings.organisation.routes(),
        *console.settings.subscribers.routes(),
        *(route for pages in KEPT for route in pages.routes()),
    ]
