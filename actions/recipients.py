"""Who is told of an incident. Each function returns a condition on people (User) for one incident.

Until there are on-call schedules, "on call" means the teams that own the services concerned, and where nobody owns
them, everyone who responds.
"""

from sqlalchemy import ColumnElement, exists, false, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.incident import Incident, IncidentMember, IncidentService
from models.person import Team, TeamMember, User
from models.role import COMMANDER, Role, RoleAssignment
from models.service import Service
from models.words import AccessRole, PagingScope

Who = ColumnElement[bool]


def present() -> Who:
    """Whoever still works here."""
    return User.archived_at.is_(None)


def members(incident: Incident) -> Who:
    """Its members: whoever reported or declared it, holds or held a role, or was added."""
    return _members_of(incident.id)


def _members_of(incident_id: int) -> Who:
    return exists(select(1).where(IncidentMember.incident_id == incident_id, IncidentMember.user_id == User.id))


def holders(incident: Incident, *role_keys: str) -> Who:
    """Who holds one of these roles now, or any role if none is named."""
    held = (
        select(RoleAssignment.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(
            RoleAssignment.incident_id == incident.id,
            RoleAssignment.relinquished_at.is_(None),
            RoleAssignment.user_id == User.id,
            Role.key.in_(role_keys) if role_keys else true(),
        )
    )
    return exists(held)


def owners(incident: Incident) -> Who:
    """The teams that own the services concerned."""
    return exists(
        select(TeamMember.user_id)
        .join(Service, Service.owner_id == TeamMember.team_id)
        .join(IncidentService, IncidentService.service_id == Service.id)
        .join(Team, Team.id == TeamMember.team_id)
        .where(IncidentService.incident_id == incident.id, TeamMember.user_id == User.id, Team.archived_at.is_(None))
    )


def responders() -> Who:
    """Everyone who may respond."""
    return User.access_role != AccessRole.VIEWER


def involved(incident: Incident) -> Who:
    """Members, holders of roles, and the teams that own the services."""
    return members(incident) | holders(incident) | owners(incident)


def admitted(incident: Incident) -> Who:
    """Who may see it: everyone, or its members while it is private (auth.visibility.visible_to, for a person).

    One that was merged is for the members of the incident that it goes on as.
    """
    return _members_of(incident.merged_into_id or incident.id) if incident.private else true()


async def called(session: AsyncSession, incident: Incident, scope: PagingScope) -> Who:
    """Whom a severity calls to an incident. A private one calls its members, whoever is on call."""
    if scope is PagingScope.NOBODY:
        return false()
    if incident.private or scope is PagingScope.ALL_HANDS:
        return true()
    return await _first_found(session, incident, owners(incident), responders())


async def responsible(session: AsyncSession, incident: Incident, role_key: str) -> Who:
    """Who has to act: the holder of a role, else the commander, else the members, else whoever is on call."""
    return await _first_found(
        session,
        incident,
        holders(incident, role_key),
        holders(incident, COMMANDER),
        members(incident),
        owners(incident),
        responders(),
    )


async def _first_found(session: AsyncSession, incident: Incident, *ladder: Who) -> Who:
    """The first condition that somebody meets who is present and may see the incident; the last if nobody does."""
    for who in ladder[:-1]:
        if await session.scalar(select(exists(select(User.id).where(who, present(), admitted(incident))))):
            return who
    return ladder[-1]
