"""What is sent to a way by which somebody wants to be paged, other than pages: its code, or a test."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import keys, now
from core.secrets import SealError
from models.paging.contact import ContactMethod
from models.paging.words import PageWay

ERROR_CHARACTERS = 500
LOST = "Its address was sealed with a key that is lost: delete it and add it anew."


@dataclass(frozen=True, slots=True)
class ContactNews:
    """What goes where."""

    way: PageWay
    address: str
    code: str | None
    """None: a test."""


async def read_contact(session: AsyncSession, method_id: int) -> ContactNews | None:
    """What is to be sent to a way; None for one that was given up, or whose code is over."""
    row = await session.get_one(ContactMethod, method_id)
    over = row.code_expires_at is not None and row.code_expires_at <= now(session)
    if row.archived or row.sealed_address is None or (not row.verified and (row.sealed_code is None or over)):
        return None
    try:
        address = keys(session).open(row.sealed_address)
        code = keys(session).open(row.sealed_code) if row.sealed_code is not None else None
    except SealError:
        row.error = LOST
        return None
    return ContactNews(row.way, address, code)


async def note_contact(session: AsyncSession, method_id: int, error: str | None) -> None:
    """Note what came of it, where the person looks."""
    row = await session.get_one(ContactMethod, method_id, with_for_update=True)
    row.error = error[:ERROR_CHARACTERS] if error is not None else None
    if error is None:
        row.sent_at = now(session)
