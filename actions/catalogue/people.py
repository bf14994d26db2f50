"""Keeping people."""

import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.catalogue.saving import Saving, begin
from auth.actor import Actor
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import conflict, invalid
from core.unset import UNSET, Unset
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.person import User
from models.role import Role, RoleAssignment
from models.words import AccessRole

EMAIL_LENGTH = 254
EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@"
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
"""What a browser's e-mail field accepts (HTML Standard, "valid e-mail address"); the length is RFC 5321's."""

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
    archived: bool | Unset | None = UNSET,
) -> User:
    """Add a person, or change one. Admins only; new people are responders unless `access_role` says otherwise.

    A new person needs a name and an e-mail address, which no one else may have in any case. CONFLICT for archiving
    someone who holds a role in an open incident (it names the incident) and for removing the last admin.
    """
    require(actor, Permission.ADMINISTER)
    if archived is True or access_role not in (UNSET, AccessRole.ADMIN):
        admins = await _lock_admins(session)
    else:
        admins = []
    saving = await begin(session, User, id)
    if saving.creating and access_role is UNSET:
        access_role = AccessRole.RESPONDER
    saving.text("name", name)
    _set_email(saving, email)
    saving.set("access_role", saving.given("access_role", access_role))
    if saving.archive(archived):
        await _refuse_duty(session, actor, saving.row)
    if admins == [saving.row.id] and (saving.row.archived or saving.row.access_role is not AccessRole.ADMIN):
        raise conflict(
            f"{saving.row.name} is the last admin.",
            field="archived" if saving.row.archived else "access_role",
            hint="Make someone else an admin first.",
        )
    await saving.write()
    saving.changed |= {field: {} for field in PERSONAL if field in saving.changed}
    saving.record(actor)
    return saving.row


def _set_email(saving: Saving[User], email: str | Unset | None) -> None:
    address = saving.given("email", email)
    if isinstance(address, Unset):
        return
    if len(address) > EMAIL_LENGTH or not EMAIL.fullmatch(address):
        raise invalid("email", f"{address[:80]!r} is no e-mail address.", "Send one such as ada@example.org.")
    saving.set("email", address)


async def _lock_admins(session: AsyncSession) -> list[int]:
    """The ids of all admins, locked in their order, so that two can't remove each other at the same time."""
    admins = select(User.id).where(User.access_role == AccessRole.ADMIN, User.archived_at.is_(None))
    return list(await session.scalars(admins.order_by(User.id).with_for_update(key_share=True)))


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
