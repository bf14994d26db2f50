"""A step that fails in the middle of a transaction leaves nothing behind, and what came before it stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from core.journal import journal_of
from models.base import Base


@asynccontextmanager
async def undone_if_it_fails(session: AsyncSession, *needed: Any) -> AsyncIterator[None]:
    """A block whose rows, events and jobs are taken back if it raises.

    `needed` are rows that are looked at afterwards: what the session knows of them is read again then.
    """
    await session.flush()
    journal = journal_of(session)
    before = journal.mark()
    try:
        async with session.begin_nested():
            yield
            await session.flush()
    except Exception:
        journal.take_back(before)
        for row in needed:
            if isinstance(row, Base):  # else it is a draft, which no session knows of
                await session.refresh(row)
        raise
