"""Forgetting what is over: devices that nobody let in, sign-ins that were begun, messages seen, old credentials."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Database
from models.access import AccessToken, BrowserSession, DeviceAuthorization, SeenToken, SignInAttempt, SignInLink

BATCH = 1000
"""Rows that are deleted in one transaction: nobody waits long for them."""

TOLD = timedelta(hours=1)
"""How long a device still hears that its time is over (expired_token), and not that there is no such code."""
LISTED = timedelta(days=30)
"""How long an ended token, session or link is still there for who looks into it. The audit keeps that it was."""


async def purge_ended(database: Database) -> int:
    """Delete a batch of each kind; how many rows. Run by a timer."""
    moment = database.clock.now()
    over: list[tuple[InstrumentedAttribute[bytes], ColumnElement[bool]]] = [
        (DeviceAuthorization.device_digest, DeviceAuthorization.expires_at < moment - TOLD),
        (SignInAttempt.state_digest, SignInAttempt.expires_at < moment),
        (AccessToken.digest, AccessToken.expires_at < moment - LISTED),
        (BrowserSession.digest, BrowserSession.expires_at < moment - LISTED),
        (SignInLink.digest, SignInLink.expires_at < moment - LISTED),
    ]
    gone = 0
    async with database.unit_of_work() as session:
        for key, ended in over:
            some = select(key).where(ended).limit(BATCH).with_for_update(skip_locked=True)
            deleted = await session.execute(delete(key.class_).where(key.in_(some)).returning(key))
            gone += len(deleted.all())
        seen = await session.execute(delete(SeenToken).where(SeenToken.expires_at < moment).returning(SeenToken.jti))
        return gone + len(seen.all())
