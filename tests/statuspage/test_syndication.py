"""The feeds as a feed reader reads them, in three formats, of everything and of single components."""

import json
import warnings

import feedparser
import pytest

from core import ids
from models.words import ComponentStatus, PublicStatus
from statuspage import cache
from statuspage.app import StatusPage
from statuspage.opaque import opaque
from tests.statuspage.conftest import BASE
from tests.telling import component_id, make_incident, tell

FEEDS = ("/history.atom", "/history.rss", "/feed.json")
MAJOR = ComponentStatus.MAJOR_OUTAGE


def parsed(answer):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser's own
        feed = feedparser.parse(answer.content, response_headers={"content-type": answer.headers["content-type"]})
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


async def two_incidents(world, clock):
    await world.do(make_incident, 7)
    await tell(world, 7, body="Orders & <baskets> **fail**.\x0b", claims=[("checkout", MAJOR)], public_title="Orders")
    clock.advance(minutes=5)
    await world.do(make_incident, 8)
    await tell(world, 8, PublicStatus.MONITORING, "Searching is slow.", [("search", MAJOR)], public_title="Searching")
    clock.advance(minutes=5)


async def titles(client, path):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    if path.startswith("/feed.json"):
        return [item["title"] for item in answer.json()["items"]]
    return [entry.title for entry in parsed(answer).entries]


@pytest.mark.parametrize("path", FEEDS[:2])
async def test_a_feed_reader_reads_it(world, clock, client, path):
    await two_incidents(world, clock)
    feed = parsed(await client.get(path))
    assert feed.version in ("atom10", "rss20")
    assert feed.feed.title == "Quillhaven status"
    assert {(link.rel, link.href) for link in feed.feed.links} >= {("self", BASE + path), ("alternate", f"{BASE}/")}
    newest, oldest = feed.entries
    assert newest.title == "Searching: We are watching the fix"
    assert oldest.id == "tag:status.quillhaven.example,2026:INC-7/1"
    assert oldest.link == f"{BASE}/incidents/INC-7#INC-7-1"
    assert oldest.published_parsed[:5] == (2026, 11, 24, 3, 0)
    assert oldest.summary == "<p>Orders &amp; &lt;baskets&gt; <strong>fail</strong>.</p>"


async def test_json_feed_1_1(world, clock, client):
    await two_incidents(world, clock)
    answer = await client.get("/feed.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert (feed["home_page_url"], feed["feed_url"]) == (f"{BASE}/", f"{BASE}/feed.json")
    assert feed["authors"] == [{"name": "Quillhaven", "url": f"{BASE}/"}]
    assert set(feed["items"][1]) == {"id", "url", "title", "content_html", "date_published", "date_modified", "tags"}
    assert feed["items"][1]["tags"] == ["Checkout"]
    assert feed["items"][1]["date_published"] == "2026-11-24T03:00:00Z"


async def test_ids_are_the_same_in_all_formats(world, clock, client):
    await two_incidents(world, clock)
    atom, rss = [[entry.id for entry in parsed(await client.get(path)).entries] for path in FEEDS[:2]]
    assert atom == rss == [item["id"] for item in json.loads((await client.get("/feed.json")).content)["items"]]


@pytest.mark.parametrize("path", FEEDS)
async def test_a_feed_of_one_component(world, clock, client, path):
    await two_incidents(world, clock)
    key = world.components["checkout"].id
    for name in (component_id(world, "checkout"), opaque("Component", key)):
        answer = await client.get(f"{path}?component={name}")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert f"component={name}" in answer.text, "it says where it is"
        assert await titles(client, f"{path}?component={name}") == ["Orders: We are investigating"]
    both = f"{path}?component={component_id(world, 'checkout')}&component={component_id(world, 'search')}"
    assert len(await titles(client, both)) == 2
    assert await titles(client, f"{path}?utm_source=mail") == await titles(client, path)
    assert await titles(client, f"{path}?component=") == await titles(client, path)


async def test_a_component_that_is_not_there(client):
    for name in (ids.encode("Component", 4242), ids.encode("Incident", 1), "nothing"):
        assert (await client.get(f"/history.rss?component={name}")).status_code == 404


@pytest.mark.parametrize("value", ["<b>", "a b", "x" * 41, ",".join(f"c{n}" for n in range(21))])
async def test_what_can_not_be_a_component_is_refused_with_the_field(client, value):
    answer = await client.get("/feed.json", params={"component": value})
    assert answer.status_code == 400
    assert "INVALID_INPUT" in answer.text
    assert "<code>component</code>" in answer.text
    assert "<b>" not in answer.text


async def test_answers_to_questions_are_kept_within_bounds(runtime, monkeypatch):
    monkeypatch.setattr(cache, "MAX_LOOKUPS", 5)
    page = StatusPage(runtime)
    for number in range(9):
        await page.respond("/feed.json", f"component=c{number}".encode())
        await page.respond("/history", f"q=word{number}".encode())
    assert page.kept <= 2 * 5 + 1


async def test_a_feed_is_new_when_its_own_components_were_spoken_of(world, clock, make_client):
    await two_incidents(world, clock)
    path = f"/history.atom?component={component_id(world, 'checkout')}"
    async with make_client() as client:
        before = await client.get(path)
    clock.advance(minutes=1)
    await tell(world, 8, PublicStatus.RESOLVED)
    async with make_client() as client:
        again = await client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert again.status_code == 304
