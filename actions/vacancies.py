"""Which roles a severity requires that nobody holds, and until when they must be filled."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.promises import RESPONDING
from models.incident import Incident
from models.role import Role, RoleAssignment
from models.severity import Obligations, SeverityVersion
from models.words import IncidentKind


async def vacant_roles(session: AsyncSession, incidents: Sequence[Incident]) -> dict[int, list[int]]:
    """Per incident id: the required roles that are vacant, by role id. An archived role is required no longer."""
    version_ids = {incident.severity_version_id for incident in incidents} - {None}
    found = await session.execute(
        select(SeverityVersion.id, SeverityVersion.required_role_ids).where(SeverityVersion.id.in_(version_ids))
    )
    required = {row.id: row.required_role_ids for row in found}
    in_use = set(await session.scalars(select(Role.id).where(Role.archived_at.is_(None))))
    current = await session.execute(
        select(RoleAssignment.incident_id, RoleAssignment.role_id).where(
            RoleAssignment.incident_id.in_([incident.id for incident in incidents]),
            RoleAssignment.relinquished_at.is_(None),
        )
    )
    held = {(row.incident_id, row.role_id) for row in current}
    return {
        incident.id: [
            role_id
            for role_id in required.get(incident.severity_version_id, [])
            if role_id in in_use and (incident.id, role_id) not in held
        ]
        for incident in incidents
    }


async def watch_vacancies(
    session: AsyncSession, incident: Incident, obligations: Obligations | None, now: datetime
) -> None:
    """Begin to count the minutes in which required roles must be filled; stop when none is vacant.

    Called when a role may have become vacant or required. An earlier deadline that still runs stays. Takes what was
    flushed into account.
    """
    minutes = obligations.fill_roles_within_minutes if obligations is not None else None
    if (
        minutes is None
        or incident.kind is IncidentKind.BACKFILLED
        or incident.stage not in RESPONDING
        or not (await vacant_roles(session, [incident]))[incident.id]
    ):
        incident.roles_due_at = None
        return
    due = now + timedelta(minutes=minutes)
    incident.roles_due_at = min(due, incident.roles_due_at or due)
