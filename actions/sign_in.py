"""Signing in with a browser: one-time links, and the sessions that they and identity providers open."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import SYSTEM, Actor
from auth.permission import Permission, require
from auth.secret import LINK, SESSION, digest, new_secret
from core.client import Client
from core.errors import DomainError, ErrorCode
from models.access import BrowserSession, SignInLink
from models.event import Event
from models.facts.access import AccessGranted, PersonSignedIn, PersonSignedOut
from models.person import User
from models.words import AccessRole, Visibility

LINK_LIVES = timedelta(hours=24)
FIRST_ADMIN = "admin@localhost"


async def ensure_admin(session: AsyncSession) -> User:
    """The first admin, made if there is none; no password exists anywhere."""
    found = await session.scalar(
        select(User)
        .where(User.access_role == AccessRole.ADMIN, User.archived_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    if found is not None:
        return found
    admin = User(name="Admin", email=FIRST_ADMIN, access_role=AccessRole.ADMIN, created_at=now(session))
    session.add(admin)
    await session.flush()
    return admin


async def anyone_signed_in(session: AsyncSession) -> bool:
    """Whether a browser was ever signed in here. The audit tells: sessions are forgotten some time after their end."""
    signed_in = select(Event.id).where(Event.kind == PersonSignedIn.kind, Event.origin_digest.is_not(None)).limit(1)
    return await session.scalar(signed_in) is not None


async def create_sign_in_link(session: AsyncSession, actor: Actor, user: User) -> str:
    """The secret of a link that signs a person in once, within 24 hours. Earlier unused links of theirs end."""
    require(actor, Permission.ADMINISTER_PEOPLE)
    moment = now(session)
    await session.execute(
        update(SignInLink).where(SignInLink.user_id == user.id, SignInLink.used_at.is_(None)).values(used_at=moment)
    )
    secret = new_secret(LINK)
    link = SignInLink(
        digest=digest(secret), user_id=user.id, created_at=moment, expires_at=moment + LINK_LIVES, used_at=None
    )
    session.add(link)
    await session.flush()
    granted = AccessGranted(noun="sign-in link", key=link.id, for_user_id=user.id)
    record(session, actor, granted, visibility=Visibility.PRIVATE)
    return secret


async def find_sign_in_link(session: AsyncSession, secret: str) -> User:
    """For whom a link is good; it stays so. UNAUTHENTICATED if it was used, is too old, or its person has left.

    The person is locked against being archived meanwhile, before the link: whoever archives them ends links after that.
    """
    user = await session.scalar(
        select(User)
        .join(SignInLink, SignInLink.user_id == User.id)
        .where(_good(secret, now(session)), User.archived_at.is_(None))
        .with_for_update(read=True, key_share=True, of=User)
    )
    if user is None:
        raise _no_link()
    return user


async def use_sign_in_link(session: AsyncSession, secret: str, *, lives: timedelta = timedelta(days=14)) -> str:
    """The secret of a browser session for whom the link was made. UNAUTHENTICATED as `find_sign_in_link` says."""
    user, moment = await find_sign_in_link(session, secret), now(session)
    used = update(SignInLink).where(_good(secret, moment)).values(used_at=moment).returning(SignInLink.id)
    if await session.scalar(used) is None:
        raise _no_link()  # somebody else was quicker
    return open_session(session, user, lives=lives)


def _good(secret: str, moment: datetime) -> ColumnElement[bool]:
    return and_(SignInLink.digest == digest(secret), SignInLink.used_at.is_(None), SignInLink.expires_at > moment)


def _no_link() -> DomainError:
    return DomainError(
        ErrorCode.UNAUTHENTICATED,
        "This sign-in link was already used, or is too old.",
        hint="Run `muster link create` for a new one.",
    )


class Through(NamedTuple):
    """The identity provider that vouched for somebody, and what is needed to sign out there."""

    provider: str
    issuer: str
    subject: str
    session: str | None
    id_token: bytes
    """Sealed."""


def open_session(session: AsyncSession, user: User, *, lives: timedelta, through: Through | None = None) -> str:
    """The secret of a new browser session of a person who has proven who they are."""
    moment = now(session)
    client: Client = session.info["client"]
    opened = new_secret(SESSION)
    session.add(
        BrowserSession(
            digest=digest(opened),
            user_id=user.id,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + lives,
            address=client.address or None,
            user_agent=client.user_agent or None,
            provider=through.provider if through else None,
            issuer=through.issuer if through else None,
            subject=through.subject if through else None,
            provider_session=through.session if through else None,
            id_token=through.id_token if through else None,
        )
    )
    signed_in = PersonSignedIn(user_id=user.id, provider=through.provider if through else None)
    record(session, SYSTEM, signed_in, visibility=Visibility.PRIVATE)
    return opened


class Ended(NamedTuple):
    """A browser session that has just ended, as far as the provider that vouched for it needs to know."""

    session_id: int
    user_id: int
    provider: str | None
    id_token: bytes | None


async def end_sessions(session: AsyncSession, actor: Actor, *meant: ColumnElement[bool]) -> list[Ended]:
    """End the browser sessions for which all conditions hold, and that have not ended, with an event for each."""
    ended = await session.execute(
        update(BrowserSession)
        .where(*meant, BrowserSession.revoked_at.is_(None))
        .values(revoked_at=now(session))
        .returning(BrowserSession.id, BrowserSession.user_id, BrowserSession.provider, BrowserSession.id_token)
    )
    found = sorted((Ended(*row) for row in ended), key=lambda each: each.session_id)
    for each in found:
        gone = PersonSignedOut(user_id=each.user_id, session_id=each.session_id)
        record(session, actor, gone, visibility=Visibility.PRIVATE)
    return found


async def end_session(session: AsyncSession, secret: str) -> Ended | None:
    """Sign a browser out; what was ended. Ending an unknown or ended session does nothing."""
    ended = await end_sessions(session, SYSTEM, BrowserSession.digest == digest(secret))
    return ended[0] if ended else None
