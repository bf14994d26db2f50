"""What a company's directory does with groups (SCIM, RFC 7643 §4.2): teams, as far as it goes about who is in them."""

import re
import unicodedata
from collections.abc import Callable

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.directory.listed import Current, ListedGroup, refuse_outdated
from actions.directory.locking import key_of, on_the_list
from actions.record import now, record_saved
from actions.violations import flush
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from models.person import Team, TeamMember, User
from models.postmortem import UNDONE_SQL, ActionItem
from models.service import Service

MOST_MEMBERS = 2_000
"""People in a team that the directory keeps."""

SLUG_BASE = 50
"""Characters of a slug that are made from a name: ten are left for a number."""

Changed = dict[str, object]


async def found_group(session: AsyncSession, actor: Actor, *, listed: ListedGroup) -> Team:
    """Add a team with these people. One that was archived and has this external id comes back as the team it was.

    CONFLICT if a team in use has the name: two of one name can't be told apart.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    wanted = listed.checked()
    await _refuse_namesake(session, wanted.name, None)
    there = None
    if wanted.external_id is not None:
        back = select(Team).where(Team.external_id == wanted.external_id, Team.archived_at.is_not(None))
        there = await session.scalar(back.with_for_update(key_share=True))
    if there is not None:
        await _write(session, actor, there, await _members(session, there), wanted)
        return there
    slug = await _free_slug(session, wanted.name)
    team = Team(slug=slug, name=wanted.name, external_id=wanted.external_id, created_at=now(session))
    session.add(team)
    await flush(session)
    changed: Changed = {"slug": {"to": slug}, "name": {"to": wanted.name}}
    if wanted.external_id is not None:
        changed["external_id"] = {}
    await _replace_members(session, team, frozenset(), wanted.members, changed)
    record_saved(session, actor, "team", team.id, changed, created=True)
    return team


async def change_group(
    session: AsyncSession,
    actor: Actor,
    *,
    reference: str,
    change: Callable[[ListedGroup], ListedGroup],
    current: Current | None = None,
) -> Team:
    """Make a team's name, external id and people what `change` makes of them. All else of it stays.

    INVALID_INPUT for people who are not there, or too many; CONFLICT for another team's name; VERSION_CONFLICT.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    team = await _hold(session, reference)
    refuse_outdated(team, current)
    members = await _members(session, team)
    wanted = change(ListedGroup.of(team, members)).checked()
    if wanted.name != team.name:
        await _refuse_namesake(session, wanted.name, team)
    await _write(session, actor, team, members, wanted)
    return team


async def dissolve_group(
    session: AsyncSession, actor: Actor, *, reference: str, current: Current | None = None
) -> None:
    """Archive a team with its people in it. CONFLICT while services or undone action items are a team's own."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    team = await _hold(session, reference, whole=True)
    refuse_outdated(team, current)
    service = await session.scalar(
        select(Service.name).where(Service.owner_id == team.id, Service.archived_at.is_(None)).order_by(Service.id)
    )
    owed = select(ActionItem.title).where(ActionItem.owner_id == team.id, text(UNDONE_SQL)).order_by(ActionItem.id)
    item = await session.scalar(owed.limit(1)) if service is None else None
    if service is not None or item is not None:
        what = f"the service {service!r}" if service is not None else f"the action item {item!r}"
        raise conflict(
            f"The team {team.name!r} still owns {what}.",
            hint="Give what it owns to another team in Muster first, or take its people out and leave it.",
        )
    team.archived_at = team.changed_at = now(session)
    record_saved(session, actor, "team", team.id, {"archived": {"from": False, "to": True}})


async def _hold(session: AsyncSession, reference: str, *, whole: bool = False) -> Team:
    """A team in use, locked; with `whole` also against being referred to, so that nothing new becomes its own."""
    key = key_of("Team", reference)
    team = await session.get(Team, key, with_for_update=True if whole else {"key_share": True}, populate_existing=True)
    if team is None or team.archived:
        raise not_found("id", "group", reference)
    return team


async def _members(session: AsyncSession, team: Team) -> frozenset[int]:
    return frozenset(await session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team.id)))


async def _write(session: AsyncSession, actor: Actor, team: Team, members: frozenset[int], wanted: ListedGroup) -> None:
    """Make a locked team what is wanted."""
    changed: Changed = {}
    if team.archived:
        team.archived_at = None
        changed["archived"] = {"from": True, "to": False}
    if wanted.name != team.name:
        changed["name"] = {"from": team.name, "to": wanted.name}
        team.name = wanted.name
    if wanted.external_id != team.external_id:
        team.external_id = wanted.external_id
        changed["external_id"] = {}
    await _replace_members(session, team, members, wanted.members, changed)
    if changed:
        team.changed_at = now(session)
        await flush(session)
        record_saved(session, actor, "team", team.id, changed)


async def _replace_members(
    session: AsyncSession, team: Team, before: frozenset[int], after: frozenset[int], changed: Changed
) -> None:
    """Make these people the team, deactivated ones too: directories keep them in their groups."""
    if len(after) > MOST_MEMBERS:
        raise invalid("members", f"A team has at most {MOST_MEMBERS:,} people.", "Assign smaller groups to Muster.")
    new, gone = after - before, before - after
    there = set(
        await session.scalars(
            select(User.id)
            .where(User.id.in_(new), on_the_list())
            .order_by(User.id)
            .with_for_update(read=True, key_share=True)
        )
    )
    if new - there:
        raise invalid(
            "members", "A member is nobody whom Muster knows.", "Create the user first; groups hold users only."
        )
    await session.execute(delete(TeamMember).where(TeamMember.team_id == team.id, TeamMember.user_id.in_(gone)))
    session.add_all(TeamMember(team_id=team.id, user_id=key) for key in sorted(new))
    if new or gone:
        changed["members"] = {"added": sorted(new), "removed": sorted(gone)}


async def _refuse_namesake(session: AsyncSession, name: str, team: Team | None) -> None:
    others = select(Team.id).where(func.lower(Team.name) == name.lower(), Team.archived_at.is_(None))
    if team is not None:
        others = others.where(Team.id != team.id)
    if await session.scalar(others.limit(1)) is not None:
        raise conflict(
            "Another team has this name.", field="name", hint="Look for it by displayName, or choose another."
        )


async def _free_slug(session: AsyncSession, name: str) -> str:
    """A slug for a name, with a number if others have it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG_BASE].strip("-") or "team"
    taken = set(await session.scalars(select(Team.slug).where(Team.slug.startswith(base, autoescape=True))))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken)
