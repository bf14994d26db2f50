"""People, teams, and whoever acts."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, or_, select

from actions import check
from actions.narrate import actor_names
from models.person import Team, TeamMember, User
from models.words import ActorKind
from resolvers.context import Context
from resolvers.rows import by_key, children

MOST = 1000
"""How many people a list without pages holds at most."""


class Who(NamedTuple):
    """Somebody who acts, by kind and key: all that rows and events keep of them."""

    kind: ActorKind
    id: int | None

    @property
    def user_id(self) -> int | None:
        """The person's key, if it is a person."""
        return self.id if self.kind is ActorKind.USER else None


async def viewer(ctx: Context) -> Who:
    """Who asks."""
    return Who(ctx.actor.kind, ctx.actor.id)


async def names(ctx: Context, actors: Sequence[Who]) -> list[str]:
    """What they are called today."""
    found = await actor_names(ctx.reader, {(who.kind, who.id) for who in actors})
    return [found[who.kind, who.id] for who in actors]


async def users(ctx: Context, *, text: str | None = None) -> list[User]:
    """People by name, those who left last; with `text`, those whose name or address has a word that begins with it."""
    statement = select(User).order_by(User.archived_at.is_not(None), func.lower(User.name), User.id).limit(MOST)
    if text is not None:
        wanted = check.text(text, "text", limit=check.TITLE)
        where = (User.name, User.email)
        begins = [column.istartswith(wanted, autoescape=True) for column in where]
        inside = [User.name.icontains(f" {wanted}", autoescape=True)]
        statement = statement.where(or_(*begins, *inside))
    return await ctx.reader.rows(User, statement)


async def teams(ctx: Context) -> list[Team]:
    """All teams by name, archived ones last."""
    order = (Team.archived_at.is_not(None), func.lower(Team.name), Team.id)
    return await ctx.reader.rows(Team, select(Team).order_by(*order))


async def members_of_teams(ctx: Context, teams: Sequence[Team]) -> list[list[User]]:
    """The people of each team, by name."""
    statement = (
        select(User, TeamMember.team_id)
        .join(TeamMember, TeamMember.user_id == User.id)
        .where(TeamMember.team_id.in_({team.id for team in teams}))
        .order_by(func.lower(User.name), User.id)
    )
    found = await children(ctx, User, statement)
    return [found.get(team.id, []) for team in teams]


async def teams_of_users(ctx: Context, users: Sequence[User]) -> list[list[Team]]:
    """The teams of each person, by name."""
    statement = (
        select(Team, TeamMember.user_id)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.user_id.in_({user.id for user in users}))
        .order_by(func.lower(Team.name), Team.id)
    )
    found = await children(ctx, Team, statement)
    return [found.get(user.id, []) for user in users]


async def person_of(ctx: Context, actors: Sequence[Who]) -> list[User | None]:
    """The person, where a person acted."""
    found = await by_key(ctx, User, (who.user_id for who in actors))
    return [found.get(who.user_id or 0) for who in actors]
