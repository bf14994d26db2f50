"""What an identity provider says of a person's role and teams, carried over at each sign-in."""

import logging

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.access_roles import Changed, give_access_role
from actions.admins import lock_admins
from actions.record import now, record_saved
from auth.actor import SYSTEM
from core.oidc_settings import ProviderSettings
from models.person import Team, TeamMember, User
from models.words import AccessRole

log = logging.getLogger("muster")


async def follow_role(session: AsyncSession, user: User, role: AccessRole) -> None:
    """Give a person the role that the mapping says. The last admin stays one: nobody could undo it."""
    before = user.access_role
    if before is role:
        return
    if before is AccessRole.ADMIN and await lock_admins(session) == [user.id]:
        log.warning(
            "the person with the id %s stays admin, as the last one, though the mapping says otherwise", user.id
        )
        return
    changed: Changed = {}
    give_access_role(user, role, changed)
    user.changed_at = now(session)
    record_saved(session, SYSTEM, "user", user.id, changed)


async def follow_teams(session: AsyncSession, provider: ProviderSettings, user: User, slugs: frozenset[str]) -> None:
    """Make a person a member of these of the mapped teams and of no other mapped one; other teams are left alone."""
    mapped = set(provider.teams.values())
    teams = list(await session.scalars(select(Team).where(Team.slug.in_(mapped)).order_by(Team.id).with_for_update()))
    for slug in sorted(mapped - {team.slug for team in teams}):
        log.warning("the provider %s maps to the team %s, which does not exist", provider.key, slug)
    for team in teams:
        members = set(await session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team.id)))
        wanted = team.slug in slugs and not team.archived
        if wanted == (user.id in members):
            continue
        if wanted:
            session.add(TeamMember(team_id=team.id, user_id=user.id))
        else:
            await session.delete(await session.get_one(TeamMember, (team.id, user.id)))
        after = members ^ {user.id}
        team.changed_at = now(session)
        told = {"members": {"from": sorted(members), "to": sorted(after)}}
        record_saved(session, SYSTEM, "team", team.id, told)
