"""Keeping people."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.admins import lock_admins
from actions.catalogue.saving import Saving, begin
from actions.sessions import end_access
from actions.standing import require_standing
from actions.token_bounds import refuse_bound_maker
from auth.actor import Actor
from auth.permission import PERMISSIONS, Permission, permissions, require
from auth.visibility import visible_to
from core.errors import DomainError, ErrorCode, conflict, invalid
from core.unset import UNSET, Unset
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.person import User, is_email
from models.role import Role, RoleAssignment
from models.words import AccessRole

PERSONAL = ("name", "email")
"""Never written into events, not even as an old value: a person can be erased (DESIGN §7)."""


async def save_user(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    name: str | Unset | None = UNSET,
    email: str | Unset | None = UNSET,
    access_role: AccessRole | Unset | None = UNSET,
    sees_private: bool | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> User:
    """Add a person, or change one. Admins only; new people are responders unless `access_role` says otherwise.

    A new person needs a name and an e-mail address, which no one else may have in any case. CONFLICT for archiving
    someone who holds a role in an open incident (it names the incident), for removing the last admin, for removing
    oneself, and for whoever was erased. Only an admin can have the right to see private incidents; it goes with the
    role. Whoever is archived loses sessions, tokens and links in the same moment.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    # Always, so that one admin's change of another comes before or after the other's of the first, and never between.
    admins = await lock_admins(session)
    saving = await begin(session, User, id)
    if saving.row.erased_at is not None:
        raise conflict("This person was erased: nothing of them can be changed.", field="id", hint="Add a new person.")
    await require_standing(session, actor)
    was_admin = saving.row.access_role is AccessRole.ADMIN
    if saving.creating and access_role is UNSET:
        access_role = AccessRole.RESPONDER
    saving.text("name", name)
    _set_email(saving, email)
    saving.set("access_role", saving.given("access_role", access_role))
    _set_sees_private(saving, sees_private)
    leaves = saving.archive(archived)
    if not saving.row.archived:
        saving.row.struck_at = None  # whoever is brought back by hand is there for the directory as well
    if leaves:
        await _refuse_duty(session, actor, saving.row)
    _refuse_loss(saving, actor, admins)
    await _refuse_rise(session, saving, actor, was_admin=was_admin)
    await saving.write()
    if leaves:
        await end_access(session, actor, saving.row)
    saving.changed |= {field: {} for field in PERSONAL if field in saving.changed}
    saving.record(actor)
    return saving.row


def _refuse_loss(saving: Saving[User], actor: Actor, admins: list[int]) -> None:
    """CONFLICT for taking away the last admin, and for taking rights from oneself. `admins` are all, before that."""
    user = saving.row
    field = "archived" if "archived" in saving.changed else "access_role"
    if admins == [user.id] and (user.archived or user.access_role is not AccessRole.ADMIN):
        raise conflict(f"{user.name} is the last admin.", field=field, hint="Make someone else an admin first.")
    if not saving.creating and user.id == actor.user_id and (user.archived or "access_role" in saving.changed):
        raise conflict(
            "You can't take this from yourself: it could be by accident.",
            field=field,
            hint="Ask another admin to do it.",
        )


def _set_email(saving: Saving[User], email: str | Unset | None) -> None:
    address = saving.given("email", email)
    if isinstance(address, Unset):
        return
    if not is_email(address):
        raise invalid("email", f"{address[:80]!r} is no e-mail address.", "Send one such as ada@example.org.")
    saving.set("email", address)


def _set_sees_private(saving: Saving[User], sees_private: bool | Unset | None) -> None:
    """Set the explicit right of an admin; without the role it can't be given, and is lost."""
    admin = saving.row.access_role is AccessRole.ADMIN
    if saving.creating:
        saving.row.sees_private = False
    if sees_private is UNSET and (saving.creating or not admin):
        sees_private = False
    wanted = saving.given("sees_private", sees_private)
    if wanted is True and not admin:
        raise invalid("sees_private", "Only an admin can have this right.", "Send accessRole: ADMIN as well.")
    saving.set("sees_private", wanted)


async def _refuse_rise(session: AsyncSession, saving: Saving[User], actor: Actor, *, was_admin: bool) -> None:
    """FORBIDDEN for a limited or bound credential that makes an admin, or a way into one's account."""
    is_admin = saving.row.access_role is AccessRole.ADMIN
    made = is_admin and not was_admin
    entered = was_admin and ("email" in saving.changed or ("archived" in saving.changed and not saving.row.archived))
    if not (made or entered or (saving.row.sees_private and "sees_private" in saving.changed)):
        return
    await refuse_bound_maker(session)
    if actor.limit is not None and not PERMISSIONS[AccessRole.ADMIN] <= permissions(actor):
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The credential that you use is limited: it can't make an admin, nor say how one signs in.",
            hint="Use a session, or a token without scopes.",
        )


async def _refuse_duty(session: AsyncSession, actor: Actor, user: User) -> None:
    """CONFLICT if the person holds a role in an open incident. A private one is named to its members only."""
    held = (
        select(Incident.id, Role.name, visible_to(actor).label("visible"))
        .join(RoleAssignment, RoleAssignment.incident_id == Incident.id)
        .join(Role, Role.id == RoleAssignment.role_id)
        .where(
            RoleAssignment.user_id == user.id,
            RoleAssignment.relinquished_at.is_(None),
            Incident.stage.in_(OPEN_STAGES),
        )
        .order_by(visible_to(actor).desc(), Incident.id)
    )
    duty = (await session.execute(held)).first()
    if duty is None:
        return
    where = f"INC-{duty.id}" if duty.visible else "a private incident"
    raise conflict(
        f"{user.name} is {duty.name} of {where}, which is open.",
        field="archived",
        hint="Hand the role over first, or end the incident.",
    )
