"""Who is told of an action item. Nobody who may not see it: one of a private incident is its members' alone."""

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from actions.recipients import Who, admitted, holders, members, present
from models.incident import Incident
from models.person import Team, TeamMember, User
from models.postmortem import ActionItem
from models.role import COMMANDER


async def manager_of(session: AsyncSession, item: ActionItem, incident: Incident | None) -> int | None:
    """Who manages the team that owns an action item; None without one who is there and may see it."""
    key: int | None = await session.scalar(select(User.id).where(_manages(item), present(), in_sight(incident)))
    return key


async def reminded(session: AsyncSession, item: ActionItem, incident: Incident | None) -> Who:
    """Its assignee; without one its team, else who commanded the incident, else the incident's members."""
    return await _first(session, incident, User.id == item.assignee_id, *_ladder(item, incident))


async def escalated(session: AsyncSession, item: ActionItem, incident: Incident | None) -> Who:
    """The manager of its team; without one the same as of a reminder that is nobody's."""
    return await _first(session, incident, _manages(item), *_ladder(item, incident))


def in_sight(incident: Incident | None) -> Who:
    """Who may see it."""
    return true() if incident is None else admitted(incident)


def _manages(item: ActionItem) -> ColumnElement[bool]:
    return exists(select(1).where(Team.id == item.owner_id, Team.manager_id == User.id))


def _ladder(item: ActionItem, incident: Incident | None) -> list[Who]:
    team = exists(select(1).where(TeamMember.team_id == item.owner_id, TeamMember.user_id == User.id))
    return [team] if incident is None else [team, holders(incident, COMMANDER), members(incident)]


async def _first(session: AsyncSession, incident: Incident | None, *ladder: Who) -> Who:
    for who in ladder[:-1]:
        if await session.scalar(select(exists(select(User.id).where(who, present(), in_sight(incident))))):
            return who
    return ladder[-1]
