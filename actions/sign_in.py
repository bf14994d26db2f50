"""Signing in with a browser: one-time links and the sessions that they open. Until OIDC, the only way in for people."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import now, record
from auth.actor import SYSTEM, Actor
from auth.permission import Permission, require
from auth.secret import LINK, SESSION, digest, new_secret
from core.errors import DomainError, ErrorCode
from models.access import BrowserSession, SignInLink
from models.facts.settings import AccessGranted, PersonSignedIn
from models.person import User
from models.words import AccessRole, Visibility

LINK_LIVES = timedelta(hours=24)
SESSION_LIVES = timedelta(days=14)
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
    """Whether a browser was ever signed in here."""
    return await session.scalar(select(BrowserSession.id).limit(1)) is not None


async def create_sign_in_link(session: AsyncSession, actor: Actor, user: User) -> str:
    """The secret of a link that signs a person in once, within 24 hours. Earlier unused links of theirs end."""
    require(actor, Permission.ADMINISTER)
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


async def use_sign_in_link(session: AsyncSession, secret: str) -> str:
    """The secret of a browser session for whom the link was made. UNAUTHENTICATED if it was used or is too old."""
    moment = now(session)
    user_id = await session.scalar(
        update(SignInLink)
        .where(SignInLink.digest == digest(secret), SignInLink.used_at.is_(None), SignInLink.expires_at > moment)
        .values(used_at=moment)
        .returning(SignInLink.user_id)
    )
    user = await session.get(User, user_id) if user_id is not None else None
    if user is None or user.archived:
        raise DomainError(
            ErrorCode.UNAUTHENTICATED,
            "This sign-in link was already used, or is too old.",
            hint="Run `muster link create` for a new one.",
        )
    opened = new_secret(SESSION)
    session.add(
        BrowserSession(
            digest=digest(opened),
            user_id=user.id,
            created_at=moment,
            expires_at=moment + SESSION_LIVES,
            revoked_at=None,
        )
    )
    record(session, SYSTEM, PersonSignedIn(user_id=user.id), visibility=Visibility.PRIVATE)
    return opened


async def end_session(session: AsyncSession, secret: str) -> None:
    """Sign a browser out; ending an unknown or ended session does nothing."""
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.digest == digest(secret), BrowserSession.revoked_at.is_(None))
        .values(revoked_at=now(session))
    )
