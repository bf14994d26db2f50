"""Giving out roles and handing them over. An assignment that ended is the history of a hand-over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.find import find_role, find_user
from actions.members import ensure_member
from actions.paging.answering import answer_runs
from actions.promises import obligations_of
from actions.record import now, record
from actions.transitions import refuse_ended, refuse_merged, tell
from actions.vacancies import vacant_roles, watch_vacancies
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from core.errors import invalid
from models.facts.response import RoleAssigned, RoleRelinquished
from models.incident import Incident
from models.paging.words import TakenBy
from models.person import User
from models.role import COMMANDER, Role, RoleAssignment


class RoleGiven(Protocol):
    """A role and the person who is to have it, as references."""

    @property
    def role(self) -> str:
        """A role's key or id."""
        ...

    @property
    def user(self) -> str:
        """A person's id."""
        ...


async def assign_role(session: AsyncSession, actor: Actor, *, incident: str, role: str, user: str) -> Incident:
    """Give a role to a person; whoever held it is relieved in the same transaction. The holder again is no change.

    `role` is a key (`commander`) or an id. The holder becomes a member of the incident. CONFLICT once nobody works on
    it any more. Whoever takes command themselves has what pages for it: nobody else is paged.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.ASSIGN_ROLE, incident)
    refuse_ended(target)
    given, person = await find_role(session, role), await find_user(session, user)
    await assign(session, actor, target, given, person)
    if person.id == actor.user_id and given.key == COMMANDER:
        await answer_runs(session, actor, target, TakenBy.HERE)
    if not (await vacant_roles(session, [target]))[target.id]:
        target.roles_due_at = None
    return target


async def relinquish_role(session: AsyncSession, actor: Actor, *, incident: str, role: str) -> Incident:
    """End a role's assignment without a successor. A vacant role is no change and no event.

    If the severity requires the role, the minutes in which it must be filled begin anew. An archived role can be
    relinquished too.
    """
    require(actor, Permission.READ)
    target = await find_allowed(session, actor, Act.RELINQUISH_ROLE, incident)
    refuse_merged(target)
    found = await find_role(session, role, archived_too=True)
    moment = now(session)
    held = await _current(session, target, found)
    if held is None:
        return target
    await _end(session, held, moment)
    record(session, actor, RoleRelinquished(role_id=found.id, user_id=held.user_id), incident=target)
    await watch_vacancies(session, target, await obligations_of(session, target), moment)
    return target


async def hand_in(session: AsyncSession, actor: Actor, incidents: Sequence[Incident], user: User) -> None:
    """End every role that a person holds on these locked incidents, so that everybody sees the gap.

    For whoever leaves: nobody asked them for a successor. The minutes in which required roles must be filled begin.
    """
    moment = now(session)
    held = await session.scalars(
        select(RoleAssignment)
        .where(
            RoleAssignment.incident_id.in_([incident.id for incident in incidents]),
            RoleAssignment.user_id == user.id,
            RoleAssignment.relinquished_at.is_(None),
        )
        .order_by(RoleAssignment.incident_id, RoleAssignment.role_id)
    )
    by_key = {incident.id: incident for incident in incidents}
    for each in list(held):
        target = by_key[each.incident_id]
        await _end(session, each, moment)
        record(session, actor, RoleRelinquished(role_id=each.role_id, user_id=user.id), incident=target)
        await watch_vacancies(session, target, await obligations_of(session, target), moment)


async def find_given(session: AsyncSession, given: Sequence[RoleGiven]) -> list[tuple[Role, User]]:
    """Roles and people by reference. INVALID_INPUT if a role is given twice; errors name `roles.<index>.<field>`."""
    check.few(given, "roles")
    found: dict[Role, User] = {}
    for i, pair in enumerate(given):
        role = await find_role(session, pair.role, f"roles.{i}.role")
        if role in found:
            raise invalid(f"roles.{i}.role", f"{role.name} is given out twice.", "Name each role once.")
        found[role] = await find_user(session, pair.user, f"roles.{i}.user")
    return list(found.items())


async def assign(
    session: AsyncSession, actor: Actor, incident: Incident, role: Role, user: User, *, at: datetime | None = None
) -> None:
    """Give a role of a locked incident to a person, with the event and the mail, unless they hold it.

    `at` is when they took it, by default now; backfilled incidents are written down with the moments of then.
    """
    moment = at or now(session)
    held = await _current(session, incident, role)
    if held is not None:
        if held.user_id == user.id:
            return
        await _end(session, held, moment)
    session.add(RoleAssignment(incident_id=incident.id, role_id=role.id, user_id=user.id, assumed_at=moment))
    await session.flush()
    await ensure_member(session, incident, user)
    fact = RoleAssigned(role_id=role.id, user_id=user.id, previous_user_id=held.user_id if held else None)
    tell(session, incident, record(session, actor, fact, incident=incident, occurred_at=at))


async def _current(session: AsyncSession, incident: Incident, role: Role) -> RoleAssignment | None:
    """Who holds a role now."""
    found = await session.scalars(
        select(RoleAssignment).where(
            RoleAssignment.incident_id == incident.id,
            RoleAssignment.role_id == role.id,
            RoleAssignment.relinquished_at.is_(None),
        )
    )
    return found.one_or_none()


async def _end(session: AsyncSession, held: RoleAssignment, moment: datetime) -> None:
    """End an assignment before another begins: the database allows one at a time."""
    held.relinquished_at = max(moment, held.assumed_at)
    await session.flush()
