"""Keeping further status pages: what they are called, where they stand, what they show, and who may read them."""

import re
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.branding.organisation import read_colour, read_language
from actions.catalogue.saving import Saving, begin, bounded
from actions.find import refuse_archived
from actions.pages.hosts import read_hosts, refuse_taken
from auth.actor import Actor
from auth.permission import Permission, require
from core.errors import conflict, invalid, not_found
from core.unset import UNSET, Unset
from models.contrast import DARK_PAPER, LIGHT_PAPER
from models.service import Component
from models.status_page import StatusPage, StatusPageComponent, StatusPageHost
from models.words import PageAccess

MOST = 50
"""Pages of one organisation: a process keeps all of them at hand."""

SLUG = re.compile(r"(?!-)[a-z0-9-]{1,60}(?<!-)")
RESERVED = frozenset({"admin", "api", "auth", "console", "default", "localhost", "muster", "pages", "static", "www"})


async def save_status_page(
    session: AsyncSession,
    actor: Actor,
    *,
    id: str | None = None,  # noqa: A002 (keywords are the input's fields)
    slug: str | Unset | None = UNSET,
    name: str | Unset | None = UNSET,
    hosts: Sequence[str] | Unset | None = UNSET,
    components: list[str] | Unset | None = UNSET,
    access: PageAccess | Unset | None = UNSET,
    exclusive: bool | Unset | None = UNSET,
    language: str | Unset | None = UNSET,
    time_zone: str | Unset | None = UNSET,
    accent_light: str | Unset | None = UNSET,
    accent_dark: str | Unset | None = UNSET,
    archived: bool | Unset | None = UNSET,
) -> StatusPage:
    """Add a page, or change one. A new one needs a slug and a name; it is public and shows all components.

    Null for hosts or components means none. INVALID_INPUT for a reserved slug, a bad host, an unknown component, and an
    exclusive page that names no component; CONFLICT for a slug or host that another page has.
    """
    require(actor, Permission.ADMINISTER)
    saving = await begin(session, StatusPage, id)
    if saving.creating:
        await _refuse_many(session)
        saving.row.access, saving.row.exclusive = PageAccess.PUBLIC, False
    _slug(saving, slug)
    saving.text("name", name)
    if not isinstance(access, Unset):
        saving.set("access", saving.given("access", access))
    if not isinstance(exclusive, Unset):
        saving.set("exclusive", bool(exclusive))
    _look(saving, language, time_zone)
    saving.set("accent_light", read_colour(accent_light, "accent_light", LIGHT_PAPER))
    saving.set("accent_dark", read_colour(accent_dark, "accent_dark", DARK_PAPER))
    saving.archive(archived)
    await saving.write()
    if not isinstance(hosts, Unset):
        await _keep_hosts(saving, hosts or ())
    if not isinstance(components, Unset):
        await _keep_components(saving, components or [])
    await _refuse_exclusive_of_all(session, saving.row)
    saving.record(actor)
    return saving.row


async def archive_status_page(session: AsyncSession, actor: Actor, *, id: str) -> StatusPage:  # noqa: A002 (the input's)
    """Take a page away from its readers. Its hosts stay its own, and what was exclusive to it is shown nowhere else."""
    require(actor, Permission.ADMINISTER)
    saving = await begin(session, StatusPage, id)
    saving.archive(archived=True)
    await saving.write()
    saving.record(actor)
    return saving.row


async def _refuse_many(session: AsyncSession) -> None:
    if (await session.scalar(select(func.count()).select_from(StatusPage)) or 0) >= MOST:
        raise conflict(f"There are {MOST} status pages.", hint="Change one that is not needed any more.")


def _slug(saving: Saving[StatusPage], slug: str | Unset | None) -> None:
    content = saving.given("slug", slug)
    if isinstance(content, Unset):
        return
    if not SLUG.fullmatch(content):
        hint = "Use 1 to 60 of a-z, 0-9 and hyphens, with no hyphen at an end."
        raise invalid("slug", f"{content[:80]!r} is no slug of a page.", hint)
    if content in RESERVED:
        raise invalid("slug", f"The slug {content!r} is reserved.", f"Choose one that is none of {_listed()}.")
    saving.set("slug", content)


def _listed() -> str:
    return ", ".join(sorted(RESERVED))


def _look(saving: Saving[StatusPage], language: str | Unset | None, time_zone: str | Unset | None) -> None:
    """Null: as the organisation's own page."""
    if not isinstance(language, Unset):
        saving.set("language", None if language is None else read_language(language))
    if not isinstance(time_zone, Unset):
        saving.set("time_zone", None if time_zone is None else check.time_zone(time_zone, "time_zone").key)


async def _keep_hosts(saving: Saving[StatusPage], given: Sequence[str]) -> None:
    session, key = saving.session, saving.row.id
    wanted = read_hosts(given, session.info["own_hosts"])
    mine = select(StatusPageHost.host).where(StatusPageHost.page_id == key).order_by(StatusPageHost.position)
    before = list(await session.scalars(mine))
    if before == wanted:
        return
    await refuse_taken(session, wanted, key)
    await session.execute(delete(StatusPageHost).where(StatusPageHost.page_id == key))
    session.add_all(StatusPageHost(host=host, page_id=key, position=place) for place, host in enumerate(wanted))
    saving.note("hosts", before, wanted)
    await saving.write()


async def _keep_components(saving: Saving[StatusPage], given: list[str]) -> None:
    session, key = saving.session, saving.row.id
    wanted = bounded(given, "components", Component)
    mine = select(StatusPageComponent.component_id).where(StatusPageComponent.page_id == key)
    before = set(await session.scalars(mine))
    found = {row.id: row for row in await session.scalars(select(Component).where(Component.id.in_(wanted)))}
    for component, place in wanted.items():
        if component not in found:
            raise not_found(place, "component", given[int(place.rpartition(".")[2])])
        if component not in before:
            refuse_archived(found[component], place)
    if before == set(wanted):
        return
    await session.execute(delete(StatusPageComponent).where(StatusPageComponent.page_id == key))
    session.add_all(StatusPageComponent(page_id=key, component_id=component) for component in sorted(wanted))
    saving.note("components", sorted(before), sorted(wanted))
    await session.flush()


async def _refuse_exclusive_of_all(session: AsyncSession, page: StatusPage) -> None:
    if page.exclusive and not await session.scalar(
        select(StatusPageComponent.component_id).where(StatusPageComponent.page_id == page.id).limit(1)
    ):
        raise invalid(
            "exclusive",
            "A page that names no components has none to itself.",
            "Name the components that are to be on this page only.",
        )
