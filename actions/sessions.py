"""The ways in that people have at present: browser sessions and one-time links, and how they end."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.find import find_user
from actions.record import now, record
from actions.sign_in import create_sign_in_link, end_sessions
from actions.standing import require_standing
from actions.token_bounds import hold_to_itself, refuse_bound_maker
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import DomainError, ErrorCode, not_found
from core.ids import decode_as
from models.access import AccessToken, BrowserSession, DeviceAuthorization, SignInLink
from models.facts.access import AccessRevoked
from models.person import User
from models.words import Visibility


async def invite(session: AsyncSession, actor: Actor, *, user: str) -> tuple[User, str]:
    """A person, and the secret of a link that signs them in once.

    FORBIDDEN for a credential with a limit of its own: the session that the link opens would have none.
    """
    require(actor, Permission.ADMINISTER_PEOPLE)
    if actor.limit is not None:
        raise DomainError(
            ErrorCode.FORBIDDEN,
            "The credential that you use is limited, and a session has all rights of its person.",
            hint="Use a session, or a token without scopes.",
        )
    await refuse_bound_maker(session)
    person = await find_user(session, user)
    await require_standing(session, actor)
    return person, await create_sign_in_link(session, actor, person)


async def revoke_session(unit: AsyncSession, actor: Actor, /, *, session: str) -> BrowserSession:
    """End a browser session at once: one's own, or, with ADMINISTER_PEOPLE, anybody's. Twice changes nothing."""
    require(actor, Permission.READ)
    key = decode_as("Session", session, "session")
    found = await unit.get(BrowserSession, key, with_for_update=True)
    if found is None or found.user_id != actor.user_id:
        require(actor, Permission.ADMINISTER_PEOPLE)
    if found is None:
        raise not_found("session", "session", session)
    await hold_to_itself(unit, actor)
    await end_sessions(unit, actor, BrowserSession.id == key)
    return found


async def revoke_sessions(session: AsyncSession, actor: Actor, *, user: str) -> User:
    """End all browser sessions of a person: one's own, the one that asks included, or with ADMINISTER_PEOPLE."""
    require(actor, Permission.READ)
    key = decode_as("User", user, "user")
    if key != actor.user_id:
        require(actor, Permission.ADMINISTER_PEOPLE)
    found = await session.get(User, key)
    if found is None:
        raise not_found("user", "user", user)
    await hold_to_itself(session, actor)
    await end_sessions(session, actor, BrowserSession.user_id == found.id)
    return found


async def end_access(session: AsyncSession, actor: Actor, user: User) -> None:
    """End everything by which a person who leaves can come in: sessions, tokens, links, waiting devices."""
    moment = now(session)
    await end_sessions(session, actor, BrowserSession.user_id == user.id)
    tokens = await session.scalars(
        update(AccessToken)
        .where(AccessToken.user_id == user.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=moment)
        .returning(AccessToken.id)
    )
    links = await session.scalars(
        update(SignInLink)
        .where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None))
        .values(used_at=moment)
        .returning(SignInLink.id)
    )
    ended = [("token", key) for key in sorted(tokens)] + [("sign-in link", key) for key in sorted(links)]
    for noun, key in ended:
        gone = AccessRevoked(noun=noun, key=key, for_user_id=user.id)
        record(session, actor, gone, visibility=Visibility.PRIVATE)
    await session.execute(
        update(DeviceAuthorization)
        .where(DeviceAuthorization.user_id == user.id, DeviceAuthorization.used_at.is_(None))
        .values(denied_at=moment)
    )
