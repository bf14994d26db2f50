"""Making an incident private, or visible to the organisation again."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed_families
from actions.members import add_members, ensure_member, find_people, take_off
from actions.promises import obligations_of, owe_updates, set_promise
from actions.record import now, record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import conflict
from models.facts.incident import VisibilityChanged
from models.incident import Incident, IncidentMember
from models.person import User
from models.role import RoleAssignment
from models.words import Audience, Visibility


async def change_visibility(
    session: AsyncSession,
    actor: Actor,
    *,
    incident: str,
    visibility: Visibility,
    reason: str,
    members: list[str] | None = None,
) -> Incident:
    """Make an incident private (members only) or visible to the organisation; incidents merged into it follow.

    `members` replaces the people who are members; the actor and whoever holds a role stay. Null leaves them as they
    are. CONFLICT while a public thread is open: customers would lose sight of what they were told is wrong. The
    visibility that it has already, and no other members, is no change.
    """
    require(actor, Permission.READ)
    why = check.text(reason, "reason", limit=check.LINE)
    check.few(members or [], "members")
    heads, merged = await find_allowed_families(session, actor, Act.CHANGE_VISIBILITY, {"incident": incident})
    target = heads["incident"]
    refuse_merged(target)
    people = await find_people(session, members) if members is not None else None
    if visibility is not target.visibility:
        await see_as(session, actor, [target, *merged], visibility, why)
    if people is not None:
        await _replace_members(session, actor, target, people)
    return target


async def see_as(
    session: AsyncSession, actor: Actor, family: Sequence[Incident], visibility: Visibility, reason: str
) -> None:
    """Give a locked incident and those merged into it a visibility, with an event each; the actor becomes a member.

    The row is changed before the event is recorded, so that nobody outside is told why something became private.
    """
    if visibility is Visibility.PRIVATE:
        refuse_public(family, "visibility")
    await ensure_member(session, family[0], actor)
    for incident in family:
        before = incident.visibility
        if before is visibility:
            continue
        incident.visibility = visibility
        fact = VisibilityChanged(before=before, after=visibility, reason=reason)
        record(session, actor, fact, incident=incident)
        if visibility is Visibility.PRIVATE:
            set_promise(incident, Audience.PUBLIC, None)
        else:
            owe_updates(incident, await obligations_of(session, incident), now(session))


def refuse_public(family: Iterable[Incident], field: str) -> None:
    """CONFLICT while customers read of one of these incidents that something is wrong."""
    for incident in family:
        if incident.public_thread_open:
            raise conflict(
                f"Customers are reading about {incident.reference}: it can't become private.",
                field=field,
                hint="Publish a final public update (RESOLVED), or withdraw the public updates, first.",
            )


async def _replace_members(session: AsyncSession, actor: Actor, incident: Incident, people: Sequence[User]) -> None:
    """Let exactly these people be members, besides the actor and whoever holds a role."""
    await add_members(session, actor, incident, people)
    holders = await session.scalars(
        select(RoleAssignment.user_id).where(
            RoleAssignment.incident_id == incident.id, RoleAssignment.relinquished_at.is_(None)
        )
    )
    keep = {person.id for person in people} | set(holders) | {actor.user_id}
    present = await session.scalars(
        select(IncidentMember.user_id)
        .where(IncidentMember.incident_id == incident.id, IncidentMember.user_id.is_not(None))
        .order_by(IncidentMember.id)
    )
    for user_id in present.all():
        if user_id is not None and user_id not in keep:
            await take_off(session, actor, incident, user_id)
