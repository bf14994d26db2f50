"""Files of an earlier major version of PostgreSQL are brought on, and those of a later one are not passed over."""

import asyncio
import os
import shutil
import signal

import asyncpg
import pytest

from core import earlier, embedded
from core.binaries import binaries_of
from core.embedded import EmbeddedError, EmbeddedPostgres
from migrations.apply import migrate
from tests.core.test_embedded import FAST, answer, folder
from tests.server.processes import wait_until

__all__ = ["folder"]
OLD = 16
needs_old = pytest.mark.skipif(binaries_of(OLD) is None, reason=f"the wheel has no PostgreSQL {OLD}")


@pytest.fixture
def old(folder, monkeypatch):
    """A folder with a cluster of an earlier version, as a Muster that ran that one would have left it."""
    with monkeypatch.context() as patched:
        patched.setattr(embedded, "binaries", lambda: binaries_of(OLD))
        server = EmbeddedPostgres(folder, FAST)
    yield folder, server
    server.stop()


def add(url, name):
    """A person more; its key."""
    columns = "name, email, access_role, created_at"
    values = f"'{name}', '{name}@example.org', 'ADMIN', now()"
    return answer(url, f"insert into app_user({columns}) values ({values}) returning id")


@needs_old
@pytest.mark.parametrize("ended", ["stopped", "killed"])
def test_all_that_was_there_is_there_under_the_newer_version(old, ended):
    folder, server = old
    assert answer(server.url, "show server_version_num").startswith(str(OLD))
    asyncio.run(migrate(server.url))
    key = add(server.url, "ada")
    if ended == "stopped":
        server.stop()
    else:
        postmaster = int((folder / f"pg{OLD}" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: server.poll() is not None, "the watcher to notice")
        server.forget()
    newer = EmbeddedPostgres(folder, FAST)
    try:
        assert int(answer(newer.url, "show server_version_num")) // 10_000 > OLD
        assert answer(newer.url, "select id from app_user where name = 'ada'") == key
        asyncio.run(migrate(newer.url))
        assert add(newer.url, "ben") > key, "sequences go on"
        with pytest.raises(asyncpg.PostgresError, match="event"):  # the triggers came along
            answer(newer.url, "delete from event")
    finally:
        newer.stop()
    assert (folder / f"pg{OLD}" / "PG_VERSION").read_text().strip() == str(OLD), "it can be gone back to"
    EmbeddedPostgres(folder, FAST).stop()  # a second start finds its own, and brings nothing on


@needs_old
def test_without_room_nothing_is_begun(old, monkeypatch):
    folder, server = old
    server.stop()
    little = shutil.disk_usage(folder)._replace(free=1_000_000)
    monkeypatch.setattr(earlier.shutil, "disk_usage", lambda _: little)
    with pytest.raises(EmbeddedError, match=r"0\.0 GB are free"):
        EmbeddedPostgres(folder, FAST)
    assert sorted(each.name for each in folder.glob("pg*")) == [f"pg{OLD}"]
    monkeypatch.undo()
    EmbeddedPostgres(folder, FAST).stop()
    assert len(list(folder.glob("pg*"))) == 2


@needs_old
def test_files_that_cannot_be_read_are_left_as_they_are(old):
    folder, server = old
    server.stop()
    control = folder / f"pg{OLD}" / "global" / "pg_control"
    control.write_bytes(b"\0" * 8192)
    before = sorted((str(path), path.stat().st_size) for path in (folder / f"pg{OLD}").rglob("*"))
    with pytest.raises(EmbeddedError, match="which is as it was"):
        EmbeddedPostgres(folder, FAST)
    assert before == sorted((str(path), path.stat().st_size) for path in (folder / f"pg{OLD}").rglob("*"))
    assert not [each for each in folder.glob("pg*") if each.name != f"pg{OLD}"]


def test_a_version_that_the_wheel_does_not_have_is_said(folder):
    folder.mkdir()
    (folder / "pg9").mkdir()
    with pytest.raises(EmbeddedError, match="muster dump"):
        EmbeddedPostgres(folder, FAST)
    assert sorted(each.name for each in folder.glob("pg*")) == ["pg9"]


def test_files_of_a_later_version_are_not_passed_over_for_an_empty_database(folder):
    folder.mkdir()
    (folder / "pg99").mkdir()
    with pytest.raises(EmbeddedError, match="newer Muster"):
        EmbeddedPostgres(folder, FAST)
    assert sorted(each.name for each in folder.glob("pg*")) == ["pg99"]
