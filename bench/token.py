"""Credentials for the benchmarks."""

from datetime import timedelta

from sqlalchemy import update

from actions.sign_in import open_session
from auth.secret import digest
from auth.token import issue_token
from core.db import Database
from models.access import BrowserSession
from models.person import User
from models.words import AccessRole


async def make_token(url: str) -> str:
    """A responder's bearer token."""
    database = Database(url, pool_size=1)
    try:
        async with database.unit_of_work() as session:
            secret, _ = await issue_token(session, database.clock, name="bench", access_role=AccessRole.RESPONDER)
    finally:
        await database.close()
    return secret


async def make_ended(url: str, count: int) -> dict[str, list[str]]:
    """So many each of tokens that were revoked, that expired, and whose owner has left, and of sessions that ended."""
    database = Database(url, pool_size=1)
    found: dict[str, list[str]] = {"revoked": [], "expired": [], "owner left": [], "session ended": []}
    try:
        async with database.unit_of_work() as session:
            here, gone = await session.get_one(User, 5), await session.get_one(User, 6)
            before = database.clock.now() - timedelta(hours=1)
            for _ in range(count):
                for kind, user in (("revoked", here), ("expired", here), ("owner left", gone)):
                    secret, row = await issue_token(
                        session, database.clock, name=kind, access_role=AccessRole.RESPONDER, user=user
                    )
                    row.revoked_at = before if kind == "revoked" else None
                    row.expires_at = before if kind == "expired" else None
                    found[kind].append(secret)
                found["session ended"].append(open_session(session, here, lives=timedelta(days=1)))
            await session.flush()
            ended = BrowserSession.digest.in_([digest(secret) for secret in found["session ended"]])
            await session.execute(update(BrowserSession).where(ended).values(revoked_at=before))
            gone.archived_at = before
    finally:
        await database.close()
    return found
