"""HTTP: conditional requests, compression, methods, headers, files, unknown addresses."""

import gzip
import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import statuspage.app
from statuspage.asked import coding_for, matches
from statuspage.static_files import FAVICON, STYLE
from tests.telling import make_incident, tell

PATHS = ("/", "/history", "/status.json", "/history.atom", "/history.rss", "/feed.json", "/api/v2/summary.json")


@pytest.mark.parametrize("path", [*PATHS, "/incidents/INC-7", "/nothing", "/static/status/nothing.css", STYLE.path])
async def test_every_answer_closes_all_doors(world, client, path):
    await world.do(make_incident, 7)
    await tell(world, 7)
    headers = (await client.get(path)).headers
    policy = headers["content-security-policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert headers["vary"] == "Accept-Encoding"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PATHS)
async def test_a_client_that_has_it_is_told_so(client, path):
    first = await client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=1, stale-if-error=86400"
    etag = first.headers["etag"]
    assert not etag.startswith("W/")
    for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = await client.get(path, headers={"If-None-Match": condition})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_compressed_and_plain_are_different_representations(client):
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    async with client.stream("GET", "/", headers={"Accept-Encoding": "br;q=0.2, gzip;q=0.5"}) as zipped:
        raw = b"".join([chunk async for chunk in zipped.aiter_raw()])
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content)
    assert zipped.headers["etag"] != plain.headers["etag"]
    crossed = await client.get("/", headers={"Accept-Encoding": "identity", "If-None-Match": zipped.headers["etag"]})
    assert crossed.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip;q=0.1", "gzip"),
        ("gzip; q=0", "identity"),
        ("gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("*;q=0.5, br;q=0", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.500", "br"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.1, gzip;q=0.5", "gzip"),
        ("deflate, zstd", "identity"),
        ("", "identity"),
        (" , ,", "identity"),
        ("gzip;q=x", "identity"),
        ("gzip;q=2", "identity"),
        ("gzip;q=nan", "identity"),
        ("identity;q=0", "identity"),
    ],
)
def test_the_coding_that_a_client_likes_best(accepted, coding):
    assert coding_for(accepted.encode()) == coding


def test_an_absent_condition_matches_nothing():
    assert not matches("", '"a"')


@pytest.mark.parametrize("path", [*PATHS, STYLE.path, "/nothing"])
async def test_head_is_get_without_the_body(client, path):
    get, head = await client.get(path), await client.head(path)
    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers == get.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/incidents/INC-7", STYLE.path])
async def test_nothing_can_be_sent_here(client, method, path):
    answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("file", [STYLE, FAVICON])
async def test_files_are_named_by_their_content_and_kept_for_ever(client, file):
    answer = await client.get(file.path)
    assert answer.status_code == 200
    assert answer.content == file.content
    assert "immutable" in answer.headers["cache-control"]
    assert (await client.get(re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", file.path))).status_code == 404


def test_the_style_sheet_is_small():
    assert len(STYLE.content) < 13_000


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/%0d%0aX-Evil: 1",
        "/incidents/",
        "/incidents/7",
        "/incidents/inc-7",
        "/incidents/INC-07",
        "/incidents/INC-7/",
        "/incidents/INC-9223372036854775808",
        "/incidents/INC-" + "9" * 40,
        "/incidents/INC-٧",
        "/incidents/%2e%2e",
        "/static/status/../app.py",
        "/history/",
        "/status",
    ],
)
async def test_unknown_addresses_get_a_page_that_helps(world, client, path):
    await world.do(make_incident, 7)
    await tell(world, 7)
    answer = await client.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "There is no such page." in answer.text
    assert "Quillhaven" in answer.text


async def test_other_doorways_on_the_same_port_keep_their_addresses(runtime):
    async def hook(_request):
        return PlainTextResponse("hooked")

    app = Starlette(routes=[Route("/hooks/x", hook, methods=["POST"]), *statuspage.app.routes(runtime)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.post("/hooks/x")).text == "hooked"
        assert (await client.get("/hooks/x")).status_code == 405
        assert (await client.get("/hooks/y")).status_code == 404
        assert (await client.post("/elsewhere")).status_code == 405
