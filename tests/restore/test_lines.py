"""`muster dump` and `muster load`: everything as JSON Lines, there and back."""

import json
import zipfile

import psycopg
import pytest
from sqlalchemy import text

from actions.audit_chain import chain
from actions.audit_verify import verify
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.feed import Feed
from core.live import Live
from migrations.apply import migrate, scripts
from server.demo.fill import fill
from tests.conftest import _address
from tests.core.feed import note, take
from tests.restore.clusters import everything
from tests.restore.test_backup import tables
from tests.server.processes import muster


@pytest.fixture
def empty(cluster, administrator):
    administrator.execute("create database muster_loaded")
    yield _address(cluster, "muster_loaded")
    administrator.execute("drop database muster_loaded with (force)")


def dumped(url, place, folder):
    done = muster("dump", "--to", str(place), DATABASE_URL=url, MUSTER_DATA_DIR=folder)
    assert done.returncode == 0, done.stderr
    return place


def loaded(url, place, folder):
    return muster("load", str(place), DATABASE_URL=url, MUSTER_DATA_DIR=folder)


def sequences(url):
    with psycopg.connect(url) as connection:
        return dict(connection.execute("select sequencename, last_value from pg_sequences").fetchall())


@pytest.mark.parametrize("name", ["dump", "dump.zip"])
async def test_everything_there_and_back_is_equal(database, database_url, empty, tmp_path, clock, name):
    await fill(database)
    while await chain(database):
        pass
    before = await everything(database)
    place = dumped(database_url, tmp_path / name, tmp_path)
    done = loaded(empty, place, tmp_path)
    assert done.returncode == 0, done.stderr

    theirs, ours = tables(database_url), tables(empty)
    assert {table for table in theirs if theirs[table] != ours[table]} == set(), "table by table"
    assert len(theirs["event"]) > 100
    assert sequences(empty) == sequences(database_url)

    other = Database(empty, clock=clock)
    live = Live(other, poll=0.1)
    other.on_commit = live.on_commit
    try:
        async with live.running():
            for place in (0, *before[::50], before[-1]):
                await Feed(other, 3650).check(place, None)
            new = await note(other, *"ab")
            assert new[0] > before[-1]
            with live.subscribe(after=before[-3]) as events:
                assert await take(events, 4) == [*before[-2:], *new], "cursors go on"
            with pytest.raises(DomainError) as refusal:
                await Feed(other, 3650).check(before[-1] + 1, None)
            assert refusal.value.code is ErrorCode.CURSOR_EXPIRED
        verdict = await verify(other)
        assert verdict.fault is None
        assert verdict.links == (await verify(database)).links > 0
    finally:
        await other.close()
    with psycopg.connect(empty) as connection:
        for statement in ("delete from event", "insert into event (id) values (1)"):
            with pytest.raises(psycopg.errors.RestrictViolation):
                connection.execute(statement)
            connection.rollback()


def test_what_json_tells_apart_stays_apart(database_url, empty, tmp_path):
    values = {"a": None, "b": 0.1, "c": 12345678901234567890.123456789, "d": '“x”\\n\n\t"', "e": [[], {}]}
    with psycopg.connect(database_url) as connection:
        job = "insert into job (queue, name, args, options, run_at) values ('q', 'mail.send', %s::jsonb, %s::jsonb, %s)"
        connection.execute(job, (json.dumps(values), "null", "2026-11-24 03:00:00.123456+05"))
        connection.execute(job, ('{"n": 1e-400, "big": 123456789012345678901234567890.5}', "{}", "infinity"))
        connection.commit()
    place = dumped(database_url, tmp_path / "dump", tmp_path)
    assert place.stat().st_mode & 0o077 == 0, "nobody else reads it"
    assert loaded(empty, place, tmp_path).returncode == 0
    assert tables(empty) == tables(database_url)


