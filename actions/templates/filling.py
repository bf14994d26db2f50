"""Filling in a template for an incident, or for planned work.

What comes out is shown to whoever publishes, who may still change it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_component
from actions.record import now
from actions.templates import spoken
from actions.templates.language import compiled, rendered
from actions.templates.planned import ComponentWords, maintenance_values
from actions.templates.variables import filled_in
from actions.update_parts import MAX_COMPONENTS, Claim
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import invalid, not_found
from core.ids import decode_as
from core.zones import zone_or_utc
from models.incident import Incident
from models.language import PageLanguage
from models.organisation import Organisation
from models.service import Component, ComponentClaim
from models.severity import SeverityVersion
from models.update_template import UpdateTemplate
from models.words import Audience, ComponentStatus, PublicStatus, TemplateUse


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """What templates may say of an incident: never its internal title. What there is not is an empty text."""

    reference: str
    public_title: str
    severity: str
    minutes: int


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A template as it reads for what it was filled in for."""

    audience: Audience
    status: PublicStatus | None
    title: str | None
    body: str


async def fill_in_template(
    session: AsyncSession,
    actor: Actor,
    *,
    template: str,
    incident: str | None = None,
    maintenance: str | None = None,
    variables: dict[str, Any] | None = None,
    components: Sequence[Claim] | None = None,
    next_update_by: datetime | None = None,
) -> FilledIn:
    """What a template says of an incident, for whoever may publish on it, or of a maintenance; nothing is changed.

    `components`: what the update will say of components; without, what the incident's updates say now. NOT_FOUND,
    FORBIDDEN as publishing; INVALID_INPUT for variables, for a text that is empty or grows too long, and for a template
    of the other use.
    """
    require(actor, Permission.READ)
    if maintenance is not None:
        if incident is not None or components is not None or next_update_by is not None:
            raise invalid("maintenance", "Planned work is no incident.", "Send a maintenance and variables alone.")
        require(actor, Permission.MAINTAIN)
        found = await _find(session, template, TemplateUse.MAINTENANCE)
        return _filled(found, variables, await maintenance_values(session, maintenance))
    if incident is None:
        raise invalid("incident", "It is not said what to fill it in for.", "Send an incident, or a maintenance.")
    target = await find_allowed(session, actor, Act.PUBLISH_UPDATE, incident)
    found = await _find(session, template, TemplateUse.INCIDENT)
    named = await _given(session, components) if components is not None else await _claimed(session, target)
    due = next_update_by or target.next_update_due_at(found.audience)
    language = await session.scalar(select(Organisation.language)) or PageLanguage.EN
    values = {
        "incident": await _incident(session, target),
        "components": [ComponentWords(spoken.line(name), spoken.state(status, language)) for name, status in named],
        "component_names": spoken.listed([spoken.line(name) for name, _ in named], language),
        "next_update_by": await _time(session, due) if due else "",
    }
    return _filled(found, variables, values)


def _filled(found: UpdateTemplate, variables: dict[str, Any] | None, own: dict[str, Any]) -> FilledIn:
    """A template with its variables, and with the values of the names that all have."""
    values = {**filled_in(found.variables, variables), **own}
    names = frozenset(each["name"] for each in found.variables)
    body = rendered(compiled(found.body, "body", names, found.use), values, "template", limit=check.BODY)
    title = None
    if found.title is not None:
        pattern = compiled(found.title, "title", names, found.use)
        title = spoken.line(rendered(pattern, values, "template", limit=check.TITLE)) or None
    return FilledIn(found.audience, found.status, title, check.text(body, "template", limit=check.BODY))


async def _find(session: AsyncSession, reference: str, use: TemplateUse) -> UpdateTemplate:
    found = await session.get(UpdateTemplate, decode_as("UpdateTemplate", reference, "template"))
    if found is None:
        raise not_found("template", "template", reference)
    if found.archived:
        raise invalid("template", f"The template {found.name!r} is archived.", "Choose another template.")
    if found.use is not use:
        raise invalid("template", f"The template {found.name!r} is for {found.use}.", f"Choose one for {use}.")
    return found


async def _given(session: AsyncSession, claims: Sequence[Claim]) -> list[tuple[str, ComponentStatus]]:
    check.few(claims, "components", limit=MAX_COMPONENTS)
    found = [
        await find_component(session, each.component, f"components.{i}.component") for i, each in enumerate(claims)
    ]
    return [(component.name, claim.status) for component, claim in zip(found, claims, strict=True)]


async def _claimed(session: AsyncSession, incident: Incident) -> list[tuple[str, ComponentStatus]]:
    """What the incident's public updates say of components now, in the order of the status page."""
    rows = await session.execute(
        select(Component.name, ComponentClaim.status)
        .join(ComponentClaim, ComponentClaim.component_id == Component.id)
        .where(ComponentClaim.incident_id == incident.id)
        .order_by(Component.position, Component.name, Component.id)
        .limit(MAX_COMPONENTS)
    )
    return [(name, status) for name, status in rows]


async def _incident(session: AsyncSession, incident: Incident) -> IncidentWords:
    severity = ""
    if incident.severity_version_id is not None:
        severity = (await session.get_one(SeverityVersion, incident.severity_version_id)).name
    began = incident.impact_started_at or incident.detected_at
    minutes = max(0, int((now(session) - began).total_seconds()) // 60)
    title = spoken.line(incident.public_title) if incident.public_title else ""
    return IncidentWords(incident.reference, title, severity, minutes)


async def _time(session: AsyncSession, moment: datetime) -> str:
    """`03:38 UTC`, in the organisation's zone."""
    zone = zone_or_utc(await session.scalar(select(Organisation.time_zone)) or "UTC")
    local = moment.astimezone(zone)
    return f"{local:%H:%M} {local.tzname()}"
