"""From the id of a status page to its row."""

from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import not_found
from core.ids import decode_as
from models.status_page import StatusPage


async def find_page(session: AsyncSession, reference: str, *, field: str = "page") -> StatusPage:
    """The further status page with an id, archived or not, locked until the end of the transaction. NOT_FOUND."""
    found = await session.get(StatusPage, decode_as("StatusPage", reference, field), with_for_update=True)
    if found is None:
        raise not_found(field, "status page", reference)
    return found
