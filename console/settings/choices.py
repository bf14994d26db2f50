"""What can be chosen in forms of Settings: people, teams, and all else that the organisation keeps."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from console.settings.field import Choice, Choices
from core.ids import encode
from models.language import PageLanguage
from models.service import Component
from models.words import ComponentStatus
from resolvers import alerts, catalogue, outward, paging, people, status_pages
from resolvers.context import Context

LANGUAGES = {PageLanguage.EN: "English", PageLanguage.DE: "German"}
STATUSES = {
    ComponentStatus.OPERATIONAL: "Operational",
    ComponentStatus.UNDER_MAINTENANCE: "Under maintenance",
    ComponentStatus.DEGRADED_PERFORMANCE: "Degraded performance",
    ComponentStatus.PARTIAL_OUTAGE: "Partial outage",
    ComponentStatus.MAJOR_OUTAGE: "Major outage",
}


def words(known: Mapping[Any, str]) -> Choices:
    """Choices that are always the same: values with what they are called."""
    made = [Choice(str(value), text) for value, text in known.items()]

    async def choices(_: Context) -> Sequence[Choice]:
        return made

    return choices


async def everybody(ctx: Context) -> list[Choice]:
    """People, by id."""
    return [Choice(encode("User", row.id), row.name, row.archived) for row in await people.users(ctx)]


async def policies(ctx: Context) -> list[Choice]:
    """Escalation policies, by id."""
    found = await paging.escalation_policies(ctx)
    return [Choice(encode("EscalationPolicy", row.id), row.name, row.archived) for row in found]


async def teams(ctx: Context) -> list[Choice]:
    """Teams, by id."""
    return [Choice(encode("Team", row.id), row.name, row.archived) for row in await people.teams(ctx)]


async def services(ctx: Context) -> list[Choice]:
    """Services, by id."""
    return [Choice(encode("Service", row.id), row.name, row.archived) for row in await catalogue.services(ctx)]


async def components(ctx: Context) -> list[Choice]:
    """Components, by id, in the order of the status page."""
    return [Choice(component_id(row), grouped(row), row.archived) for row in await catalogue.components(ctx)]


async def severities(ctx: Context) -> list[Choice]:
    """Severities, by id, the worst first."""
    rows = await catalogue.severities(ctx)
    return [Choice(encode("Severity", row.severity_id), row.name, row.archived) for row in rows]


async def roles(ctx: Context) -> list[Choice]:
    """Roles, by id."""
    return [Choice(encode("Role", row.id), row.name, row.archived) for row in await catalogue.roles(ctx)]


async def integrations(ctx: Context) -> list[Choice]:
    """Integrations, by id."""
    rows = await outward.integrations(ctx)
    return [Choice(encode("Integration", row.id), row.name, row.archived) for row in rows]


async def public_pages(ctx: Context) -> list[Choice]:
    """Further status pages that anybody may read, by id."""
    rows = await status_pages.status_pages(ctx)
    return [Choice(encode("StatusPage", row.id), row.name, row.archived) for row in rows if row.access == "PUBLIC"]


async def sources(ctx: Context) -> list[Choice]:
    """Alert sources, by id."""
    return [Choice(encode("AlertSource", row.id), row.name, row.archived) for row in await alerts.alert_sources(ctx)]


async def zones(_: Context) -> list[Choice]:
    """Time zones, by their IANA names."""
    names = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
    return [Choice(name, name) for name in names]


def component_id(row: Component) -> str:
    """The id of a component."""
    return encode("Component", row.id)


def grouped(row: Component) -> str:
    """A component with its group: `Shop: Checkout`."""
    return f"{row.group}: {row.name}" if row.group else row.name
