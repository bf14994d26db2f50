"""Conditional requests, codings and reading across origins, on every public address (RFC 9110, Fetch)."""

import gzip
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime

import brotli
import pytest

from models.words import PublicStatus
from statuspage.asked import Asked
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell

FEEDS = ("/status.json", "/history.atom", "/history.rss", "/feed.json", "/badge.svg", "/fragment.html")
API = tuple(f"/api/v2/{name}.json" for name in ("summary", "status", "components", "incidents", "incidents/unresolved"))
MACHINES = (*FEEDS, *API, "/history.rss?component=")
EVERYTHING = ("/", "/history", "/history?month=2026-11", "/history?q=orders", "/embed", "/incidents/INC-7", *MACHINES)


@pytest.fixture
async def client(world, make_client):
    await world.do(make_incident, 7)
    await tell(world, 7, body="Orders fail. " * 30, public_title="Orders fail")
    async with make_client() as made:
        yield made


@pytest.mark.parametrize("path", EVERYTHING)
async def test_every_address_says_how_long_it_is_good_and_since_when(client, path):
    headers = (await client.get(path)).headers
    assert headers["cache-control"] == "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400"
    assert headers["vary"] == "Accept-Encoding"
    assert parsedate_to_datetime(headers["last-modified"]).tzinfo is not None
    assert headers["last-modified"].endswith(" GMT")
    for condition in ({"If-None-Match": headers["etag"]}, {"If-Modified-Since": headers["last-modified"]}):
        again = await client.get(path, headers=condition)
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "last-modified", "cache-control", "vary"):  # §15.4.5
            assert again.headers[name] == headers[name]
        assert "content-encoding" not in again.headers


async def coded(client, path, accepted):
    async with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize("path", EVERYTHING)
async def test_each_coding_has_its_bytes_and_its_etag(client, path):
    plain, content = await coded(client, path, "identity")
    zipped, small = await coded(client, path, "gzip")
    squeezed, smaller = await coded(client, path, "gzip, br")
    assert gzip.decompress(small) == brotli.decompress(smaller) == content
    assert [each.get("content-encoding") for each in (plain, zipped, squeezed)] == [None, "gzip", "br"]
    assert len({each["etag"] for each in (plain, zipped, squeezed)}) == 3
    assert int(squeezed["content-length"]) == len(smaller)
    crossed = await client.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": squeezed["etag"]})
    assert crossed.status_code == 200


async def test_if_none_match_wins_over_if_modified_since(client):
    headers = (await client.get("/")).headers
    both = {"If-None-Match": '"other"', "If-Modified-Since": headers["last-modified"]}
    assert (await client.get("/", headers=both)).status_code == 200
    both = {"If-None-Match": headers["etag"], "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
    assert (await client.get("/", headers=both)).status_code == 304


@pytest.mark.parametrize("since", ["", "yesterday", "Tue, 99 Nov 2026 03:00:00 GMT", "9" * 9000, "\xff", "0", "-1"])
async def test_a_date_that_is_none_is_not_looked_at(client, since):
    headers = {"If-Modified-Since": since.encode("latin-1")}
    assert (await client.get("/", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "since",
    ["Tue, 24 Nov 2026 03:00:00 GMT", "Tuesday, 24-Nov-26 03:00:00 GMT", "Tue Nov 24 03:00:00 2026"],
)
async def test_all_three_formats_of_dates_are_read(client, since):
    assert (await client.get("/history.atom", headers={"If-Modified-Since": since})).status_code == 304
    for clock_face, status in (("03:00:01", 304), ("02:59:59", 200)):
        headers = {"If-Modified-Since": since.replace("03:00:00", clock_face)}
        assert (await client.get("/history.atom", headers=headers)).status_code == status


async def test_last_modified_is_the_time_of_the_last_change(world, clock, client):
    clock.advance(minutes=20)
    first = (await client.get("/history.rss")).headers["last-modified"]
    assert first == "Tue, 24 Nov 2026 03:00:00 GMT"
    await tell(world, 7, PublicStatus.RESOLVED)
    clock.advance(minutes=1)
    after = await client.get("/history.rss", headers={"If-Modified-Since": first})
    assert (after.status_code, after.headers["last-modified"]) == (200, "Tue, 24 Nov 2026 03:20:00 GMT")


async def test_what_no_moment_tells_of_still_counts_as_a_change(clock, client):
    """A page that turns older or is renamed shows no later moment: then it is when we noticed."""
    before = (await client.get("/")).headers["last-modified"]
    clock.advance(minutes=40)
    after = await client.get("/", headers={"If-Modified-Since": before})
    assert after.status_code == 200
    assert parsedate_to_datetime(after.headers["last-modified"]) == clock.now().replace(microsecond=0)


def test_a_change_within_the_second_is_told_by_the_etag_only(clock):
    now = clock.now() + timedelta(milliseconds=400)
    asked = Asked(if_modified_since=format_datetime(now.replace(microsecond=0), usegmt=True))
    assert asked.has('"x"', now)
    assert not Asked(if_none_match='"y"', if_modified_since=asked.if_modified_since).has('"x"', now)


@pytest.mark.parametrize("path", MACHINES)
async def test_pages_of_other_origins_may_read_what_is_for_programs(client, path):
    answer = await client.get(path, headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    preflight = await client.options(path, headers=asked)
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert int(preflight.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize("path", ["/", "/history", "/embed", "/incidents/INC-7", "/nothing"])
async def test_pages_for_people_are_not_read_across_origins(client, path):
    assert "access-control-allow-origin" not in (await client.get(path)).headers
    assert (await client.options(path)).status_code == 405


@pytest.mark.parametrize("path", EVERYTHING)
async def test_head_is_get_without_the_body(client, path):
    get, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content, head.headers) == (200, b"", get.headers)
    unchanged = await client.head(path, headers={"If-None-Match": get.headers["etag"]})
    assert unchanged.status_code == 304


async def test_one_field_in_several_lines_is_one_list(client):
    etag = (await client.get("/")).headers["etag"]
    lines = [("If-None-Match", '"a"'), ("If-None-Match", etag)]
    assert (await client.get("/", headers=lines)).status_code == 304


async def test_links_in_what_is_for_programs_are_whole(client):
    for path in (*FEEDS[:4], *API):
        assert BASE in (await client.get(path)).text, path
