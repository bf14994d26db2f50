"""Keeping logos: the organisation's, and those of further status pages."""

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.branding.organisation import locked_organisation, record_organisation
from actions.branding.pictures import read_picture
from actions.pages.find import find_page
from actions.record import record_saved
from auth.actor import Actor
from auth.permission import Permission, require
from models.logo import LogoTheme, PageLogo, StatusPageLogo
from models.organisation import Organisation

DIGITS = 24


async def save_logo(
    session: AsyncSession,
    actor: Actor,
    *,
    image: str | None,
    theme: LogoTheme = LogoTheme.LIGHT,
    page: str | None = None,
) -> Organisation:
    """Put a picture (PNG or SVG, as base64) into the head of the public page, or with null take it away.

    `page`: of a further status page, which shows the organisation's while it has none; the organisation is returned
    then, too, and stays as it is. INVALID_INPUT says why a picture is not taken (actions.branding.pictures); NOT_FOUND.
    """
    require(actor, Permission.ADMINISTER)
    if page is not None:
        found = await find_page(session, page)
        changed = await _keep(session, StatusPageLogo, {"page_id": found.id, "theme": theme}, image)
        if changed:
            record_saved(session, actor, "status_page", found.id, changed)
        return (await session.scalars(select(Organisation))).one()
    row = await locked_organisation(session)
    record_organisation(session, actor, row, await _keep(session, PageLogo, {"theme": theme}, image))
    return row


async def _keep(
    session: AsyncSession, model: type[PageLogo | StatusPageLogo], key: dict[str, Any], image: str | None
) -> dict[str, object]:
    """Write a logo in place of the one before, or take that away; what changed, for auditors."""
    logo: PageLogo | StatusPageLogo | None = await session.get(model, key, with_for_update=True)
    before, after = logo.digest if logo else None, None
    if image is None:
        if logo is not None:
            await session.delete(logo)
    else:
        found = read_picture(image, "image")
        after = hashlib.sha256(found.content).hexdigest()[:DIGITS]
        values = {"media_type": found.media_type, "width": found.width, "height": found.height}
        await session.merge(model(**key, digest=after, content=found.content, **values))
    return {} if before == after else {f"logo_{key['theme'].lower()}": {"from": before, "to": after}}
