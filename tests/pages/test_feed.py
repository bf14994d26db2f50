"""The Atom feed against what RFC 4287 requires, whatever it has to tell."""

from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from tests.pages import stories

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ONE = ("id", "title", "updated")
"""What a feed and each entry has exactly once (§4.1.1, §4.1.2)."""
IN_FEED = {*ONE, "author", "link", "generator", "entry"}
IN_ENTRY = {*ONE, "published", "link", "content"}
STORIES = {
    "nothing yet": [stories.nothing_yet],
    "trouble": [stories.past, stories.trouble],
    "over": [stories.resolved],
    "nothing breaks": [stories.unbroken],
    "other scripts": [stories.scripts],
    "markdown": [stories.marked_up],
}


def named(parent, name):
    return parent.findall(ATOM + name)


def moment(element):
    """A date construct (§3.3): RFC 3339 with an upper-case T and Z."""
    assert "T" in element.text
    assert element.text.endswith("Z")
    return datetime.fromisoformat(element.text)


def check_common(it, allowed):
    assert {child.tag for child in it} <= {ATOM + name for name in allowed}, "nothing that Atom does not know here"
    for name in ONE:
        assert len(named(it, name)) == 1, f"exactly one {name}"
    assert urlsplit(it.find(f"{ATOM}id").text).scheme, "an id is a whole IRI (§4.2.6)"
    assert it.find(f"{ATOM}title").get("type", "text") in ("text", "html", "xhtml")
    moment(it.find(f"{ATOM}updated"))
    links = [(link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in named(it, "link")]
    assert len(links) == len(set(links)), "no two links of one relation and type (§4.1.1)"
    for link in named(it, "link"):
        assert urlsplit(link.get("href")).scheme, "links are whole: there is no xml:base"


@pytest.mark.parametrize("story", STORIES)
async def test_the_feed_is_what_rfc_4287_requires(world, clock, product, checker, story):
    for chapter in STORIES[story]:
        await chapter(world, clock)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{product}/history.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.content)  # noqa: S314 (our own)
    assert feed.tag == f"{ATOM}feed"
    assert feed.get(LANG) == "en"
    check_common(feed, IN_FEED)
    assert feed.find(f"{ATOM}author/{ATOM}name").text.strip(), "a feed whose entries name nobody has an author (§4.1.1)"
    assert [link for link in named(feed, "link") if link.get("rel") == "self"], "a feed should say where it is (§4.1.1)"
    entries = named(feed, "entry")
    assert bool(entries) is (story != "nothing yet")
    assert len({entry.find(f"{ATOM}id").text for entry in entries}) == len(entries), "ids are never shared (§4.2.6)"
    for entry in entries:
        check_common(entry, IN_ENTRY)
        assert moment(entry.find(f"{ATOM}published")) <= moment(entry.find(f"{ATOM}updated"))
        assert moment(entry.find(f"{ATOM}updated")) <= moment(feed.find(f"{ATOM}updated"))
        (content,) = named(entry, "content")
        assert content.get("type") == "html"
        assert not list(content), "HTML is escaped, not nested (§4.1.3.3)"
        page = f'<!DOCTYPE html><html lang="en"><title>-</title><h1>1</h1><h2>2</h2><h3>3</h3>{content.text}</html>'
        assert checker.complaints("html", page.encode()) == []
