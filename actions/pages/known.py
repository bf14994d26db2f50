"""The further status pages as they are now, and what each of them may show. Everything else asks here."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from core.db import Reader
from models.incident import Incident
from models.maintenance import Maintenance, MaintenanceComponent
from models.status_page import StatusPage, StatusPageComponent, StatusPageHost
from models.update import Update, UpdateComponent
from models.words import Audience, PageAccess

PLAIN = (
    *("id", "slug", "name", "access", "exclusive"),
    *("language", "time_zone", "accent_light", "accent_dark", "archived"),
)


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page with its hosts, the one of its links first, and the keys of the components that it names."""

    id: int
    slug: str
    name: str
    access: PageAccess
    exclusive: bool
    language: str | None
    time_zone: str | None
    accent_light: str | None
    accent_dark: str | None
    archived: bool
    hosts: tuple[str, ...]
    components: frozenset[int]

    @property
    def open(self) -> bool:
        """Whether anybody may read it."""
        return self.access is PageAccess.PUBLIC and not self.archived


@dataclass(frozen=True, slots=True)
class PageScope:
    """What one page shows: the components `only`, or all (None) but the `hidden` ones. `page` None: our own page."""

    page: KnownPage | None
    only: frozenset[int] | None = None
    hidden: frozenset[int] = frozenset()

    @property
    def page_id(self) -> int | None:
        """The key of the page."""
        return self.page.id if self.page else None

    def shows(self, component: int) -> bool:
        """Whether a component is on the page."""
        return component not in self.hidden if self.only is None else component in self.only

    def shown(self, components: Collection[int]) -> frozenset[int]:
        """Those of some components that are on the page."""
        return frozenset(filter(self.shows, components))

    def concerns(self, touched: Collection[int]) -> bool:
        """Whether something that touches these components is told here. What touches none is on our own page only."""
        return bool(self.shown(touched)) or (self.page is None and not touched)

    def incidents(self) -> ColumnElement[bool]:
        """The same as a condition on incidents: the components that their standing public updates name."""
        said = (
            select(1)
            .select_from(UpdateComponent)
            .join(Update, Update.id == UpdateComponent.update_id)
            .where(
                Update.incident_id == Incident.id,
                Update.audience == Audience.PUBLIC,
                Update.withdrawn_at.is_(None),
            )
        )
        return self._touching(said, UpdateComponent.component_id)

    def works(self) -> ColumnElement[bool]:
        """The same as a condition on planned work."""
        taken = select(1).where(MaintenanceComponent.maintenance_id == Maintenance.id)
        return self._touching(taken, MaintenanceComponent.component_id)

    def _touching(self, named: Any, component: Any) -> ColumnElement[bool]:
        if self.page is None and not self.hidden:
            return true()
        on_page = component.not_in(self.hidden) if self.only is None else component.in_(self.only)
        touching = exists(named.where(on_page))
        return touching if self.page else or_(touching, ~exists(named))


async def known_pages(reader: Reader | AsyncSession) -> tuple[KnownPage, ...]:
    """All further pages, archived ones too, by key; in one statement, for every reading of a page begins with it."""
    ordered = select(StatusPageHost.host).where(StatusPageHost.page_id == StatusPage.id)
    ordered = ordered.order_by(StatusPageHost.position).correlate(StatusPage)
    keys = select(StatusPageComponent.component_id).where(StatusPageComponent.page_id == StatusPage.id)
    keys = keys.correlate(StatusPage)
    statement = select(
        *(StatusPage.id, StatusPage.slug, StatusPage.name, StatusPage.access, StatusPage.exclusive),
        *(StatusPage.language, StatusPage.time_zone, StatusPage.accent_light, StatusPage.accent_dark),
        StatusPage.archived_at.is_not(None),
        func.array(ordered.scalar_subquery()),
        func.array(keys.scalar_subquery()),
    ).order_by(StatusPage.id)
    rows: Any = await reader.execute(statement)
    return tuple(_known(*row) for row in rows)


def _known(*columns: Any) -> KnownPage:
    *plain, hosts, components = columns
    values = dict(zip(PLAIN, plain, strict=True))
    return KnownPage(**values, hosts=tuple(hosts), components=frozenset(components))


def scope_of(pages: Collection[KnownPage], page: KnownPage | None) -> PageScope:
    """What a page shows, or our own (None). A page that names no component has all but the exclusive ones of others."""
    if page is not None and page.components:
        return PageScope(page, page.components)
    hidden = frozenset[int]().union(*(each.components for each in pages if each.exclusive and each is not page))
    return PageScope(page, None, hidden)


async def scope_by_key(reader: Reader | AsyncSession, page_id: int | None) -> PageScope:
    """What the page with a key shows. LookupError if there is none: nothing is ever shown in its place."""
    pages = await known_pages(reader)
    if page_id is None:
        return scope_of(pages, None)
    for page in pages:
        if page.id == page_id:
            return scope_of(pages, page)
    raise LookupError(f"there is no status page {page_id}")


async def standing_scopes(reader: Reader | AsyncSession) -> list[PageScope]:
    """The pages that somebody may read, our own first: all but archived ones."""
    pages = await known_pages(reader)
    return [scope_of(pages, None), *(scope_of(pages, page) for page in pages if not page.archived)]


async def open_scopes(reader: Reader | AsyncSession) -> list[PageScope]:
    """The pages that anybody may read, our own first."""
    pages = await known_pages(reader)
    return [scope_of(pages, None), *(scope_of(pages, page) for page in pages if page.open)]
