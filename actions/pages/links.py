"""Links that let whoever has one read a page: made, looked at, and ended."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.pages.find import find_page
from actions.record import keys, now, record
from auth.actor import Actor
from auth.permission import Permission, require
from core.db import Reader
from core.errors import conflict
from core.secrets import Secrets
from core.signing import Signed, read, sign
from models.facts.settings import PageLinkCreated, PageLinksRevoked
from models.status_page import StatusPage, StatusPageLink
from models.words import PageAccess, Visibility

OPEN = "open a status page"
OPEN_PATH = "/open/"
NOTE = 200


async def create_page_link(
    session: AsyncSession, actor: Actor, *, page: str, expires_at: datetime | None = None, note: str | None = None
) -> tuple[StatusPageLink, str]:
    """A link to a page that is read by link, and its token, which is shown this once.

    `note` says for whom it is. INVALID_INPUT for a moment that has passed; CONFLICT for a page that is read otherwise.
    """
    require(actor, Permission.ADMINISTER)
    found = await find_page(session, page)
    if found.access is not PageAccess.LINK or found.archived:
        raise conflict(
            f"{found.name} is not read by link.", field="page", hint="Save it with the access LINK, or share its host."
        )
    link = StatusPageLink(
        page_id=found.id,
        note=check.optional_text(note, "note", limit=NOTE),
        created_at=now(session),
        expires_at=None if expires_at is None else check.future(expires_at, "expires_at", now(session)),
    )
    session.add(link)
    await session.flush()
    until = link.expires_at.isoformat() if link.expires_at else None
    told = PageLinkCreated(page_id=found.id, link_id=link.id, expires_at=until)
    record(session, actor, told, visibility=Visibility.PRIVATE)
    return link, sign(keys(session), Signed(OPEN, link.id, link.expires_at))


async def revoke_page_links(session: AsyncSession, actor: Actor, *, page: str) -> StatusPage:
    """End every link to a page, and whatever they opened. With none left, nothing changes."""
    require(actor, Permission.ADMINISTER)
    found = await find_page(session, page)
    standing = select(StatusPageLink).where(StatusPageLink.page_id == found.id, StatusPageLink.revoked_at.is_(None))
    links = list(await session.scalars(standing.order_by(StatusPageLink.id).with_for_update()))
    for link in links:
        link.revoked_at = now(session)
    if links:
        record(session, actor, PageLinksRevoked(page_id=found.id, links=len(links)), visibility=Visibility.PRIVATE)
    return found


async def linked(reader: Reader, secrets: Secrets, page_id: int, token: str) -> StatusPageLink | None:
    """The link that a token is of, if it opens this page now; None for a forged, foreign, expired or revoked one."""
    said = read(secrets, OPEN, token)
    if said is None:
        return None
    link = await reader.row(StatusPageLink, select(StatusPageLink).where(StatusPageLink.id == said.key))
    return link if link is not None and link.page_id == page_id and link.opens(reader.clock.now()) else None
