"""The bundle of all pages that anybody may read: our own, and each other one in a folder `pages/<slug>/` beside it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from actions.pages.known import PageScope, open_scopes
from core.db import Database
from core.settings import Settings
from statuspage.builder import Builder
from statuspage.bundle import Bundle, File

FOLDER = "pages"


class Bundles:
    """Remembers the pages of one process. Not to be used by two at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._builders: dict[int | None, tuple[PageScope, Builder]] = {}

    @property
    def due(self) -> datetime | None:
        """When a promise falls due on some page, or planned work is to begin or end: pages say so from then on."""
        return min((each.due for _, each in self._builders.values() if each.due is not None), default=None)

    async def build(self, database: Database, changed: Collection[int] | None = None) -> Bundle:
        """The bundle as of now (Builder.build). A page that shows other components than before is built anew."""
        async with database.reading() as reader:
            scopes = await open_scopes(reader)
        self._builders = {scope.page_id: self._builder(scope) for scope in scopes}
        built = {}
        for scope, builder in self._builders.values():
            built[scope.page_id] = await builder.build(database, changed)
        own = built.pop(None)
        files = dict(own.files)
        for scope in scopes[1:]:
            files |= _within(built[scope.page_id], scope.page.slug if scope.page else "")
        return Bundle(min([own.cursor, *(each.cursor for each in built.values())]), files, own.matter)

    def _builder(self, scope: PageScope) -> tuple[PageScope, Builder]:
        known = self._builders.get(scope.page_id)
        if known is not None and known[0] == scope:
            return known
        page = scope.page
        base = self._settings.page_url(page.hosts, page.slug) if page else self._settings.base_url
        return scope, Builder(base, scope.page_id)


def _within(bundle: Bundle, slug: str) -> dict[str, File]:
    folder = f"{FOLDER}/{slug}/"
    return {f"/{folder}{address[1:]}": replace(file, folder=folder) for address, file in bundle.files.items()}
