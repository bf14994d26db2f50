"""What a list tells of each incident: read for all of them at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from auth.acts import Act
from console.times import lasting
from models.incident import Incident
from models.person import User
from models.role import Role
from models.service import Service
from models.severity import SeverityVersion
from models.words import Audience
from resolvers import incidents as resolve
from resolvers.context import Context
from resolvers.rights import allowed_actions
from resolvers.roles import commanders, unfilled_roles

SOON = "degraded"
LATE = "major"


class Lack(NamedTuple):
    """Something that is missing: `state` says how bad that is, as CSS has it."""

    state: str
    words: str


class Row(NamedTuple):
    """An incident as a list shows it."""

    incident: Incident
    severity: SeverityVersion | None
    commander: User | None
    services: list[Service]
    lacks: list[Lack]
    acknowledges: bool
    """Whether the viewer may take it: it was reported, and nobody has it yet."""


async def read_rows(ctx: Context, found: Sequence[Incident], moment: datetime) -> list[Row]:
    """The rows of incidents that the viewer may see."""
    lists = (
        found,
        await resolve.severities(ctx, found),
        await commanders(ctx, found),
        await resolve.services(ctx, found),
        await unfilled_roles(ctx, found),
        await allowed_actions(ctx, found),
    )
    return [
        Row(incident, severity, commander, services, lacks(incident, roles, moment), Act.ACKNOWLEDGE_INCIDENT in acts)
        for incident, severity, commander, services, roles, acts in zip(*lists, strict=True)
    ]


def lacks(incident: Incident, roles: Sequence[Role], moment: datetime) -> list[Lack]:
    """What is late or missing of an incident at a moment, in words, the latest first."""
    found = []
    for audience in (Audience.PUBLIC, Audience.INTERNAL):
        due = incident.next_update_due_at(audience)
        if due is not None and due < moment:
            found.append(Lack(LATE, f"{audience.capitalize()} update {lasting(moment - due)} late"))
    if incident.final_update_owed and not found:
        found.append(Lack(SOON, "Final public update owed"))
    if roles:
        waits = incident.roles_due_at is not None and incident.roles_due_at > moment
        found.append(Lack(SOON if waits else LATE, f"No {' or '.join(role.name for role in roles)}"))
    return found
