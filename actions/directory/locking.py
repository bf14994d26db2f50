"""Taking hold of a person who may be about to leave, with everything that their leaving touches (docs/locks.md)."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.admins import lock_admins
from actions.find import find_incidents
from auth.actor import SYSTEM
from core.errors import DomainError, conflict, not_found
from core.ids import decode_as
from models.incident import Incident
from models.lifecycle import OPEN_STAGES
from models.person import Team, TeamMember, User
from models.role import RoleAssignment
from models.words import AccessRole

ATTEMPTS = 5
"""How often a person may be given a role between two reads before the directory is asked to try again."""


@dataclass(frozen=True, slots=True)
class Held:
    """A locked person, the locked open incidents in which they hold a role, and their locked teams if asked for."""

    user: User
    incidents: list[Incident]
    admins: list[int]
    """The ids of all admins, locked; empty if the person is none."""
    teams: list[Team]


def on_the_list() -> ColumnElement[bool]:
    """The condition on people whom the directory sees: everybody but those whom it struck off itself."""
    return or_(User.archived_at.is_(None), User.struck_at.is_(None))


def key_of(noun: str, reference: str) -> int:
    """The key behind an id of the directory's. NOT_FOUND for whatever is none: a URL leads nowhere then."""
    try:
        return decode_as(noun, reference)
    except DomainError as error:
        raise not_found("id", noun.lower(), reference) from error


async def hold_person(session: AsyncSession, reference: str, *, with_teams: bool = False) -> Held:
    """A person by id, with what is locked before them. NOT_FOUND if the directory does not see them.

    In which incidents they hold roles is certain only once they are locked, because giving them one needs a lock on
    them: read, lock in order, look again; if it grew meanwhile, give the locks back and begin anew.
    """
    key = key_of("User", reference)
    for _ in range(ATTEMPTS):
        savepoint = await session.begin_nested()
        found = list(await session.scalars(_duties(key)))
        # As the system: whoever leaves hands in what they hold, also where the directory may not look.
        locked = await find_incidents(session, SYSTEM, {str(each): str(each) for each in found})
        teams = await _lock_teams(session, key) if with_teams else []
        was_admin = await session.scalar(select(User.access_role).where(User.id == key)) is AccessRole.ADMIN
        admins = await lock_admins(session) if was_admin else []
        user = await session.get(User, key, with_for_update=True, populate_existing=True)
        if user is None or (user.archived and user.struck_at is not None):
            raise not_found("id", "user", reference)
        if (
            set(await session.scalars(_duties(key))) <= set(found)
            and (user.access_role is AccessRole.ADMIN) == was_admin
        ):
            await savepoint.commit()
            return Held(user, list(locked.values()), admins, teams)
        await savepoint.rollback()
    raise conflict("This person is being given roles by others.", hint="Try again in a moment.")


def _duties(key: int) -> Select[int]:
    """The open incidents in which a person holds a role."""
    return (
        select(RoleAssignment.incident_id)
        .join(Incident, Incident.id == RoleAssignment.incident_id)
        .where(
            RoleAssignment.user_id == key,
            RoleAssignment.relinquished_at.is_(None),
            Incident.stage.in_(OPEN_STAGES),
        )
        .distinct()
        .order_by(RoleAssignment.incident_id)
    )


async def _lock_teams(session: AsyncSession, key: int) -> list[Team]:
    """The teams of a person. What refers to one, such as an action item with an assignee, need not wait."""
    mine = select(TeamMember.team_id).where(TeamMember.user_id == key)
    return list(
        await session.scalars(select(Team).where(Team.id.in_(mine)).order_by(Team.id).with_for_update(key_share=True))
    )
