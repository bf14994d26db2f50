"""From the id of a status page to its row, or to what it shows."""

from sqlalchemy.ext.asyncio import AsyncSession

from actions.pages.known import PageScope, known_pages, scope_of
from core.errors import conflict, not_found
from core.ids import decode_as
from models.status_page import StatusPage


async def find_page(session: AsyncSession, reference: str, *, field: str = "page") -> StatusPage:
    """The further status page with an id, archived or not, locked until the end of the transaction. NOT_FOUND."""
    found = await session.get(StatusPage, decode_as("StatusPage", reference, field), with_for_update=True)
    if found is None:
        raise not_found(field, "status page", reference)
    return found


async def find_scope(session: AsyncSession, reference: str | None, *, field: str = "page") -> PageScope:
    """What the further page with an id shows, or the organisation's own (None).

    NOT_FOUND; CONFLICT for an archived one, which shows nothing.
    """
    pages = await known_pages(session)
    if reference is None:
        return scope_of(pages, None)
    key = decode_as("StatusPage", reference, field)
    found = next((page for page in pages if page.id == key), None)
    if found is None:
        raise not_found(field, "status page", reference)
    if found.archived:
        raise conflict(f"The status page {found.name!r} is archived.", field=field, hint="Name one that is shown.")
    return scope_of(pages, found)
