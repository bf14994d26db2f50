"""Keeping teams."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.catalogue.saving import begin, bounded
from actions.find import find_user
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import invalid, not_found
from core.unset import UNSET, Unset
from models.person import Team, TeamMember, User


async def save_team(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    slug: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    members: list[str] | Unset | None = UNSET,
    manager: str | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> Team:
    """Add a team, or change one. A new one needs a slug and a name; `members` replaces the list of people.

    `manager`: who is told of what the team owes for too long, by id; null is nobody. CONFLICT if the slug is taken;
    INVALID_INPUT for a new member or manager who is archived.
    """
    require(actor, Permission.CATALOGUE)
    saving = await begin(session, Team, id)
    saving.slug(slug)
    saving.text("name", name)
    if not isinstance(manager, Unset):
        saving.set("manager_id", (await find_user(session, manager, "manager")).id if manager is not None else None)
    saving.archive(archived)
    await saving.write()
    if not isinstance(members, Unset):
        before, after = await _replace_members(session, saving.row, members or [])
        saving.note("members", before, after)
    saving.record(actor)
    return saving.row


async def _replace_members(session: AsyncSession, team: Team, references: list[str]) -> tuple[list[int], list[int]]:
    """Make these people, and nobody else, the team; the ids before and after. Archived members may stay."""
    wanted = bounded(references, "members", User)
    held = set(await session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team.id)))
    people = await session.scalars(
        select(User)
        .where(User.id.in_(wanted.keys() - held))
        .order_by(User.id)
        .with_for_update(read=True, key_share=True)
    )
    new = {user.id: user for user in people}
    for key, field in wanted.items():
        if key not in held and key not in new:
            raise not_found(field, "user", references[int(field.rpartition(".")[2])])
        if key in new and new[key].archived:
            raise invalid(field, f"{new[key].name} is archived.", "Choose someone who still works here.")
    gone = held - wanted.keys()
    await session.execute(delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.user_id.in_(gone)))
    session.add_all(TeamMember(team_id=team.id, user_id=key) for key in new)
    return sorted(held), sorted(wanted)
