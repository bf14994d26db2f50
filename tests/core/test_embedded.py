"""PostgreSQL under our own supervision: folders it can't reach, owners that die, several starts at once."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from core import embedded
from core.embedded import EmbeddedError, EmbeddedPostgres
from tests.server.processes import ROOT, wait_until

FAST = ("fsync=off",)

HOLD = "import sys; from pathlib import Path; from core.embedded import EmbeddedPostgres as E; e = E(Path(sys.argv[1]))"


@pytest.fixture
def folder():
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="muster-embedded-") as base:
        Path(base).chmod(0o755)
        yield Path(base) / "data"


def answer(url: str, query: str = "select 1") -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_below_a_private_home_the_files_are_elsewhere_and_a_new_folder_begins_anew(folder, monkeypatch):
    state = folder.parent / "state"
    monkeypatch.setattr(embedded, "STATE", state)
    private = folder.parent / "home"
    private.mkdir(mode=0o700)
    for _ in range(2):
        server = EmbeddedPostgres(private / "data", FAST)
        assert answer(server.url) == 1
        server.stop()
    assert len(list(state.iterdir())) == 1
    assert private.stat().st_mode & 0o777 == 0o700
    (private / "data" / "postgresql").unlink()
    EmbeddedPostgres(private / "data", FAST).stop()
    assert len(list(state.iterdir())) == 2


def test_who_comes_second_attaches(folder):
    first = EmbeddedPostgres(folder, FAST)
    try:
        second = EmbeddedPostgres(folder, FAST)
        assert (first.owned, second.owned) == (True, False)
        assert second.url == first.url
        second.stop()
        assert answer(first.url) == 1, "who did not start it does not stop it"
    finally:
        first.stop()
    assert not first.running


def test_an_owner_that_is_killed_leaves_no_server_and_loses_nothing(folder):
    hold = f"{HOLD}; print(e.url, flush=True); sys.stdin.read()"
    owner = subprocess.Popen(
        [sys.executable, "-c", hold, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        url = owner.stdout.readline().strip()
        answer(url, "create table kept as select 7 as n")
    finally:
        owner.kill()
        owner.communicate(timeout=10)

    def refused() -> bool:
        with suppress(OSError, asyncpg.PostgresError):
            answer(url)
            return False
        return True

    wait_until(refused, "the server to stop with its owner")
    again = EmbeddedPostgres(folder)
    try:
        assert answer(again.url, "select n from kept") == 7
    finally:
        again.stop()


def test_four_cold_starts_at_once_make_one_server(folder):
    hold = f"{HOLD}; print(e.owned, flush=True); sys.stdin.read(); e.stop()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", hold, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    owned = [process.stdout.readline().strip() for process in processes]
    for process in processes:
        process.communicate(timeout=30)
    assert sorted(owned) == ["False", "False", "False", "True"]


def test_a_folder_that_is_a_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="can't use the data folder") as refusal:
        EmbeddedPostgres(tmp_path / "file")
    assert "\n" not in str(refusal.value)


def ended(server):
    """Kill the server that this object started, and wait until its watcher has told so."""
    os.kill(embedded.postmaster(server._data), signal.SIGKILL)  # noqa: SLF001
    wait_until(lambda: server.poll() is not None, "the end of the server")


def test_files_that_are_gone_are_said_and_not_made_anew(folder):
    server = EmbeddedPostgres(folder, FAST)
    ended(server)
    server.forget()
    server._data.rename(folder.parent / "elsewhere")  # noqa: SLF001 (as when a disk is not mounted)
    with pytest.raises(EmbeddedError, match="is a disk missing"):
        server.revived()
    assert not server._data.exists()  # noqa: SLF001


def test_a_server_that_somebody_else_has_started_meanwhile_is_left_alone(folder):
    ours = EmbeddedPostgres(folder, FAST)
    ended(ours)
    theirs = EmbeddedPostgres(folder, FAST)
    try:
        ours.forget()
        assert ours.revived()
        assert answer(ours.url) == 1
        assert theirs.poll() is None
        ours.stop()
        assert answer(theirs.url) == 1
    finally:
        theirs.stop()
