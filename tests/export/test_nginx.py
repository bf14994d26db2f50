"""The configuration of the guide in a real nginx: every address with the headers that the process sends."""

import re

import httpx
import pytest

from core.live import Live
from core.runtime import Runtime
from server.asgi import build_app
from statuspage.builder import Builder
from statuspage.bundle import COMPRESSIBLE
from statuspage.folder import Folder
from tests.export.conftest import settings_of
from tests.server.processes import ROOT
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell

OWN = {
    *("date", "server", "connection", "etag", "last-modified", "accept-ranges", "transfer-encoding", "content-length"),
    "x-request-id",
}
"""Headers that are the server's own: ETags differ, nginx knows when a file was written, the process counts requests."""


def guide():
    text = (ROOT / "docs" / "guides" / "status-export.md").read_text()
    return re.search("```nginx\n(.*?)```", text, re.DOTALL)[1]


@pytest.fixture
async def served(named, nginx, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    folder = Folder(tmp_path / "status")
    bundle = await Builder(BASE).build(named.database)
    folder.publish(0, bundle)
    return nginx(folder.path, guide()), bundle


def headers_of(answer):
    return {name: value for name, value in answer.headers.items() if name not in OWN}


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
async def test_every_address_is_answered_as_the_process_does(named, served, tmp_path, encoding):
    address, bundle = served
    settings = settings_of(MUSTER_STATUSPAGE_HOSTS="status.quillhaven.example", MUSTER_DATA_DIR=tmp_path)
    app = build_app(Runtime(settings, named.database, Live(named.database)))
    asked = {"Accept-Encoding": encoding}
    paths = [*bundle.files, "/incidents/INC-8", "/nowhere/at/all", "/incidents", "/history.html", "/index.html"]
    async with (
        httpx.AsyncClient(base_url=address, headers=asked, trust_env=False) as nginx,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=asked) as process,
    ):
        for path in paths:
            there, here = await nginx.get(path), await process.get(path)
            assert there.status_code == here.status_code, path
            expected, found = headers_of(here), headers_of(there)
            small = path in bundle.files and len(bundle.files[path].body.plain) < COMPRESSIBLE  # no file beside it
            for name in ("content-encoding", *(["vary"] if small else [])):
                if small or there.status_code == 404:  # the process sends that page plain
                    expected.pop(name, None)
                    found.pop(name, None)
            assert found == expected, path
            assert there.text.partition("<p>Checked")[0] == here.text.partition("<p>Checked")[0], path


async def test_a_page_that_is_known_is_not_sent_again_and_posts_are_refused(served):
    address, _ = served
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        first = await client.get("/history")
        again = await client.get("/history", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        assert (await client.post("/history")).status_code == 405


async def test_a_swap_is_seen_at_once_by_a_server_that_runs(named, served, tmp_path):
    address, _ = served
    folder = Folder(tmp_path / "status")
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        for number in range(3):
            await tell(named, 7, body=f"Word {number}.")
            folder.publish(folder.held(), await Builder(BASE).build(named.database))
            assert f"Word {number}." in (await client.get("/incidents/INC-7")).text