@pytest.fixture
async def older(cluster, administrator):
    """A database of a version before backups were noted, with a row in it."""
    administrator.execute("create database muster_older")
    url = _address(cluster, "muster_older")
    await migrate(url, "0045")
    with psycopg.connect(url) as connection:
        connection.execute("insert into job (queue, name, args, run_at) values ('q', 'mail.send', '{}', now())")
    yield url
    administrator.execute("drop database muster_older with (force)")


def test_a_dump_of_an_older_schema_is_loaded_and_brought_to_the_newest(older, empty, tmp_path):
    place = dumped(older, tmp_path / "dump", tmp_path)
    assert json.loads((place / "manifest.json").read_text())["schema"] == "0045"
    done = loaded(empty, place, tmp_path)
    assert done.returncode == 0, done.stderr
    theirs, ours = tables(older), tables(empty)
    assert len(ours["job"]) == 1
    assert theirs["job"] == ours["job"]
    assert "trusted_document" in set(ours) - set(theirs)
    with psycopg.connect(empty) as connection:
        newest = connection.execute("select version_num from alembic_version").fetchone()
    assert newest == (scripts().get_current_head(),)

    place = dumped(empty, tmp_path / "newer", tmp_path)
    assert "the database has schema 0045, the dump" in loaded(older, place, tmp_path).stderr


async def test_a_database_that_holds_anything_is_not_loaded_into(database_url, empty, tmp_path):
    """A fresh one is emptied first, and so nothing may be in any of its tables but what migrations write."""
    place = dumped(database_url, tmp_path / "dump", tmp_path)
    await migrate(empty)
    job = "insert into job (queue, name, args, run_at) values ('q', 'mail.send', '{}', now()) returning id"
    with psycopg.connect(empty) as connection:
        (key,) = connection.execute(job).fetchone()
    refused = loaded(empty, place, tmp_path)
    assert refused.returncode == 1
    assert "the database holds something already, in job" in refused.stderr
    with psycopg.connect(empty) as connection:
        assert connection.execute("select id from job").fetchall() == [(key,)]
        connection.execute("delete from job")
    database = Database(empty, pool_size=1)  # which says in the log of eras that it is there
    async with database.reading() as reader:
        assert await reader.execute(text("select first_id from feed_era")) != []
    await database.close()
    assert loaded(empty, place, tmp_path).returncode == 0


@pytest.mark.usefixtures("world")
def test_what_can_not_be_loaded_is_refused_and_nothing_is_written(database_url, empty, tmp_path):
    place = dumped(database_url, tmp_path / "dump", tmp_path)
    again = muster("dump", "--to", str(place), DATABASE_URL=database_url, MUSTER_DATA_DIR=tmp_path)
    assert "is there already" in again.stderr
    assert "holds something already" in loaded(database_url, place, tmp_path).stderr
    manifest = json.loads((place / "manifest.json").read_text())

    def refused(file, content):
        kept = (place / file).read_bytes()
        if content is None:
            (place / file).unlink()
        else:
            (place / file).write_text(content)
        done = loaded(empty, place, tmp_path)
        (place / file).write_bytes(kept)
        assert done.returncode == 1
        with psycopg.connect(empty) as connection:
            assert connection.execute("select to_regclass('event')").fetchone() == (None,)
        return done.stderr

    assert "app_user.jsonl in" in refused("app_user.jsonl", "{}\n")
    assert "has no team.jsonl" in refused("team.jsonl", None)
    assert "is of a newer Muster" in refused("manifest.json", json.dumps({**manifest, "schema": "9999"}))
    assert "has format 2" in refused("manifest.json", json.dumps({**manifest, "format_version": 2}))
    assert "lacks tables" in refused("manifest.json", json.dumps({k: v for k, v in manifest.items() if k != "tables"}))
    assert "is damaged" in refused("manifest.json", "{")
    (tmp_path / "no.zip").write_bytes(b"PK")
    assert "can't be read" in loaded(empty, tmp_path / "no.zip", tmp_path).stderr
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a.txt", "a")
    assert "has no manifest.json" in loaded(empty, tmp_path / "other.zip", tmp_path).stderr
