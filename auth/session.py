"""Browser sessions: who is behind a cookie. Sessions end when unused, when old, and when they are ended."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from auth.actor import Actor
from auth.secret import digest
from core.client import Client
from core.db import Database, Reader
from models.access import BrowserSession
from models.person import User
from models.words import AccessRole, ActorKind

OWNER = (
    select(
        BrowserSession.id,
        BrowserSession.last_seen_at,
        BrowserSession.expires_at,
        User.id.label("user_id"),
        User.name,
        User.access_role,
        User.sees_private,
    )
    .join(User, User.id == BrowserSession.user_id)
    .where(
        BrowserSession.digest == bindparam("digest"),
        BrowserSession.revoked_at.is_(None),
        BrowserSession.expires_at > bindparam("moment"),
        BrowserSession.last_seen_at > bindparam("unused_since"),
        User.archived_at.is_(None),
    )
)
"""Whose session it is. Built once: it is asked on every request. One that is over has no row (see auth.token)."""


STANDING = (
    select(User.id, User.name, User.access_role, User.sees_private, BrowserSession.expires_at)
    .join(BrowserSession, User.id == BrowserSession.user_id)
    .where(
        BrowserSession.id == bindparam("key"),
        BrowserSession.revoked_at.is_(None),
        BrowserSession.expires_at > bindparam("moment"),
        User.archived_at.is_(None),
    )
)
"""Whose session has a key: for what was made from it on another host, and lasts no longer."""


class Standing(NamedTuple):
    """A person whose session has not ended."""

    actor: Actor
    expires_at: datetime


async def standing(reader: Reader, session_id: int) -> Standing | None:
    """Who signed in by a session that is neither old nor ended; None for any other."""
    rows = await reader.execute(STANDING, {"key": session_id, "moment": reader.clock.now()})
    if not rows:
        return None
    row = rows[0]
    return Standing(person(row.id, row.name, row.access_role, sees_private=row.sees_private), row.expires_at)


class Visit(NamedTuple):
    """A session that has not been ended."""

    actor: Actor
    session_id: int
    last_seen_at: datetime
    expires_at: datetime

    def good(self, now: datetime, idle: timedelta) -> bool:
        """Whether it is still neither old nor unused."""
        return now < self.expires_at and now < self.last_seen_at + idle


def person(row_id: int, name: str, access_role: AccessRole, *, sees_private: bool) -> Actor:
    """A person with all of their rights: only an admin can have the right to see what is private."""
    return Actor(
        ActorKind.USER,
        row_id,
        name,
        access_role,
        sees_private=sees_private and access_role is AccessRole.ADMIN,
    )


async def visit(reader: Reader, secret: str, idle: timedelta) -> Visit | None:
    """The session with a secret, or None if there is none, it is old, unused or ended, or its person has left."""
    moment = reader.clock.now()
    rows = await reader.execute(OWNER, {"digest": digest(secret), "moment": moment, "unused_since": moment - idle})
    if not rows:
        return None
    row = rows[0]
    actor = person(row.user_id, row.name, row.access_role, sees_private=row.sees_private)
    return Visit(actor, row.id, row.last_seen_at, row.expires_at)


async def touch_session(database: Database, session_id: int, client: Client) -> None:
    """Note that a session is in use. A counter: it makes no event (DESIGN §1)."""
    async with database.unit_of_work() as session:
        await session.execute(
            update(BrowserSession)
            .where(BrowserSession.id == session_id)
            .values(last_seen_at=database.clock.now(), address=client.address or None)
        )
