"""A process that starts while the database is gone serves what was kept, and says that it may be old."""

import json
import os
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.embedded import EmbeddedPostgres
from statuspage.builder import Builder
from statuspage.folder import Folder
from statuspage.kept import COPY, MATTER, Kept, keep
from tests.conftest import in_memory
from tests.server.processes import Running, free_port, muster, start, wait_until
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell

UNSURE = "We can't confirm the current state"


@pytest.fixture
async def folder(named, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    made = Folder(tmp_path / "status")
    made.publish(0, await Builder(BASE).build(named.database))
    return made.path


@pytest.fixture
def open_folder():
    """A folder that PostgreSQL's user can reach: pytest's own is closed to it whenever another pytest starts."""
    with tempfile.TemporaryDirectory(prefix="muster-test-", dir=in_memory()) as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
def kept_client(make_client, folder, monkeypatch):
    monkeypatch.setattr("statuspage.one.places", lambda _: [folder / MATTER])
    return make_client


async def test_every_page_of_a_fresh_process_says_when_it_was_last_checked(kept_client, cut):
    await cut(answering=False)
    async with kept_client() as client:
        for path in ("/", "/history", "/incidents/INC-7"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert UNSURE in answer.text.replace("&#39;", "'")
            assert "Last checked 03:00\u00a0UTC; what is shown may be old" in answer.text
        assert "Orders fail." in (await client.get("/incidents/INC-7")).text
        state = (await client.get("/status.json")).json()
        assert state["state"] == "UNKNOWN"
        assert state["incidents"][0]["reference"] == "INC-7"
        assert (await client.get("/nowhere")).status_code == 404
        assert (await client.get("/incidents/INC-8")).status_code == 503  # not known whether there is one


async def test_once_the_database_is_back_pages_are_as_ever(kept_client, cut, clock):
    await cut(answering=False)
    async with kept_client() as client:
        assert UNSURE in (await client.get("/")).text.replace("&#39;", "'")
        await cut(answering=True)
        clock.advance(seconds=5)
        answer = await client.get("/")
        assert UNSURE not in answer.text.replace("&#39;", "'")
        assert answer.status_code == 200


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"/": {"name": 3}}', b'{"/": []}', b"\xff"])
async def test_a_damaged_copy_is_as_none(kept_client, cut, folder, damage):
    (folder / MATTER).write_bytes(damage)
    await cut(answering=False)
    async with kept_client() as client:
        assert (await client.get("/")).status_code == 503


def test_the_newest_of_two_copies_counts(tmp_path):
    class Small:
        def __init__(self, name):
            self.matter = {"/": json.dumps(SITE | {"name": name}).encode()}

    keep(tmp_path / "a" / MATTER, Small("Old"))
    keep(tmp_path / "b" / MATTER, Small("New"))
    os.utime(tmp_path / "a" / MATTER, (1, 1))
    kept = Kept([tmp_path / "a" / MATTER, tmp_path / "b" / MATTER, tmp_path / "none"])
    assert kept.there
    assert kept.site("/").name == "New"
    assert kept.site("/elsewhere") is None
    assert not Kept([tmp_path / "none"]).there


SITE = {
    "name": "x",
    "time_zone": "UTC",
    "support_url": None,
    "read_at": "2026-11-24T03:00:00Z",
    "components": [],
    "threads": [],
}


@contextmanager
def api(**settings):
    """`muster api`, which may begin without a database."""
    port = free_port()
    child = start("api", output=Path(settings["MUSTER_DATA_DIR"]).parent / "out.txt", MUSTER_PORT=port, **settings)
    try:
        yield Running(child, port, settings)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


@pytest.mark.slow
def test_a_process_that_starts_without_its_database_serves_the_page_and_then_recovers(tmp_path, open_folder):
    """The real thing: PostgreSQL stopped, `muster api` started, the page there; PostgreSQL started, all there."""
    server = EmbeddedPostgres(open_folder / "database")
    settings = {"DATABASE_URL": server.url, "MUSTER_DATA_DIR": tmp_path / "data"}
    given = {**settings, "STATUSPAGE_EXPORT": f"dir:{tmp_path / 'status'}"}
    try:
        assert muster("migrate", **settings).returncode == 0
        made = muster("export", **given)
        assert made.returncode == 0, made.stderr
        server.stop()
        assert not (Path(tmp_path) / "data" / COPY).exists()
        with api(**given) as running:
            wait_until(lambda: running.get("/")[0] == 200, "the kept page")
            assert UNSURE in running.get("/")[1].replace("&#39;", "'")
            assert json.loads(running.get("/status.json")[1])["state"] == "UNKNOWN"
            assert running.get("/readyz")[0] == 503
            server = EmbeddedPostgres(open_folder / "database")
            wait_until(lambda: UNSURE not in running.get("/")[1].replace("&#39;", "'"), "the confirmed page")
            assert running.graphql("{ __typename }")["data"] == {"__typename": "Query"}
    finally:
        server.stop()


def test_without_a_copy_it_does_not_start(tmp_path):
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    refused = muster("api", DATABASE_URL=address, MUSTER_DATA_DIR=tmp_path, MUSTER_PORT=free_port())
    assert refused.returncode != 0
    assert "DATABASE_URL" in refused.stderr
