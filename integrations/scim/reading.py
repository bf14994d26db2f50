"""Reading the directory's view of people and teams, in one snapshot each."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from scim2_models import NotFoundException
from sqlalchemy import ColumnElement, func, select

from actions.directory.locking import on_the_list
from core import ids
from core.db import Reader
from core.errors import DomainError
from integrations.scim import groups, people
from integrations.scim.columns import GROUPS, USERS
from integrations.scim.query import Search, count_of, page, selected, shows
from integrations.scim.resources import Group, User
from models.person import Team, TeamMember
from models.person import User as Person

MOST_MEMBERS = 5_000
"""Members of all groups of a page together; a page with more of them ends earlier (RFC 7644 §3.4.2.4 allows that)."""


async def read_user(reader: Reader, reference: str, base: str, search: Search) -> User:
    """A person. NotFoundException for nobody, and for somebody whom the directory struck off."""
    statement = select(Person).where(Person.id == _key("User", reference), on_the_list())
    found = await reader.row(Person, statement)
    if found is None:
        raise NotFoundException(detail=f"There is no user {reference[:80]!r}.")
    return (await _users(reader, [found], base, teams=shows(search, "groups")))[0]


async def find_users(reader: Reader, search: Search, base: str) -> tuple[int, list[User]]:
    """How many people a search finds, and those of its page."""
    conditions = [on_the_list()]
    condition = selected(search, User, USERS)
    if condition is not None:
        conditions.append(condition)
    total = await reader.scalar(select(func.count()).select_from(Person).where(*conditions))
    if not count_of(search):
        return total, []
    statement = page(select(Person).where(*conditions), search, User, USERS, Person.id)
    return total, await _users(reader, await reader.rows(Person, statement), base, teams=shows(search, "groups"))


async def _users(reader: Reader, found: Sequence[Person], base: str, *, teams: bool = True) -> list[User]:
    of: dict[int, list[people.Team]] = defaultdict(list)
    if teams:
        rows = await reader.execute(
            select(TeamMember.user_id, Team.id, Team.name)
            .join(Team, Team.id == TeamMember.team_id)
            .where(TeamMember.user_id.in_([each.id for each in found]), Team.archived_at.is_(None))
            .order_by(Team.id)
        )
        for row in rows:
            of[row.user_id].append(people.Team(row.id, row.name))
    return [people.to_user(each, of[each.id], base) for each in found]


async def read_group(reader: Reader, reference: str, base: str, search: Search) -> Group:
    """A team. NotFoundException for none, and for one that is archived."""
    statement = select(Team).where(Team.id == _key("Team", reference), Team.archived_at.is_(None))
    found = await reader.row(Team, statement)
    if found is None:
        raise NotFoundException(detail=f"There is no group {reference[:80]!r}.")
    return (await _groups(reader, [found], base, members=shows(search, "members")))[0]


async def find_groups(reader: Reader, search: Search, base: str) -> tuple[int, list[Group]]:
    """How many teams a search finds, and those of its page."""
    conditions: list[ColumnElement[bool]] = [Team.archived_at.is_(None)]
    condition = selected(search, Group, GROUPS)
    if condition is not None:
        conditions.append(condition)
    total = await reader.scalar(select(func.count()).select_from(Team).where(*conditions))
    if not count_of(search):
        return total, []
    found = await reader.rows(Team, page(select(Team).where(*conditions), search, Group, GROUPS, Team.id))
    members = shows(search, "members")
    if members:
        found = await _few_enough(reader, found)
    return total, await _groups(reader, found, base, members=members)


async def _few_enough(reader: Reader, found: list[Team]) -> list[Team]:
    """As many of these teams as have few enough people together, and one at least."""
    sizes = await reader.execute(
        select(TeamMember.team_id, func.count())
        .where(TeamMember.team_id.in_([team.id for team in found]))
        .group_by(TeamMember.team_id)
    )
    size, together = {row[0]: row[1] for row in sizes}, 0
    for place, team in enumerate(found):
        together += size.get(team.id, 0)
        if together > MOST_MEMBERS and place:
            return found[:place]
    return found


async def _groups(reader: Reader, found: Sequence[Team], base: str, *, members: bool) -> list[Group]:
    of: dict[int, list[groups.Person]] = defaultdict(list)
    if members:
        rows = await reader.execute(
            select(TeamMember.team_id, Person.id, Person.name)
            .join(Person, Person.id == TeamMember.user_id)
            .where(TeamMember.team_id.in_([team.id for team in found]), on_the_list())
            .order_by(Person.id)
        )
        for row in rows:
            of[row.team_id].append(groups.Person(row.id, row.name))
    return [groups.to_group(team, of[team.id], base) for team in found]


def _key(noun: str, reference: Any) -> int:
    try:
        return ids.decode_as(noun, reference)
    except DomainError as error:
        raise NotFoundException(detail=f"There is no resource {str(reference)[:80]!r}.") from error
