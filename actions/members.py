"""Members of an incident: who may see it while it is private.

Whoever reports or declares an incident and whoever takes a role in it is a member without further ado, whether it is
private or not, so that making one private locks nobody out who works on it.
"""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from actions.allowed import find_allowed
from actions.find import find_user
from actions.record import record
from actions.transitions import refuse_merged
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.changes import note
from core.errors import conflict, not_found
from core.ids import decode_as
from core.journal import journal_of
from models.facts.incident import MemberAdded, MemberRemoved
from models.incident import Incident, IncidentMember
from models.person import User
from models.role import Role, RoleAssignment


async def ensure_member(session: AsyncSession, incident: Incident, who: Actor | User) -> bool:
    """See to it that a person or a service account is a member; whether they were not before.

    Makes no event: what made them a member does. Muster itself and alert sources are never members.
    """
    if isinstance(who, User):
        person: dict[str, int | None] = {"user_id": who.id}
    else:
        person = {"user_id": who.user_id, "service_account_id": who.service_account_id}
        if not any(person.values()):
            return False
    return await enrol(session, incident, **person)


async def enrol(
    session: AsyncSession, incident: Incident, *, user_id: int | None = None, service_account_id: int | None = None
) -> bool:
    """Write down a member, by one of the two keys; whether they were none before. Makes no event."""
    row = {"incident_id": incident.id, "user_id": user_id, "service_account_id": service_account_id}
    written = insert(IncidentMember).values(row).on_conflict_do_nothing().returning(IncidentMember.id)
    key = await session.scalar(written)
    if key is not None:
        note(journal_of(session), IncidentMember, incident.id, key, {"id": key, **row})
    return key is not None


async def add_members(session: AsyncSession, actor: Actor, incident: Incident, people: Iterable[User]) -> None:
    """Make several people members, each with an event unless they were one."""
    for person in people:
        if await ensure_member(session, incident, person):
            record(session, actor, MemberAdded(user_id=person.id), incident=incident)


async def find_people(session: AsyncSession, references: list[str], field: str = "members") -> list[User]:
    """People by id, each once, in the order given. NOT_FOUND or INVALID_INPUT names the one at fault."""
    found = [await find_user(session, reference, f"{field}.{i}") for i, reference in enumerate(references)]
    return list(dict.fromkeys(found))


async def add_member(session: AsyncSession, actor: Actor, *, incident: str, user: str) -> Incident:
    """Let a person see the incident while it is private. Somebody who may already is no change and no event.

    CONFLICT on a merged incident: the members of the one that it goes on as see it.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ADD_MEMBER, incident)
    refuse_merged(target)
    await add_members(session, actor, target, [await find_user(session, user)])
    return target


async def remove_member(session: AsyncSession, actor: Actor, *, incident: str, user: str) -> Incident:
    """Take a person, archived or not, off the members.

    CONFLICT for whoever holds a role (it is handed over first) and, on a private incident, for oneself (nobody locks
    themselves out by accident, nor the last person), and on a merged incident, as for adding one. Somebody who is no
    member is no change and no event.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.REMOVE_MEMBER, incident)
    refuse_merged(target)
    person = await session.get(User, decode_as("User", user, "user"))
    if person is None:
        raise not_found("user", "user", user)
    await refuse_holder(session, target, person)
    if target.private and person.id == actor.user_id:
        raise conflict(
            "You would lock yourself out of this private incident.", field="user", hint="Ask another member to do it."
        )
    if target.private and await _is_last_person(session, target, person):
        raise conflict(
            f"{person.name} is the last person who may see this private incident.",
            field="user",
            hint="Add another member first.",
        )
    await take_off(session, actor, target, person.id)
    return target


async def take_off(session: AsyncSession, actor: Actor, incident: Incident, user_id: int) -> None:
    """Remove a person from the members; an event if they were one."""
    gone = delete(IncidentMember).where(IncidentMember.incident_id == incident.id, IncidentMember.user_id == user_id)
    key = await session.scalar(gone.returning(IncidentMember.id))
    if key is not None:
        note(journal_of(session), IncidentMember, incident.id, key, None)
        record(session, actor, MemberRemoved(user_id=user_id), incident=incident)


async def refuse_holder(session: AsyncSession, incident: Incident, person: User) -> None:
    """CONFLICT if a person holds a role in the incident: role holders are members."""
    held = await session.scalar(
        select(Role.name)
        .join(RoleAssignment, RoleAssignment.role_id == Role.id)
        .where(
            RoleAssignment.incident_id == incident.id,
            RoleAssignment.user_id == person.id,
            RoleAssignment.relinquished_at.is_(None),
        )
        .order_by(Role.id)
        .limit(1)
    )
    if held is not None:
        raise conflict(
            f"{person.name} is {held} of {incident.reference}.",
            field="user",
            hint="Hand the role over or relinquish it first.",
        )


async def _is_last_person(session: AsyncSession, incident: Incident, person: User) -> bool:
    """Whether a person is a member and no other person who still works here is."""
    members = await session.execute(
        select(IncidentMember.user_id, User.archived_at)
        .join(User, User.id == IncidentMember.user_id)
        .where(IncidentMember.incident_id == incident.id)
    )
    present = {row.user_id for row in members if row.archived_at is None}
    return present == {person.id}
