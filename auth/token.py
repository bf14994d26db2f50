"""Bearer tokens: making one, and finding out who holds one (RFC 6750)."""

from datetime import timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.actor import Actor
from auth.secret import TOKEN, digest, new_secret
from core.clock import Clock
from core.db import Database, Reader
from models.access import AccessToken, ServiceAccount
from models.person import User
from models.words import AccessRole, ActorKind

TOUCH_EVERY = timedelta(minutes=5)


def weaker(one: AccessRole, other: AccessRole) -> AccessRole:
    """The role that may do less: a token never lifts its owner."""
    order = list(AccessRole)
    return min(one, other, key=order.index)


async def issue_token(
    session: AsyncSession, clock: Clock, *, name: str, access_role: AccessRole, user: User | None = None
) -> tuple[str, AccessToken]:
    """A new bearer token, and its row. The secret is shown once, kept nowhere. Without a user it is a script's."""
    account = None
    if user is None:
        account = ServiceAccount(name=name, created_at=clock.now())
        session.add(account)
        await session.flush()
    secret = new_secret(TOKEN)
    token = AccessToken(
        digest=digest(secret),
        name=name,
        access_role=access_role,
        user_id=user.id if user else None,
        service_account_id=account.id if account else None,
        created_at=clock.now(),
    )
    session.add(token)
    await session.flush()
    return secret, token


HOLDER = (
    select(
        AccessToken.id,
        AccessToken.access_role,
        User.id.label("user_id"),
        User.name.label("user_name"),
        User.access_role.label("user_role"),
        ServiceAccount.id.label("account_id"),
        ServiceAccount.name.label("account_name"),
    )
    .outerjoin(User, (User.id == AccessToken.user_id) & User.archived_at.is_(None))
    .outerjoin(
        ServiceAccount,
        (ServiceAccount.id == AccessToken.service_account_id) & ServiceAccount.archived_at.is_(None),
    )
    .where(AccessToken.digest == bindparam("digest"), AccessToken.revoked_at.is_(None))
)
"""Who holds the token with a digest. Built once: it is asked on every request."""


async def bearer(reader: Reader, secret: str) -> tuple[Actor, int] | None:
    """Who holds a token, and the token's key; None if it is unknown, revoked, or its owner archived."""
    rows = await reader.execute(HOLDER, {"digest": digest(secret)})
    if not rows:
        return None
    row = rows[0]
    if row.user_id is not None:
        return Actor(ActorKind.USER, row.user_id, row.user_name, weaker(row.access_role, row.user_role)), row.id
    if row.account_id is not None:
        return Actor(ActorKind.SERVICE_ACCOUNT, row.account_id, row.account_name, row.access_role), row.id
    return None


async def touch_token(database: Database, token_id: int) -> None:
    """Note that a token is in use, at most every five minutes. A counter: it makes no event (DESIGN §1)."""
    now = database.clock.now()
    async with database.unit_of_work() as session:
        await session.execute(
            update(AccessToken)
            .where(
                AccessToken.id == token_id,
                AccessToken.last_used_at.is_(None) | (AccessToken.last_used_at < now - TOUCH_EVERY),
            )
            .values(last_used_at=now)
        )
