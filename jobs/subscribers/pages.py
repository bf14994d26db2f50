"""Where links to a page begin that a mail or a message tells of."""

from actions.pages.known import scope_by_key
from core.db import Reader
from core.settings import Settings


async def base_url_of(reader: Reader, settings: Settings, page_id: int | None) -> str:
    """The base of links to a page, without a slash at the end; None: to the organisation's own."""
    page = (await scope_by_key(reader, page_id)).page if page_id is not None else None
    return settings.page_url(page.hosts, page.slug) if page is not None else settings.status_url
