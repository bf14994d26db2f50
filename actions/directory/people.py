"""What a company's directory does with people (SCIM, RFC 7644 §3): they join, change, leave, return, are struck off.

The directory makes people up to manager. It neither makes nor demotes admins, nor says by which address one signs in:
whoever holds its token would otherwise be an admin a moment later (ADR 0014).
"""

from collections.abc import Callable

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.access_roles import Changed, give_access_role
from actions.directory.listed import Current, Listed, refuse_outdated
from actions.directory.locking import Held, hold_person
from actions.record import now, record_saved
from actions.roles import hand_in
from actions.sessions import end_access
from actions.violations import flush
from auth.actor import Actor
from auth.permission import Permission, require
from auth.token import weaker
from core.errors import DomainError, ErrorCode, conflict
from models.person import TeamMember, User
from models.words import AccessRole

KEPT = AccessRole.RESPONDER
"""The role that is left to whoever leaves, at most: more is given anew when they return."""

PERSONAL = ("email", "name", "given_name", "family_name", "external_id")
"""Never written into events, not even as an old value: a person can be erased (DESIGN §7)."""


async def enrol_person(session: AsyncSession, actor: Actor, *, listed: Listed) -> User:
    """Add a person; responder unless the directory says otherwise. Whom it had struck off returns as who they were.

    CONFLICT on the field if the address or the external id is somebody else's, also of somebody who left: addresses are
    given to new people when their owners leave, and who they are to the directory tells.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    wanted = listed.checked()
    there = await _known(session, wanted)
    if there is not None:
        await _write(session, actor, Held(there, [], [], []), wanted)
        return there
    role = wanted.access_role or AccessRole.RESPONDER
    _refuse_admin(role)
    moment = now(session)
    user = User(
        **{name: getattr(wanted, name) for name in PERSONAL},
        access_role=role,
        created_at=moment,
        archived_at=None if wanted.active else moment,
    )
    session.add(user)
    await flush(session)
    changed: Changed = {name: {} for name in PERSONAL if getattr(wanted, name) is not None}
    changed["access_role"] = {"to": role.value}
    if user.archived:
        changed["archived"] = {"to": True}
    record_saved(session, actor, "user", user.id, changed, created=True)
    return user


async def change_person(
    session: AsyncSession,
    actor: Actor,
    *,
    reference: str,
    change: Callable[[Listed], Listed],
    current: Current | None = None,
) -> User:
    """Make a person what `change` makes of what they are. What changes nothing records nothing.

    Who becomes inactive leaves: sessions, tokens, links and waiting devices end in the same moment, roles in open
    incidents are handed in, and of their rights no more than a responder's is kept. CONFLICT for the last admin, and
    for oneself; FORBIDDEN for making or demoting an admin or changing an admin's address; VERSION_CONFLICT.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    held = await hold_person(session, reference)
    refuse_outdated(held.user, current)
    await _write(session, actor, held, change(Listed.of(held.user)).checked())
    return held.user


async def strike_person(session: AsyncSession, actor: Actor, *, reference: str, current: Current | None = None) -> None:
    """Have a person leave, take them out of their teams, and hide them from the directory. Nothing of them is lost."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    held = await hold_person(session, reference, with_teams=True)
    user = held.user
    refuse_outdated(user, current)
    changed: Changed = {}
    if user.archived:
        give_access_role(user, weaker(user.access_role, KEPT), changed)
    else:
        await _leave(session, actor, held, changed)
    user.struck_at = user.changed_at = now(session)
    changed["struck"] = {"from": False, "to": True}
    await session.execute(delete(TeamMember).where(TeamMember.user_id == user.id))
    for team in held.teams:
        team.changed_at = now(session)
        left = {"members": {"added": [], "removed": [user.id]}}
        record_saved(session, actor, "team", team.id, left)
    await flush(session)
    record_saved(session, actor, "user", user.id, changed)


async def _known(session: AsyncSession, wanted: Listed) -> User | None:
    """Who is being enrolled, if the directory struck them off before. CONFLICT if somebody else is in the way."""
    same = func.lower(User.email) == wanted.email.lower()
    if wanted.external_id is not None:
        same |= User.external_id == wanted.external_id
    known = select(User).where(same, User.erased_at.is_(None))
    there = list(await session.scalars(known.order_by(User.id).with_for_update()))
    for user in there:
        if not user.archived or user.struck_at is None:
            field = "email" if user.email.lower() == wanted.email.lower() else "external_id"
            raise conflict("Someone already has this address or external id.", field=field, hint="Look for them first.")
        if len(there) > 1 or (user.external_id is not None and user.external_id != wanted.external_id):
            raise conflict(
                "This e-mail address belongs to somebody who left, and who has another external id.",
                field="email",
                hint="If it is a new person, have an admin change the address of the one who left first.",
            )
    return there[0] if there else None


async def _write(session: AsyncSession, actor: Actor, held: Held, wanted: Listed) -> None:
    """Make a locked person what is wanted."""
    user, changed = held.user, Changed()
    _refuse_of_admins(user, wanted)
    for name in PERSONAL:
        if getattr(user, name) != getattr(wanted, name):
            setattr(user, name, getattr(wanted, name))
            changed[name] = {}
    role = wanted.access_role or user.access_role
    if user.archived and wanted.active:
        user.archived_at = None
        changed["archived"] = {"from": True, "to": False}
        if role is user.access_role:
            role = weaker(role, KEPT)  # they may have been archived by hand, with all that they had
    give_access_role(user, role, changed)
    if user.struck_at is not None:
        user.struck_at = None
        changed["struck"] = {"from": True, "to": False}
    if not user.archived and not wanted.active:
        await _leave(session, actor, held, changed)
    if changed:
        user.changed_at = now(session)
        await flush(session)
        record_saved(session, actor, "user", user.id, changed)


async def _leave(session: AsyncSession, actor: Actor, held: Held, changed: Changed) -> None:
    """End all that a person has here, save their past."""
    user = held.user
    if held.admins == [user.id]:
        raise conflict(
            f"{user.name} is the last admin: nobody could administer Muster any more.",
            field="active",
            hint="Make someone else an admin in Muster first.",
        )
    if user.id == actor.user_id:
        raise conflict(
            "You can't deactivate yourself: it could be by accident.",
            field="active",
            hint="Use a service account's token for the directory.",
        )
    user.archived_at = now(session)
    changed["archived"] = {"from": False, "to": True}
    give_access_role(user, weaker(user.access_role, KEPT), changed)
    await hand_in(session, actor, held.incidents, user)
    await end_access(session, actor, user)


def _refuse_of_admins(user: User, wanted: Listed) -> None:
    """FORBIDDEN for what the directory must not do with admins, and for making one."""
    if user.access_role is not AccessRole.ADMIN:
        _refuse_admin(wanted.access_role)
        return
    if not user.archived and wanted.access_role not in (None, AccessRole.ADMIN):
        raise _beyond("The directory can't take the role admin from anybody.")
    if wanted.email != user.email:
        raise _beyond("The directory can't change the address of an admin: that says who comes in as one.")


def _refuse_admin(role: AccessRole | None) -> None:
    if role is AccessRole.ADMIN:
        raise _beyond("The directory can't make admins: it makes people up to manager.")


def _beyond(message: str) -> DomainError:
    return DomainError(ErrorCode.FORBIDDEN, message, field="access_role", hint="An admin does it in Muster: saveUser.")
