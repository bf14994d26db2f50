"""`muster archive`: old deliveries and changes out of the database, and back; a folder, and a real S3 server."""

import psycopg
import pytest

from server.keeping.archive_place import place_at
from server.startup import StartError, read_settings
from tests.actions.lifecycle import declared
from tests.export.conftest import bucket, s3
from tests.server.processes import muster

__all__ = ["bucket", "s3"]

ROWS = """
insert into delivery (event_id, channel, template, "to", state, attempts, created_at)
select e.id, 'mail', 'declared', n || '@example.org', case when n % 10 = 0 then 'PENDING' else 'SENT' end, 1,
  now() - n * interval '1 day' from (select min(id) as id from event) e, generate_series(1, 100) n
"""


def rows(url):
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(f"select id, t::text from {name} t order by id").fetchall()
            for name in ("delivery", "change", "event")
        }


@pytest.fixture
async def filled(world, database_url):
    await declared(world)
    with psycopg.connect(database_url) as connection:
        connection.execute(ROWS)
    return database_url


def run(url, folder, *arguments, **more):
    return muster("archive", *arguments, DATABASE_URL=url, MUSTER_DATA_DIR=folder, **more)


@pytest.mark.parametrize("where", ["dir", "s3"])
def test_what_is_old_and_settled_goes_and_comes_back(filled, tmp_path, where, request):
    more = {}
    address = f"dir:{tmp_path / 'archive'}"
    if where == "s3":
        address, more = "s3://status/archive", dict(request.getfixturevalue("bucket"))
        del more["STATUSPAGE_EXPORT"]
    before = rows(filled)
    done = run(filled, tmp_path, "--older-than", "40", "--to", address, **more)
    assert done.returncode == 0, done.stderr
    name = done.stdout.split()[0]
    assert "54 of delivery" in done.stdout, "60 or so are older, and six of these are not settled"
    after = rows(filled)
    assert len(after["delivery"]) == len(before["delivery"]) - 54
    assert set(after["delivery"]) < set(before["delivery"])
    assert after["event"] == before["event"]
    assert "Nothing is older" in run(filled, tmp_path, "--older-than", "40", "--to", address, **more).stdout
    back = run(filled, tmp_path, "restore", name, "--from", address, **more)
    assert back.returncode == 0, back.stderr
    assert back.stdout.startswith("54 rows")
    assert rows(filled) == before
    assert run(filled, tmp_path, "restore", name, "--from", address, **more).stdout.startswith("0 rows")


def test_nothing_is_deleted_that_could_not_be_kept(filled, tmp_path):
    before = rows(filled)
    (tmp_path / "file").write_text("no folder")
    refused = run(filled, tmp_path, "--older-than", "40", "--to", f"dir:{tmp_path / 'file'}")
    assert refused.returncode == 1
    assert "can't write to" in refused.stderr
    assert "it must be dir:/" in run(filled, tmp_path, "--older-than", "40", "--to", "here").stderr
    assert run(filled, tmp_path, "--older-than", "3", "--to", "dir:/x").returncode == 2
    assert rows(filled) == before


def test_a_damaged_archive_is_refused(filled, tmp_path):
    address = f"dir:{tmp_path / 'archive'}"
    name = run(filled, tmp_path, "--older-than", "40", "--to", address).stdout.split()[0]
    file = tmp_path / "archive" / name
    file.write_bytes(file.read_bytes()[:-40])
    after = rows(filled)
    assert "can't be read" in run(filled, tmp_path, "restore", name, "--from", address).stderr
    assert "can't read" in run(filled, tmp_path, "restore", "other.zip", "--from", address).stderr
    assert rows(filled) == after


@pytest.mark.parametrize("where", ["dir", "s3"])
async def test_what_was_kept_is_never_written_over(tmp_path, where, request):
    given = {"data_dir": tmp_path} if where == "dir" else request.getfixturevalue("bucket")
    place = place_at(read_settings(given), f"dir:{tmp_path}" if where == "dir" else "s3://status/twice")
    await place.keep("a.zip", b"first")
    with pytest.raises(StartError, match=r"can't write|is there already"):
        await place.keep("a.zip", b"second")
    assert await place.fetch("a.zip") == b"first"


def test_what_clients_may_still_resume_from_is_not_archived(filled, tmp_path):
    before = rows(filled)
    refused = run(filled, tmp_path, "--older-than", "40", "--to", f"dir:{tmp_path / 'a'}", MUSTER_REPLAY_DAYS=60)
    assert refused.returncode == 1
    assert "MUSTER_REPLAY_DAYS" in refused.stderr
    assert rows(filled) == before


def test_the_doctor_says_how_large_it_is_and_what_is_old(filled, tmp_path):
    def said(**more):
        return muster("doctor", "--deep", DATABASE_URL=filled, MUSTER_DATA_DIR=tmp_path, **more).stdout

    assert "nothing is archived by itself (MUSTER_ARCHIVE_TO)" in said()
    assert "0 alerts and 0 events without an incident are older than 400 days" in said()
    place = f"dir:{tmp_path / 'archive'}"
    assert f"archived to {place} after 60 days: nothing so far" in said(
        MUSTER_ARCHIVE_TO=place, MUSTER_ARCHIVE_AFTER_DAYS=60
    )
    run(filled, tmp_path, "--older-than", "40", "--to", place)
    assert f"archived to {place} after 60 days, last at " in said(MUSTER_ARCHIVE_TO=place, MUSTER_ARCHIVE_AFTER_DAYS=60)
