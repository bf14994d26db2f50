"""Erasing a person who worked here (GDPR, article 17): who they were is gone, what happened stays (ADR 0052).

Their row stays under another name and keeps its id, so that timelines, schedules of the past and figures stand as they
were; events hold ids alone, and of texts and origins salted digests, so that the audit chain still verifies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.access_roles import Changed, give_access_role
from actions.admins import lock_admins
from actions.directory.people import KEPT
from actions.erasing.known import Known, know
from actions.erasing.person_after import SOON
from actions.erasing.person_rows import LONGEST, Erased, erase_around, erase_own, erase_user, hold_credentials
from actions.erasing.person_uses import uses_of
from actions.record import enqueue, now, record, record_saved
from actions.sessions import end_access
from actions.standing import require_standing
from actions.token_bounds import refuse_bound_maker
from auth.actor import Actor
from auth.permission import Permission, require
from auth.token import weaker
from core.errors import DomainError, ErrorCode, conflict, invalid, not_found
from core.ids import decode_as
from models.facts.erasing import PersonErased
from models.job import JobName
from models.person import Team, TeamMember, User
from models.words import AccessRole, Visibility


@dataclass(frozen=True, slots=True)
class Erasure:
    """What would be erased of a person, and what stands against it, each in words."""

    user: User
    known: Known
    refusals: list[str]
    erased: list[Erased]


async def erase_person(session: AsyncSession, actor: Actor, *, user: str, reason: str) -> User:
    """Erase who a person was, for good, wherever Muster knows that something is theirs; the row that is left.

    Admins only. CONFLICT for who was erased before, for oneself, for the last admin, and for whoever is still in use,
    with every place; FORBIDDEN for an admin by a credential that is limited; NOT_FOUND. `reason` is kept in the audit
    trail: INVALID_INPUT if it names the person. What others wrote about them is found by
    `actions.erasing.person_search`, and erased by hand.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    why = check.text(reason, "reason", limit=check.LINE)
    await refuse_bound_maker(session)
    done = await _erase(session, actor, user, whatever=False)
    if done.known.named_in(why):
        hint = "Say why without saying who: the number of a request, for instance."
        raise invalid("reason", "The reason names the person: it would stay in the audit trail.", hint)
    if done.refusals:
        raise _in_use(done)
    rows = {each.what: each.count for each in done.erased if each.count and not each.beside}
    fact = PersonErased(reason=why, user_id=done.user.id, rows=rows)
    record(session, actor, fact, visibility=Visibility.PRIVATE)
    enqueue(session, JobName.PERSON_ERASE, run_at=now(session) + SOON, user_id=done.user.id)
    return done.user


async def rehearse_erasure(session: AsyncSession, actor: Actor, *, user: str) -> Erasure:
    """What erasing a person would do, and what stands against it. For a session that is rolled back."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    return await _erase(session, actor, user, whatever=True)


async def _erase(session: AsyncSession, actor: Actor, reference: str, *, whatever: bool) -> Erasure:
    """All of it, `whatever` stands against it; else none of it if something does, as far as can be seen unlocked."""
    key = decode_as("User", reference, "user")
    there = await session.get(User, key)
    if there is None:
        raise not_found("user", "user", reference)
    _refuse_again(there)
    _refuse_reach(actor, there)
    await session.execute(text(f"set local statement_timeout = '{LONGEST}'"))
    known = await know(session, there, session.info["secrets"])
    uses = [] if whatever else await uses_of(session, actor, key)
    if uses:
        return Erasure(there, known, uses, [])
    around = await erase_around(session, known)
    teams = await _lock_teams(session, key)
    admins = await lock_admins(session)
    user = await session.get_one(User, key, with_for_update=True, populate_existing=True)
    _refuse_again(user)
    _refuse_reach(actor, user)
    if (user.name, user.email) != (known.name, known.email):
        raise conflict("This person is being changed by others.", hint="Try again in a moment.")
    await require_standing(session, actor)
    refusals = _refusals(actor, user, admins) + await uses_of(session, actor, key)
    await _leave(session, actor, user, teams)
    own = await erase_own(session, known)
    erase_user(session, user)
    await session.flush()
    return Erasure(user, known, refusals, [*own, Erased("teams", len(teams)), *around])


def _refusals(actor: Actor, user: User, admins: Sequence[int]) -> list[str]:
    found = ["yourself: it could be by accident, so another admin has to do it"] if user.id == actor.user_id else []
    return [*found, "the last admin: make someone else an admin first"] if list(admins) == [user.id] else found


def _refuse_again(user: User) -> None:
    if user.erased_at is not None:
        raise conflict("This person was erased before.", field="user", hint="Nothing of who they were is left here.")


def _refuse_reach(actor: Actor, user: User) -> None:
    """A directory's token neither makes nor demotes admins (ADR 0014), and can't make them disappear."""
    if user.access_role is AccessRole.ADMIN and actor.limit is not None:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The credential that you use is limited: it can't erase an admin.",
            hint="Use a session, or a token without scopes.",
        )


def _in_use(found: Erasure) -> DomainError:
    """CONFLICT, with everything that stands against it."""
    return conflict(
        f"{found.known.name} can't be erased yet: " + "; ".join(found.refusals) + ".",
        field="user",
        hint="Have others take over, then try again: whoever is erased can't be paged, asked, or named anew.",
    )


async def _lock_teams(session: AsyncSession, key: int) -> list[Team]:
    mine = select(TeamMember.team_id).where(TeamMember.user_id == key)
    teams = select(Team).where(Team.id.in_(mine)).order_by(Team.id).with_for_update(key_share=True)
    return list(await session.scalars(teams))


async def _leave(session: AsyncSession, actor: Actor, user: User, teams: Sequence[Team]) -> None:
    """End their access, their rights and their memberships, as when a directory strikes them off."""
    changed: Changed = {name: {} for name in ("name", "email")}
    if not user.archived:
        changed["archived"] = {"from": False, "to": True}
    give_access_role(user, weaker(user.access_role, KEPT), changed)
    await hold_credentials(session, user.id)
    await end_access(session, actor, user)
    await session.execute(delete(TeamMember).where(TeamMember.user_id == user.id))
    for team in teams:
        team.changed_at = now(session)
        record_saved(session, actor, "team", team.id, {"members": {"added": [], "removed": [user.id]}})
    record_saved(session, actor, "user", user.id, changed)
