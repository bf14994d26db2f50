"""Who holds which role in an incident, and which roles are missing."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from actions.promises import RESPONDING
from core.kept import among, with_keys
from models.incident import Incident
from models.person import User
from models.role import COMMANDER, Role, RoleAssignment
from models.severity import SeverityVersion
from models.words import IncidentKind
from resolvers.batch import EVERYTHING, Selected
from resolvers.context import Context
from resolvers.rows import by_key, children, some
from resolvers.unchanging import unchanging

ALL = select(RoleAssignment).where(among(RoleAssignment.incident_id)).order_by(RoleAssignment.id)
HELD = ALL.where(RoleAssignment.relinquished_at.is_(None))
COMMANDERS = (
    select(User, RoleAssignment.incident_id)
    .join(RoleAssignment, RoleAssignment.user_id == User.id)
    .join(Role, Role.id == RoleAssignment.role_id)
    .where(among(RoleAssignment.incident_id), RoleAssignment.relinquished_at.is_(None), Role.key == COMMANDER)
)


async def roles(
    ctx: Context, incidents: Sequence[Incident], selected: Selected = EVERYTHING, *, current: bool = True
) -> list[list[RoleAssignment]]:
    """The role assignments of each incident in the order in which they were made; all of them, or those that hold."""
    keys = with_keys(incident.id for incident in incidents)
    found: dict[int, list[RoleAssignment]] = {incident.id: [] for incident in incidents}
    statement = HELD if current else ALL
    for assignment in await some(ctx, RoleAssignment, statement, keys, selected, ("incident_id",)):
        found[assignment.incident_id].append(assignment)
    return [found[incident.id] for incident in incidents]


async def commanders(ctx: Context, incidents: Sequence[Incident]) -> list[User | None]:
    """Who commands each incident now."""
    found = await children(ctx, User, COMMANDERS, with_keys(incident.id for incident in incidents))
    return [next(iter(found.get(incident.id, [])), None) for incident in incidents]


async def unfilled_roles(ctx: Context, incidents: Sequence[Incident]) -> list[list[Role]]:
    """The roles that the severity demands and nobody holds, while somebody must respond."""
    return await vacancies(ctx, incidents, await roles(ctx, incidents))


async def vacancies(
    ctx: Context, incidents: Sequence[Incident], holders: Sequence[Sequence[RoleAssignment]]
) -> list[list[Role]]:
    """The roles that each incident's severity demands and that none of its holders has.

    The same rule as the reminder's (actions.vacancies): from RESPONSE to MITIGATION, not for one that was written down
    afterwards, and an archived role is demanded no longer.
    """
    wanted = {i.severity_version_id for i in incidents if i.severity_version_id is not None and _responding(i)}
    versions = await unchanging(ctx.reader, SeverityVersion, wanted)
    known = await by_key(ctx, Role, (key for each in versions.values() for key in each.required_role_ids))
    return [
        vacant(incident, versions.get(incident.severity_version_id or 0), known, own)
        for incident, own in zip(incidents, holders, strict=True)
    ]


def vacant(
    incident: Incident,
    severity: SeverityVersion | None,
    known: Mapping[int, Role],
    holders: Sequence[RoleAssignment],
) -> list[Role]:
    """The same for one incident, where its severity, the roles and who holds them are known."""
    if severity is None or not _responding(incident):
        return []
    held = {assignment.role_id for assignment in holders}
    wanted = (known[key] for key in severity.required_role_ids if key in known and key not in held)
    return [role for role in wanted if not role.archived]


def _responding(incident: Incident) -> bool:
    return incident.stage in RESPONDING and incident.kind is not IncidentKind.BACKFILLED
