"""Renders the bundle: all of it once, and after that only what can have changed."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from core.db import Database, Reader
from core.zones import zone_or_utc
from models.event import Event
from statuspage import brand, matter
from statuspage.answer import FOR_EVER
from statuspage.bundle import STATIC, Bundle, File
from statuspage.cache import Read, next_moment_of
from statuspage.frame import read_for
from statuspage.read import Site
from statuspage.recollection import remember
from statuspage.render import missing
from statuspage.views import FAMILIES, MISSING, Family, View, read_frame, read_past, views

MOST_KEPT = 500
"""Past incidents that are kept for a process that starts while the database is gone."""


@dataclass(frozen=True, slots=True)
class Member:
    """A page of a family as it was rendered: with which frame, and on which day it reads as another."""

    frame: int
    turns: date | None
    file: File
    matter: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """One snapshot: the newest event, the sites of the views, and the members that were read anew."""

    cursor: int
    sites: dict[Read, Site | None]
    members: dict[str, Site | None]
    logos: dict[str, brand.LogoFile]


class Builder:
    """Remembers what is rendered of one page in one process; of our own, or of another by its key.

    Not to be used by two at a time.
    """

    def __init__(self, base_url: str, page_id: int | None = None) -> None:
        self._page_id = page_id
        exported = {path: view for path, view in views(base_url).items() if view.exported}
        self._views = {**exported, MISSING: View(read_frame, missing)}
        self._fixed: dict[str, File] = {}
        self._members: dict[str, Member] = {}
        self._keys: dict[str, tuple[Family, int]] = {}
        self._sites: dict[Read, Site | None] = {}
        self.due: datetime | None = None
        """When a promise falls due, or planned work is to begin or end: pages say so from then on."""

    async def build(self, database: Database, changed: Collection[int] | None = None) -> Bundle:
        """The bundle as of now. `changed`: the incidents that events told of since the last one; None: any may have.

        Errors of the database are passed on; what is remembered is then as it was.
        """
        now = database.clock.now()
        async with database.reading() as reader:
            read_for(reader, self._page_id)
            seen = await self._read(reader, changed if self._fixed else None, now)
        return await asyncio.to_thread(self._rendered, seen, now)

    async def _read(self, reader: Reader, changed: Collection[int] | None, now: datetime) -> Seen:
        cursor = await reader.scalar(select(func.coalesce(func.max(Event.id), 0)))
        frame = await read_frame(reader)
        members: dict[str, Site | None] = {}
        for family in FAMILIES:
            stale = self._stale(family, changed, frame, now)
            keys = await family.keys(reader) if stale is None else stale
            sites_ = await family.read(reader, keys)
            gone = (key for path, (of, key) in self._keys.items() if of is family) if stale is None else stale
            members |= {family.address(key): None for key in gone}
            members |= {family.address(key): site for key, site in sites_.items()}
            self._keys |= {family.address(key): (family, key) for key in sites_}
        if changed is not None:
            for read, site in self._sites.items():
                threads = [thread for thread in site.threads if thread.id not in changed] if site else []
                remember(reader, threads, bodies=read is not read_past)
        remember(reader, (thread for site in members.values() if site for thread in site.threads))
        sites: dict[Read, Site | None] = {}
        for view in self._views.values():
            if view.read not in sites:
                sites[view.read] = await view.read(reader)
        return Seen(cursor, sites, members, await brand.logo_files(reader))

    def _stale(self, family: Family, changed: Collection[int] | None, frame: Site, now: datetime) -> set[int] | None:
        """The rows of a family that must be read anew; None: all."""
        if changed is None:
            return None
        today, stamp = now.astimezone(zone_or_utc(frame.time_zone)).date(), _frame_of(frame)
        stale = set(changed) if family.of_incidents else set()
        for path, member in self._members.items():
            of, key = self._keys[path]
            if of is family and (member.frame != stamp or (member.turns is not None and member.turns <= today)):
                stale.add(key)
        return stale

    def _rendered(self, seen: Seen, now: datetime) -> Bundle:
        fixed: dict[str, File] = {}
        for path, view in self._views.items():
            site = seen.sites[view.read]
            if site is not None:
                fixed[path] = _file(path, view, site, now, self._fixed.get(path))
        members = dict(self._members)
        for path, site in seen.members.items():
            family, _ = self._keys.get(path, (None, 0))
            if site is None or family is None:
                members.pop(path, None)
                continue
            members[path] = self._member(path, family, site, now, members.get(path))
        self._keys = {path: self._keys[path] for path in members}
        self._fixed, self._members, self._sites = fixed, members, seen.sites
        self.due = next_moment_of(seen.sites.values(), now)
        branded = _branded(seen)
        files = {**STATIC, **branded, **{path: member.file for path, member in members.items()}, **fixed}
        return Bundle(seen.cursor, files, self._matter(seen, now))

    def _matter(self, seen: Seen, now: datetime) -> dict[str, bytes]:
        """From what the views were rendered, and the members that matter most: open ones, then the newest."""
        dumped = {read: matter.dumped(site) for read, site in seen.sites.items()}
        tomorrow = date.fromordinal(now.date().toordinal() + 2)
        lively = {path for path, member in self._members.items() if member.turns and member.turns <= tomorrow}
        newest = sorted(self._members, key=lambda path: self._keys[path][1], reverse=True)[:MOST_KEPT]
        members = {path: self._members[path].matter for path in lively.union(newest)}
        return {path: dumped[view.read] for path, view in self._views.items()} | members

    @staticmethod
    def _member(path: str, family: Family, site: Site, now: datetime, before: Member | None) -> Member:
        file = _file(path, family.view(0), site, now, before.file if before else None)
        return Member(_frame_of(site), _turns(site, now), file, matter.dumped_member(site))


def _file(path: str, view: View, site: Site, now: datetime, before: File | None) -> File:
    """A page; the file before it where nothing in it has changed."""
    content = view.render(site, now, True)
    if before is not None and before.body.plain == content:
        return before
    return File.of(path, content, view.media_type)


def _branded(seen: Seen) -> dict[str, File]:
    """The logos, and the style sheet of the page's colour."""
    files = {path: File.of(path, logo.content, logo.media_type, FOR_EVER) for path, logo in seen.logos.items()}
    frame = seen.sites[read_frame]
    sheet = brand.sheet(frame) if frame else None
    return files | ({sheet.path: File.of(sheet.path, sheet.content, brand.CSS, FOR_EVER)} if sheet else {})


def _frame_of(site: Site) -> int:
    """What all pages show: the organisation, and the names of the components."""
    frame = (
        site.name,
        site.time_zone,
        site.language,
        site.support_url,
        site.accent_light,
        site.accent_dark,
        site.marks,
    )
    return hash((*frame, tuple((part.id, part.name) for part in site.components)))


def _turns(site: Site, now: datetime) -> date | None:
    """The day from which on a page reads as another though nothing happened: "03:40" becomes "Tue 24 Nov, 03:40".

    At once while an incident is open or work is to come, for they tell their length; the next day for one spoken
    of today; the next year for older ones, whose dates then name theirs.
    """
    local = zone_or_utc(site.time_zone)
    today = now.astimezone(local).date()
    if site.open_threads or any(work.pending for work in site.works):
        return today
    told = (*(thread.changed_at for thread in site.threads), *(work.changed_at for work in site.works))
    spoken = max((moment.astimezone(local).date() for moment in told), default=today)
    return date.fromordinal(today.toordinal() + 1) if spoken >= today else date(today.year + 1, 1, 1)
