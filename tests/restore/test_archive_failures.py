"""`muster archive` when something goes wrong: killed, no room, others at work, files that are none of ours."""

import asyncio
import os
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
import pytest

from actions.alerts.noise import mark_noise, unmark_noise
from actions.catalogue.people import save_user
from actions.erasing.person import erase_person
from actions.erasing.text import erase_text
from core import ids
from core.settings import Settings
from migrations.apply import scripts
from server.keeping.archive_place import place_at
from server.keeping.archive_timer import AGAIN, DAILY, Archiver
from server.keeping.archiving import ARCHIVE_LOCK, BusyError
from server.startup import StartError, read_settings
from tests.actions.alerting import alerts, firing, id_of
from tests.restore.archived import GOES, STAYS, Place, file_names, fingerprints, lived, rows
from tests.restore.test_lines import dumped, empty, loaded
from tests.server.processes import environment, muster, start, wait_until

__all__ = ["empty"]

SOON = 20


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def ask(url, statement, *values):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement, values).fetchall()


class Failing:
    """A place that breaks: what it can't do."""

    def __init__(self, place, *, keeps=True, error=None):
        self.name, self._place, self._keeps, self._error = place.name, place, keeps, error

    async def keep(self, name, content):
        if not self._keeps:
            raise self._error
        await self._place.keep(name, content)

    async def fetch(self, _):
        raise self._error


