"""What was under way when a person was erased, and was written a moment later: it is erased as well (ADR 0052).

Whoever had read an address, or looked at credentials, before the erasure waits for it at a foreign key, and writes
what they have afterwards: a mail in the ledger, a way to be paged, where an act came from.
"""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actions.erasing.person_rows import LONGEST, erase_accounts, erase_deliveries, erase_owned, hold_credentials
from actions.sessions import end_access
from auth.actor import SYSTEM
from models.person import User

SOON = timedelta(minutes=2)
"""After an erasure: nothing that was under way by then takes longer (core.db.TIMEOUTS)."""


async def erase_afterwards(session: AsyncSession, key: int) -> None:
    """Erase again what is an erased person's, as often as wanted. Nothing for anybody else.

    In the order of locks in which they were erased.
    """
    there = await session.get(User, key)
    if there is None or there.erased_at is None:
        return
    await session.execute(text(f"set local statement_timeout = '{LONGEST}'"))
    await erase_accounts(session, key)
    await erase_deliveries(session, key)
    user = await session.get_one(User, key, with_for_update=True)
    await hold_credentials(session, key)
    await end_access(session, SYSTEM, user)
    await erase_owned(session, key, [])
