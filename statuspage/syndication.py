"""What was said, as feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, of everything or of some components."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast
from urllib.parse import quote, urlsplit

import orjson
from markupsafe import Markup

from core import ids
from core.db import Reader
from models.words import MaintenanceState
from statuspage.feeds import last_change
from statuspage.language import N_, language_of
from statuspage.learned import ANCHOR
from statuspage.markdown import html_of
from statuspage.opaque import opaque
from statuspage.planned import Step, Work
from statuspage.read import Part, Said, Site, Thread, affected, around
from statuspage.render import environment_of, rfc3339
from statuspage.said import Learned
from statuspage.state import SAID_WORDS, title_of
from statuspage.words import Calendar, line

WORK_WORDS = {
    MaintenanceState.IN_PROGRESS: N_("Planned work has begun"),
    MaintenanceState.VERIFYING: N_("We verify the work"),
    MaintenanceState.COMPLETED: N_("Planned work is done"),
    MaintenanceState.CANCELLED: N_("Planned work is cancelled"),
}

Read = Callable[[Reader], Awaitable[Site | None]]

MAX_ENTRIES = 50

ADDRESSES = {"atom": "/history.atom", "rss": "/history.rss", "json": "/feed.json", "ics": "/maintenance.ics"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An update as an entry of a feed. `components`: what its incident affects."""

    id: str
    title: str
    published: datetime
    updated: datetime
    link: str
    html: Markup
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """The head of a feed and its entries, the newest first. `question`: what is asked behind its address."""

    id: str
    title: str
    author: str
    updated: datetime
    entries: tuple[Entry, ...]
    question: str


def tag(base_url: str, specific: str) -> str:
    """A tag URI (RFC 4151): an id that stays the same whatever else of the page changes."""
    return f"tag:{urlsplit(base_url).hostname or 'localhost'},2026:{specific}"


def atom(site: Site, now: datetime, confirmed: bool, base_url: str, chosen: Collection[str] = ()) -> bytes:  # noqa: ARG001
    """The newest 50 public updates that stand, as Atom (RFC 4287)."""
    feed = feed_of(site, base_url, chosen)
    return (
        environment_of(language_of(site.language))
        .get_template("history.atom")
        .render(feed=feed, base=base_url)
        .encode()
    )


def rss(site: Site, now: datetime, confirmed: bool, base_url: str, chosen: Collection[str] = ()) -> bytes:  # noqa: ARG001
    """The same as RSS 2.0 (https://www.rssboard.org/rss-specification)."""
    feed = feed_of(site, base_url, chosen)
    return (
        environment_of(language_of(site.language)).get_template("history.rss").render(feed=feed, base=base_url).encode()
    )


def json_feed(site: Site, now: datetime, confirmed: bool, base_url: str, chosen: Collection[str] = ()) -> bytes:  # noqa: ARG001
    """The same as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    feed = feed_of(site, base_url, chosen)
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"{base_url}/",
        "feed_url": f"{base_url}{ADDRESSES['json']}{feed.question}",
        "language": language_of(site.language).code,
        "authors": [{"name": feed.author, "url": f"{base_url}/"}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return orjson.dumps(told)


def _item(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "url": entry.link,
        "title": entry.title,
        "content_html": str(entry.html),
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        "tags": list(entry.components),
    }


def feed_of(site: Site, base_url: str, chosen: Collection[str] = ()) -> Feed:
    """The feed of a site. `chosen`: ids of the components that were asked for, and of which alone it tells."""
    keys = {part.id for part in chosen_parts(site, chosen)}
    threads = [thread for thread in site.threads if not chosen or keys & {part.id for part in affected(thread, site)}]
    works = [work for work in site.works if not chosen or keys & set(work.components)]
    entries = [entry for thread in threads for entry in _entries(thread, around(thread, site), base_url)]
    entries += [_step(step, work, site, base_url) for work in works for step in work.steps]
    entries.sort(key=lambda entry: entry.published, reverse=True)
    name, names = line(site.name), [line(part.name) for part in chosen_parts(site, chosen)]
    language = language_of(site.language)
    title = language.say("%(name)s status", name=name)
    return Feed(
        id=tag(base_url, "/".join(["history", *sorted(str(key) for key in keys)])),
        title=f"{title}: {language.listed(names)}" if names else title,
        author=name,
        updated=last_change(replace(site, threads=tuple(threads), works=tuple(works))),
        entries=tuple(entries[:MAX_ENTRIES]),
        question=f"?component={quote(','.join(sorted(chosen)), safe=',')}" if chosen else "",
    )


@lru_cache(maxsize=1024)
def _entries(thread: Thread, site: Site, base_url: str) -> tuple[Entry, ...]:
    """What was said of an incident, and what was learned."""
    told = [_entry(said, thread, site, base_url) for said in thread.standing]
    return (*told, *([_learned(thread, site, base_url)] if thread.postmortem else []))


def _entry(said: Said, thread: Thread, site: Site, base_url: str) -> Entry:
    return Entry(
        id=tag(base_url, f"{thread.reference}/{said.number}"),
        title=f"{title_of(thread, site)}: {language_of(site.language).say(SAID_WORDS[said.status])}",
        published=said.published_at.astimezone(UTC),
        updated=said.changed_at.astimezone(UTC),
        link=f"{base_url}/incidents/{thread.reference}#{thread.reference}-{said.number}",
        html=html_of(said.body),
        components=tuple(line(part.name) for part in affected(thread, site)),
    )


def _learned(thread: Thread, site: Site, base_url: str) -> Entry:
    """The public postmortem of a thread that has one."""
    told = cast("Learned", thread.postmortem)
    return Entry(
        id=tag(base_url, f"{thread.reference}/{ANCHOR}"),
        title=f"{title_of(thread, site)}: {language_of(site.language).say('Postmortem')}",
        published=told.published_at.astimezone(UTC),
        updated=told.changed_at.astimezone(UTC),
        link=f"{base_url}/incidents/{thread.reference}#{ANCHOR}",
        html=html_of(told.body),
        components=tuple(line(part.name) for part in affected(thread, site)),
    )


def _step(step: Step, work: Work, site: Site, base_url: str) -> Entry:
    calendar = Calendar(site.time_zone, work.starts_at, site.language)
    start, end = calendar.full(work.starts_at), calendar.moment(work.ends_at)
    words = (
        calendar.say("Planned for %(start)s to %(end)s", start=start, end=end)
        if step.status is MaintenanceState.SCHEDULED
        else calendar.say(WORK_WORDS[step.status])
    )
    return Entry(
        id=tag(base_url, f"{work.reference}/{step.key}"),
        title=f"{line(work.title)}: {words}",
        published=step.at.astimezone(UTC),
        updated=(step.edited_at or step.at).astimezone(UTC),
        link=f"{base_url}/maintenance/{work.reference}",
        html=html_of(calendar.language.told(step.body)),
        components=tuple(line(part.name) for part in site.components if part.id in work.components),
    )


def _names_of(part: Part) -> set[str]:
    """The ids of a component: that of GraphQL and `/status.json`, and that of `/api/v2`."""
    return {ids.encode("Component", part.id), opaque("Component", part.id)}


def chosen_parts(site: Site, chosen: Collection[str]) -> list[Part]:
    """The components that ids name."""
    return [part for part in site.components if _names_of(part) & set(chosen)]


async def read_chosen(read: Read, chosen: frozenset[str], reader: Reader) -> Site | None:
    """The matter of a feed; None where one of the components is unknown."""
    site = await read(reader)
    known = {name for part in site.components for name in _names_of(part)} if site else set()
    return site if chosen <= known else None