async def test_killed_between_the_file_and_the_rows_nothing_is_lost_and_nothing_comes_back_twice(
    world, database_url, place, tmp_path
):
    await lived(world)
    before = rows(database_url)
    with pytest.raises(RuntimeError, match="killed"):
        await place.take(database_url, place=Failing(place.place, error=RuntimeError("killed")))
    assert rows(database_url) == before
    (first,) = place.folder.iterdir()
    command = [sys.executable, "-m", "server", "archive", "--older-than", "60", "--to", f"dir:{place.folder}"]
    settings = environment(DATABASE_URL=database_url, MUSTER_DATA_DIR=tmp_path)
    waits = (
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        " and strpos(query, 'archive_events') = 8"
    )
    with psycopg.connect(database_url) as holder:
        holder.execute("lock table event in share mode")
        child = await asyncio.create_subprocess_exec(*command, env=settings, stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + SOON
            while not (blocked := ask(database_url, waits)):
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
        finally:
            child.kill()
            await child.wait()
        ask(database_url, "select pg_terminate_backend(%s)", blocked[0][0])
    assert fingerprints(database_url) == STAYS  # alerts were gone by then, and their events were not
    assert rows(database_url, "event") == {"event": before["event"]}
    assert ask(database_url, "select finished_at from archive") == [(None,)]
    (rest,) = await place.take(database_url)
    assert rest.rows["event"] >= 2 * len(GOES) - 1
    for name in (*file_names(database_url), first.name):
        await place.back(database_url, name)
    assert rows(database_url) == before
    assert [(await place.back(database_url, name)).rows for name in file_names(database_url)] == [0, 0]


@pytest.mark.parametrize(
    "error", [StartError("can't write to s3://away: no route to host"), OSError(28, "No space left")]
)
async def test_what_can_not_be_kept_stays_and_the_timer_tries_again(world, database_url, place, caplog, error):
    await lived(world)
    before = rows(database_url)
    with pytest.raises(type(error)):
        await place.take(database_url, place=Failing(place.place, keeps=False, error=error))
    assert rows(database_url) == before
    place.folder.parent.mkdir(exist_ok=True)
    place.folder.write_text("no folder")
    archiver = Archiver(Settings(archive_to=f"dir:{place.folder}", archive_after_days=60))
    assert await archiver.look(world.database) == AGAIN
    assert "can't write to" in caplog.text
    assert rows(database_url) == before
    place.folder.unlink()
    assert await archiver.look(world.database) == DAILY
    assert fingerprints(database_url) == STAYS


@pytest.fixture
def full_disk(place):
    """The folder of the archives on a disk of four kilobytes, which are taken."""
    place.folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place.folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk is refused here")
    (place.folder / "full").write_bytes(b"x" * 4096)
    yield place.folder
    subprocess.run(["umount", place.folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_a_full_disk_keeps_no_part_of_a_file(world, database_url, place, full_disk):
    await lived(world)
    before = rows(database_url)
    with pytest.raises(StartError, match="No space left"):
        await place.take(database_url)
    assert [each.name for each in full_disk.iterdir()] == ["full"]
    assert rows(database_url) == before


async def test_the_timer_archives_once_a_day_one_at_a_time_and_leaves_alone_what_was_put_back(
    world, database_url, place
):
    await lived(world)
    archiver = Archiver(Settings(archive_to=f"dir:{place.folder}", archive_after_days=60))
    minute = timedelta(seconds=60)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("select pg_advisory_lock(%s)", (ARCHIVE_LOCK,))
        assert await archiver.look(world.database) == minute
        with pytest.raises(BusyError):
            await place.take(database_url)
    assert fingerprints(database_url) == GOES | STAYS
    assert await archiver.look(world.database) == DAILY
    assert await archiver.look(world.database) == minute  # another worker would find that it was done today
    (name,) = file_names(database_url)
    await place.back(database_url, name)
    world.clock.advance(days=2)
    assert await archiver.look(world.database) == minute
    assert fingerprints(database_url) == GOES | STAYS
    world.clock.advance(days=6)
    assert await archiver.look(world.database) == DAILY
    assert fingerprints(database_url) == STAYS


async def test_a_worker_archives_by_itself_and_ends_as_ever(world, database_url, place, tmp_path):
    await lived(world)
    settings = {"DATABASE_URL": database_url, "MUSTER_DATA_DIR": tmp_path, "MUSTER_ARCHIVE_AFTER_DAYS": 60}
    refused = muster("worker", **settings, MUSTER_ARCHIVE_TO="here")
    assert refused.returncode == 1
    assert "must be dir:/an/absolute/path" in refused.stderr
    output = tmp_path / "out.txt"
    child = start("worker", output=output, **settings, MUSTER_ARCHIVE_TO=f"dir:{place.folder}")
    done = "select 1 from archive where finished_at is not null"
    try:
        await asyncio.to_thread(wait_until, lambda: ask(database_url, done), "an archive")
    finally:
        child.terminate()
        ended = await asyncio.to_thread(child.wait, SOON)
    assert (ended, fingerprints(database_url)) == (0, STAYS)
    assert "holds 4 of alert" in output.read_text()
    assert "Traceback" not in output.read_text()


async def test_what_changes_while_the_file_is_written_stays(world, database_url, place):
    await lived(world)
    found = {row.fingerprint: row for row in await alerts(world)}

    class Slow(Failing):
        async def fetch(self, name):
            await world.do(mark_noise, world.ben, alert=id_of(found["ended"]), reason="After all.")
            await world.do(unmark_noise, world.ben, alert=id_of(found["noise"]))
            return await self._place.fetch(name)

    with psycopg.connect(database_url) as other:
        other.execute("select from alert where fingerprint = 'held' for update")  # somebody is at work on it
        (done,) = await place.take(database_url, place=Slow(place.place))
    assert done.rows["alert"] == 1
    assert fingerprints(database_url) == STAYS | {"ended", "noise", "held"}
    said = dict(
        ask(database_url, "select fingerprint, noise_reason from alert where fingerprint in ('ended', 'noise')")
    )
    assert said == {"ended": "After all.", "noise": None}
    about = "select count(*) from event e join alert a on a.id = (e.data ->> 'alert_id')::bigint where kind = %s"
    assert ask(database_url, about, "alert.received") == [(len(STAYS) + 3 - 1 + 1,)]


async def test_alerts_come_in_while_others_go(world, database_url, place):
    monitor = await lived(world)

    async def come():
        for number in range(20):
            await monitor.sends(firing(f"new-{number}", starts_at=world.clock.now(), job="web"), key=f"{number}")

    await asyncio.gather(come(), place.take(database_url))
    assert fingerprints(database_url) == STAYS | {f"new-{number}" for number in range(20)}


async def test_what_was_erased_meanwhile_does_not_come_back(world, database_url, place):
    await lived(world)
    made = await world.do(
        save_user, world.ada, email="fay@quillhaven.example", name="Fay Quill", access_role="RESPONDER"
    )
    ((event,),) = ask(database_url, "select event_id from event_text where body = 'It always does that.'")
    insert = """
      insert into delivery(event_id, channel, template, "to", user_id, state, attempts, created_at)
        values (%s, 'mail', 'declared', 'fay@quillhaven.example', %s, 'SENT', 1, now() - interval '90 days'),
          (%s, 'mail', 'declared', 'old.address@quillhaven.example', null, 'SENT', 1, now() - interval '90 days'),
          (%s, 'mail', 'declared', 'ben@quillhaven.example', null, 'SENT', 1, now() - interval '90 days') returning id
    """
    ((newest,),) = ask(database_url, "select max(id) from event")
    ask(database_url, insert, newest, made.id, newest, newest)
    ledger, log = await place.take(database_url)
    await place.back(database_url, log.name)
    await world.do(erase_text, world.ada, event=ids.encode("Event", event), reason="A name was in it.")
    world.clock.moment = datetime.now(UTC) + timedelta(seconds=1)
    await world.do(erase_person, world.ada, user=ids.encode("User", made.id), reason="Request 4711")
    (again,) = await place.take(database_url)
    for name in (again.name, log.name):  # the older file still has the text
        await place.back(database_url, name)
        assert ask(database_url, "select body from event_text where event_id = %s", event) == []
    await place.take(database_url)
    back = await place.back(database_url, log.name)
    assert back.erased == 1
    assert ask(database_url, "select body from event_text where event_id = %s", event) == []
    back = await place.back(database_url, ledger.name)
    assert (back.rows, back.erased, back.people) == (3, 2, 1)
    found = {to for (to,) in ask(database_url, 'select "to" from delivery')}
    assert "ben@quillhaven.example" in found
    assert not {to for to in found if to.startswith(("fay", "old"))}
    ask(database_url, "delete from delivery returning 1")
    where = {"DATABASE_URL": database_url, "MUSTER_DATA_DIR": place.folder.parent}
    answer = muster("archive", "restore", ledger.name, "--from", place.place.name, **where)
    assert "3 rows were missing" in answer.stdout
    assert "1 people were erased since the file was written" in answer.stdout


async def test_files_that_are_damaged_or_of_elsewhere_or_newer_are_refused(world, database_url, place):
    await lived(world)
    (done,) = await place.take(database_url)
    after = rows(database_url)

    async def refused(words, **changed):
        whole = place.folder / done.name
        with zipfile.ZipFile(whole) as read, zipfile.ZipFile(place.folder / "other.zip", "w") as written:
            for name in read.namelist():
                content = read.read(name)
                if name in changed:
                    content = changed[name](content)
                elif name == "manifest.json" and "manifest" in changed:
                    content = orjson.dumps(orjson.loads(content) | changed["manifest"])
                written.writestr(name, content)
        with pytest.raises(StartError, match=words):
            await place.back(database_url, "other.zip")
        assert rows(database_url) == after

    await refused("damaged", **{"alert.jsonl": lambda content: content.replace(b"ended", b"mended")})
    await refused("damaged", **{"event.jsonl": lambda content: content[: len(content) // 2]})
    await refused("newer Muster", manifest={"schema": "9999"})
    await refused("newer Muster", manifest={"format_version": 2})
    await refused("another installation", manifest={"installation": "0" * 64})
    await refused("another installation", manifest={"installation": None})
    await refused("is no muster-archive", manifest={"format": "muster-dump"})
    (place.folder / "cut.zip").write_bytes((place.folder / done.name).read_bytes()[:-40])
    with pytest.raises(StartError, match="can't be read"):
        await place.back(database_url, "cut.zip")
    assert scripts().get_current_head() != "9999"
    ask(database_url, "select feed_enter_era(0, true)")  # a restore from a backup: what came after is lost
    ask(database_url, "update feed_era set after_id = 5 where first_id > 1 returning 1")
    with pytest.raises(StartError, match="not archived from this history"):
        await place.back(database_url, done.name)


async def test_a_dump_of_what_is_left_is_loaded_and_the_archive_put_back_there(
    world, database_url, place, tmp_path, empty
):
    await lived(world)
    before = rows(database_url)
    (done,) = await place.take(database_url)
    after = rows(database_url)
    answer = loaded(empty, dumped(database_url, tmp_path / "dump", tmp_path), tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert rows(empty) == after
    assert ask(empty, "select name from archive") == [(done.name,)]
    assert (await place.back(empty, done.name)).whole
    assert rows(empty) == before


def test_places_are_checked_at_start(tmp_path):
    with pytest.raises(StartError, match="must be dir:/an/absolute/path"):
        read_settings({"archive_to": "here"})
    with pytest.raises(StartError, match="30"):
        read_settings({"archive_to": "dir:/x", "archive_after_days": 7})
    assert place_at(read_settings({}), f"dir:{tmp_path}").name == f"dir:{tmp_path}"
