"""The addresses of Settings."""

from starlette.routing import BaseRoute, Route

from console.desk import view
from console.settings.alert_sources import SOURCES
from console.settings.areas import SETTINGS
from console.settings.components import COMPONENTS
from console.settings.frame import overview
from console.settings.keeping import Keeping
from console.settings.people import PEOPLE, PeoplePages
from console.settings.roles import ROLES
from console.settings.routing import ROUTING
from console.settings.runbooks import RUNBOOKS, RunbookPages
from console.settings.service_accounts import SERVICE_ACCOUNTS
from console.settings.services import SERVICES
from console.settings.severities import SEVERITIES
from console.settings.teams import TEAMS
from console.settings.update_templates import UPDATE_TEMPLATES

PLAIN = (TEAMS, SERVICE_ACCOUNTS, SEVERITIES, ROLES, SERVICES, COMPONENTS, UPDATE_TEMPLATES, SOURCES, ROUTING)
"""Areas whose pages are like all others'."""


def routes() -> list[BaseRoute]:
    """Its routes, of every area."""
    found: list[BaseRoute] = [Route(SETTINGS, view(overview))]
    for pages in (PeoplePages(PEOPLE), RunbookPages(RUNBOOKS), *map(Keeping, PLAIN)):
        found += pages.routes()
    return found
