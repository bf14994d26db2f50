"""Bearer tokens: making one, and finding out who holds one (RFC 6750)."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from auth.actor import Actor
from auth.networks import Network, within
from auth.permission import PERMISSIONS, Permission
from auth.scope import permissions_of
from auth.secret import TOKEN, digest, new_secret
from auth.session import person
from core.client import Client
from core.clock import Clock
from core.db import Database, Reader
from models.access import AccessToken, OAuthClient, ServiceAccount
from models.person import User
from models.words import AccessRole, ActorKind

HINT = 4
"""Last characters of a token that its owner is shown later."""


def weaker(one: AccessRole, other: AccessRole) -> AccessRole:
    """The role that may do less: a token never lifts its owner."""
    order = list(AccessRole)
    return min(one, other, key=order.index)


async def issue_token(
    session: AsyncSession,
    clock: Clock,
    *,
    name: str,
    access_role: AccessRole,
    user: User | None = None,
    account: ServiceAccount | None = None,
    scopes: Sequence[str] | None = None,
    networks: Sequence[str] | None = None,
    documents: Sequence[str] | None = None,
    expires_at: datetime | None = None,
    client: OAuthClient | None = None,
) -> tuple[str, AccessToken]:
    """A new bearer token, and its row. The secret is shown once, kept nowhere.

    Without a user or an account it is that of a new service account of the same name. The caller checks permissions.
    """
    if user is None and account is None:
        account = ServiceAccount(name=name, access_role=access_role, created_at=clock.now())
        session.add(account)
        await session.flush()
    secret = new_secret(TOKEN)
    token = AccessToken(
        digest=digest(secret),
        name=name,
        hint=secret[-HINT:],
        access_role=access_role,
        user_id=user.id if user else None,
        service_account_id=account.id if account else None,
        oauth_client_id=client.id if client else None,
        scopes=None if scopes is None else list(scopes),
        networks=None if networks is None else list(networks),
        documents=None if documents is None else list(documents),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    session.add(token)
    await session.flush()
    return secret, token


HOLDER = (
    select(
        AccessToken.id,
        AccessToken.access_role,
        AccessToken.scopes,
        AccessToken.networks,
        AccessToken.documents,
        AccessToken.expires_at,
        User.id.label("user_id"),
        User.name.label("user_name"),
        User.access_role.label("user_role"),
        User.sees_private,
        ServiceAccount.id.label("account_id"),
        ServiceAccount.name.label("account_name"),
        ServiceAccount.access_role.label("account_role"),
    )
    .outerjoin(User, (User.id == AccessToken.user_id) & User.archived_at.is_(None))
    .outerjoin(
        ServiceAccount,
        (ServiceAccount.id == AccessToken.service_account_id) & ServiceAccount.archived_at.is_(None),
    )
    .where(
        AccessToken.digest == bindparam("digest"),
        AccessToken.revoked_at.is_(None),
        AccessToken.expires_at.is_(None) | (AccessToken.expires_at > bindparam("moment")),
        User.id.is_not(None) | ServiceAccount.id.is_not(None),
    )
)
"""Who holds the token with a digest. Built once: it is asked on every request.

What is over has no row here and is not remembered: reading one, and a quicker answer to the next try, would tell it by
time from what never was (bench.credentials).
"""


class Holding(NamedTuple):
    """A token that was not revoked, and whose owner is here."""

    actor: Actor
    token_id: int | None
    """None for one that another issuer made (auth.external)."""
    expires_at: datetime | None
    networks: tuple[Network, ...] | None = None
    documents: frozenset[str] | None = None
    """SHA-256 (hex) of the only GraphQL documents that it may send."""

    def over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now

    def admits(self, address: str) -> bool:
        """Whether it may be used from an address."""
        return within(address, self.networks)


def networks_of(texts: Sequence[str] | None) -> tuple[Network, ...] | None:
    """Networks as they are stored, to compare addresses with."""
    return None if texts is None else tuple(ipaddress.ip_network(text) for text in texts)


def bound(access_role: AccessRole, scopes: Sequence[str] | None) -> frozenset[Permission] | None:
    """The permissions that a credential has at most: those of its role, as far as its scopes go. None: all."""
    if access_role is AccessRole.ADMIN and scopes is None:
        return None
    allowed = PERMISSIONS[access_role]
    return allowed if scopes is None else allowed & permissions_of(scopes)


async def bearer(reader: Reader, secret: str) -> Holding | None:
    """Who holds a token; None if it is unknown, revoked or expired, or its owner archived."""
    rows = await reader.execute(HOLDER, {"digest": digest(secret), "moment": reader.clock.now()})
    if not rows:
        return None
    row = rows[0]
    limit = bound(row.access_role, row.scopes)
    if row.user_id is not None:
        owner = person(row.user_id, row.user_name, row.user_role, sees_private=row.sees_private)
    else:
        role = weaker(row.access_role, row.account_role)
        limit = limit if row.scopes is not None else None  # its role says it all: scripts hold no incident roles
        owner = Actor(ActorKind.SERVICE_ACCOUNT, row.account_id, row.account_name, role)
    actor = Actor(
        owner.kind,
        owner.id,
        owner.name,
        weaker(row.access_role, owner.access_role) if owner.access_role else None,
        limit,
        sees_private=owner.sees_private and limit is None,
    )
    documents = None if row.documents is None else frozenset(row.documents)
    return Holding(actor, row.id, row.expires_at, networks_of(row.networks), documents)


async def touch_token(database: Database, token_id: int, client: Client) -> None:
    """Note that a token is in use, and from where. A counter: it makes no event (DESIGN §1)."""
    async with database.unit_of_work() as session:
        await session.execute(
            update(AccessToken)
            .where(AccessToken.id == token_id)
            .values(
                last_used_at=database.clock.now(),
                last_used_address=func.coalesce(client.address or None, AccessToken.last_used_address),
            )
        )
