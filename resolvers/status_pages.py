"""Further status pages, for those who keep them."""

from collections.abc import Sequence

from sqlalchemy import func, select

from actions.pages.links import OPEN_PATH
from core.ids import decode_as
from models.logo import StatusPageLogo
from models.service import Component
from models.status_page import StatusPage, StatusPageComponent, StatusPageHost, StatusPageLink
from models.subscriber import Subscriber
from resolvers.branding import LogoSeen, logo_seen
from resolvers.context import Context
from resolvers.mutations.perform import Outcome
from resolvers.rows import by_key, children

MOST_LINKS = 100


async def status_pages(ctx: Context) -> list[StatusPage]:
    """All further pages by name, archived ones last."""
    order = (StatusPage.archived_at.is_not(None), func.lower(StatusPage.name), StatusPage.id)
    return await ctx.reader.rows(StatusPage, select(StatusPage).order_by(*order))


async def hosts(ctx: Context, pages: Sequence[StatusPage]) -> list[list[str]]:
    """The hosts of each page, the one of its links first."""
    statement = select(StatusPageHost.page_id, StatusPageHost.host).where(
        StatusPageHost.page_id.in_({page.id for page in pages})
    )
    found: dict[int, list[str]] = {}
    for page_id, host in await ctx.reader.execute(statement.order_by(StatusPageHost.page_id, StatusPageHost.position)):
        found.setdefault(page_id, []).append(host)
    return [found.get(page.id, []) for page in pages]


async def urls(ctx: Context, pages: Sequence[StatusPage]) -> list[str]:
    """The base of the links of each page."""
    settings = ctx.runtime.settings
    own = await hosts(ctx, pages)
    return [settings.page_url(names, page.slug) for page, names in zip(pages, own, strict=True)]


async def components(ctx: Context, pages: Sequence[StatusPage]) -> list[list[Component]]:
    """The components that each page names, in the order of the page."""
    statement = (
        select(Component, StatusPageComponent.page_id)
        .join(StatusPageComponent, StatusPageComponent.component_id == Component.id)
        .where(StatusPageComponent.page_id.in_({page.id for page in pages}))
        .order_by(Component.position, func.lower(Component.name), Component.id)
    )
    found = await children(ctx, Component, statement)
    return [found.get(page.id, []) for page in pages]


async def links(ctx: Context, pages: Sequence[StatusPage]) -> list[list[StatusPageLink]]:
    """The newest links to each page."""
    age = func.row_number().over(partition_by=StatusPageLink.page_id, order_by=StatusPageLink.id.desc())
    newest = select(StatusPageLink.id, age.label("age")).where(StatusPageLink.page_id.in_({page.id for page in pages}))
    some = newest.subquery()
    statement = (
        select(StatusPageLink, StatusPageLink.page_id)
        .join(some, some.c.id == StatusPageLink.id)
        .where(some.c.age <= MOST_LINKS)
        .order_by(StatusPageLink.id.desc())
    )
    found = await children(ctx, StatusPageLink, statement)
    return [found.get(page.id, []) for page in pages]


async def page_names(ctx: Context, subscribers: Sequence[Subscriber]) -> list[str | None]:
    """The name of the page that each subscribed to; None for the organisation's own."""
    found = await by_key(ctx, StatusPage, (subscriber.page_id for subscriber in subscribers))
    return [found[each.page_id].name if each.page_id in found else None for each in subscribers]


async def logos(ctx: Context, pages: Sequence[StatusPage]) -> list[list[LogoSeen]]:
    """The logos that each page has of its own, that for light paper first."""
    it = StatusPageLogo
    rows = await ctx.reader.execute(
        select(it.page_id, it.theme, it.digest, it.media_type, it.width, it.height)
        .where(it.page_id.in_({page.id for page in pages}))
        .order_by(it.page_id, it.theme.desc())
    )
    found: dict[int, list[LogoSeen]] = {}
    for page_id, *seen in rows:
        found.setdefault(page_id, []).append(logo_seen(*seen))
    return [found.get(page.id, []) for page in pages]


async def named_page(ctx: Context, outcomes: Sequence[Outcome]) -> list[StatusPage | None]:
    """The page that an input names; None for one that names none."""
    named = [outcome.given.get("page") for outcome in outcomes]
    keys = [decode_as("StatusPage", each, "page") if each else None for each in named]
    found = await by_key(ctx, StatusPage, keys)
    return [found.get(key) if key is not None else None for key in keys]


async def opening_urls(ctx: Context, outcomes: Sequence[Outcome]) -> list[str | None]:
    """Where a new link leads; None when the request was a repeated one: the link is kept nowhere."""
    made = [outcome for outcome in outcomes if outcome.secret is not None]
    pages = await by_key(ctx, StatusPage, (outcome.row.page_id for outcome in made))
    bases = dict(zip(pages, await urls(ctx, list(pages.values())), strict=True))
    return [
        f"{bases[outcome.row.page_id]}{OPEN_PATH}{outcome.secret}" if outcome.secret is not None else None
        for outcome in outcomes
    ]
