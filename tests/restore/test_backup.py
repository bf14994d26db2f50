"""`muster backup` beside a Muster that is written to, and `muster restore`: event by event, table by table."""

import json
import shutil
import threading

import psycopg
import pytest

from core.cursor import decode_cursor
from core.embedded import EmbeddedPostgres
from server.keeping.manifest import FILE
from tests.conftest import _address
from tests.server.processes import muster, running, wait_until

WRITERS = 3
OWN = ("backup", "feed_era", "alembic_version")
"""Tables that differ by what a backup and a restore are: the note of it, and the new era."""

DECLARE = 'mutation($t: String!) { declareIncident(input: {title: $t, severity: "sev2"}) { incident { reference } } }'
NOTE = "mutation($i: String!, $t: String!) { addEntry(input: {incident: $i, kind: NOTE, text: $t}) { event { id } } }"


def tables(url):
    with psycopg.connect(url) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
            )
        ]
        return {
            name: connection.execute(f"select t::text from {name} t order by 1").fetchall()
            for name in names
            if name not in OWN
        }


def events(url):
    with psycopg.connect(url) as connection:
        return connection.execute("select id, e::text from event e order by id").fetchall()


def opened(folder):
    """The cluster of a data folder, and its address: `stop` it."""
    server = EmbeddedPostgres(folder)
    return server, server.url


class Writers:
    """People who write on an incident without a pause until they are told to stop."""

    def __init__(self, up, token):
        self._up, self._token, self._end = up, token, threading.Event()
        self.acknowledged = []
        made = up.graphql(DECLARE, token, t="Checkout fails")
        self._reference = made["data"]["declareIncident"]["incident"]["reference"]
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def _write(self, writer):
        count = 0
        while not self._end.is_set():
            count += 1
            self.note(f"note {writer}.{count}")

    def note(self, text):
        answer = self._up.graphql(NOTE, self._token, i=self._reference, t=text)
        assert "errors" not in answer, answer
        self.acknowledged.append(text)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        try:
            wait_until(lambda: len(self.acknowledged) > 20, "some notes")
        except AssertionError:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self._end.set()
        for thread in self._threads:
            thread.join()


def texts(url):
    with psycopg.connect(url) as connection:
        return {body for (body,) in connection.execute("select body from event_text")}


def made(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.split(": ", 1)[0]


@pytest.fixture
def data(folder):
    (folder / "data").mkdir()
    return folder / "data"


def test_what_was_backed_up_under_writes_is_restored_and_serves(folder, data):
    with running(data) as up:
        token = up.token()
        with Writers(up, token) as writers:
            before = set(writers.acknowledged)
            copy = folder / "copies"
            done = muster("backup", "--to", str(copy), **up.settings)
            taken = made(done)
            assert "is not in it: keep that apart" in done.stdout
            during = len(writers.acknowledged)
        assert during > len(before), "they wrote while it was made"
        page = up.get("/metrics")[1]
        assert 0 <= float(page.partition("\nbackup_age_seconds ")[2].split()[0]) < 600
        assert "a backup was made 0 min ago" in muster("doctor", **up.settings).stdout
    manifest = json.loads((copy / taken.rpartition("/")[2] / FILE).read_text())
    assert not list(copy.rglob("secret.key"))

    other = folder / "other"
    back = muster("restore", taken, "--into", str(other), MUSTER_DATA_DIR=data)
    assert back.returncode == 0, back.stderr
    assert "A new era of the feed begins (2)" in back.stdout
    assert f"is not in it: put yours in {other}/secret.key" in back.stdout
    first, url = opened(data)
    second, other_url = opened(other)
    try:
        theirs, ours = events(url), events(other_url)
        assert ours == theirs[: len(ours)], "event by event, and none left out"
        assert ours[-1][0] >= manifest["newest_event"]
        assert texts(other_url) >= before
        assert texts(other_url) <= texts(url)
    finally:
        first.stop()
        second.stop()

    shutil.copy(data / "secret.key", other / "secret.key")
    with running(other) as up:
        assert up.graphql(NOTE, token, i="INC-101", t="after")["data"] is not None, up.get("/readyz")
        last = up.graphql("{ viewer { name } cursor }", token)["data"]
        assert last["viewer"]["name"] == "test", "tokens are those of the backup"
        assert decode_cursor(last["cursor"]) > theirs[-1][0], "ids of the new era are higher than all that ever were"


def test_at_rest_every_table_is_as_it_was(folder, data):
    with running(data, "--demo"):
        pass
    done = muster("backup", "--with-key", MUSTER_DATA_DIR=data)
    taken = made(done)
    assert "The key that seals secrets is in it" in done.stdout
    other = folder / "other"
    back = muster("restore", taken, MUSTER_DATA_DIR=other)
    assert back.returncode == 0, back.stderr
    assert (other / "secret.key").read_bytes() == (data / "secret.key").read_bytes()
    assert (other / "secret.key").stat().st_mode & 0o777 == 0o600
    first, url = opened(data)
    second, other_url = opened(other)
    try:
        theirs, ours = tables(url), tables(other_url)
        assert {name for name in theirs if theirs[name] != ours[name]} == set()
        assert len(theirs["event"]) > 100
    finally:
        first.stop()
        second.stop()
    audit = muster("audit", "verify", MUSTER_DATA_DIR=other)
    assert audit.returncode == 0, audit.stderr

    again = muster("restore", taken, MUSTER_DATA_DIR=other)
    assert again.returncode == 1
    assert f"{other} has a database already" in again.stderr


def test_what_can_not_be_restored_is_refused_with_the_reason(folder, data):
    first, _ = opened(data)
    first.stop()
    assert muster("backup", MUSTER_DATA_DIR=data).stderr.startswith("Error: the database has an older schema")
    with running(data):
        taken = made(muster("backup", MUSTER_DATA_DIR=data))
        used = muster("restore", taken, MUSTER_DATA_DIR=data)
        assert "has a database already: stop Muster" in used.stderr
    assert "is whole" in muster("backup", "--check", taken, MUSTER_DATA_DIR=data).stdout

    def refused(change):
        copy = folder / "copy"
        shutil.copytree(taken, copy)
        change(copy)
        done = muster("restore", str(copy), "--into", str(folder / "other"), MUSTER_DATA_DIR=data)
        assert done.returncode == 1, done.stdout
        assert not (folder / "other" / "pg18").exists()
        shutil.rmtree(copy)
        return done.stderr

    def said(**other):
        def change(copy):
            manifest = json.loads((copy / FILE).read_text())
            (copy / FILE).write_text(json.dumps({**manifest, **other}))

        return change

    def damage(copy):
        file = max((copy / "data" / "base").rglob("*"), key=lambda each: each.is_file() and each.stat().st_size)
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        damaged.append(str(file.relative_to(copy / "data")))

    def lose(copy):
        (copy / "data" / "PG_VERSION").unlink()

    damaged = []
    assert "the backup is damaged" in (told := refused(damage))
    assert damaged[0] in told
    assert "PG_VERSION" in refused(lose)
    assert "backup_manifest is not as it was" in refused(
        lambda copy: (copy / "data" / "backup_manifest").write_text("{}")
    )
    assert "is of a newer Muster" in refused(said(schema="9999"))
    assert "has format 2, this Muster reads 1" in refused(said(format_version=2))
    assert "has the files of PostgreSQL 17.2" in refused(said(postgresql="17.2"))
    assert "is no backup of Muster" in refused(lambda copy: (copy / FILE).unlink())
    assert "is damaged" in refused(lambda copy: (copy / FILE).write_text('{"format": '))


def test_any_moment_can_be_restored_with_the_kept_log(folder, data):
    log = folder / "log"
    with running(data, MUSTER_WAL_ARCHIVE=log) as up:
        token = up.token()
        with Writers(up, token) as writers:
            done = muster("backup", "--keep", "1", **up.settings)
            taken = made(done)
        writers.note("kept")
        with psycopg.connect(EmbeddedPostgres(data).url, autocommit=True) as connection:
            (moment,) = connection.execute("select clock_timestamp()").fetchone()
            writers.note("undone")
            (piece,) = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
        wait_until((log / piece).exists, "the log to be handed over")
        again = muster("backup", "--to", str(folder / "later"), **up.settings)
        assert again.returncode == 0
        assert f"of the log in {log}" in again.stdout

    def put_back(name, *more):
        back = muster("restore", taken, "--log", str(log), "--into", str(folder / name), *more, MUSTER_DATA_DIR=data)
        assert back.returncode == 0, back.stderr
        server, url = opened(folder / name)
        try:
            return texts(url)
        finally:
            server.stop()

    then = put_back("then", "--at", moment.isoformat())
    assert set(writers.acknowledged) - {"undone"} <= then, "all that was acknowledged by then"
    assert "undone" not in then
    assert "undone" in put_back("newest")
    early = muster("restore", taken, "--log", str(log), "--at", "2020-01-01T00:00:00Z", MUSTER_DATA_DIR=folder / "no")
    assert "before the backup was complete" in early.stderr
    assert not (folder / "no" / "pg18").exists()
    pruned = muster("backup", "--keep", "1", MUSTER_DATA_DIR=data, MUSTER_WAL_ARCHIVE=log)
    assert "Removed 1 older" in pruned.stdout
    assert " 0 removed" not in pruned.stdout
    no = folder / "no"
    far = ("--log", str(log), "--at", "2100-01-01T00:00:00Z")
    assert "recovery ended" in muster("restore", made(pruned), *far, MUSTER_DATA_DIR=no).stderr, "it ends before that"
    assert not (folder / "no" / "pg18").exists(), "and nothing half-made is left"
    assert muster("restore", made(pruned), MUSTER_DATA_DIR=no).returncode == 0


@pytest.mark.usefixtures("world")
def test_a_database_of_ones_own_is_dumped(database_url, cluster, administrator, tmp_path):
    given = {"DATABASE_URL": database_url, "MUSTER_DATA_DIR": tmp_path}
    done = muster("backup", "--to", str(tmp_path / "copies"), "--keep", "1", **given)
    taken = made(done)
    assert "It is a dump of DATABASE_URL" in done.stdout
    full = muster("restore", taken, **given)
    assert "is not empty" in full.stderr
    administrator.execute("create database muster_put_back")
    try:
        empty = _address(cluster, "muster_put_back")
        back = muster("restore", taken, DATABASE_URL=empty, MUSTER_DATA_DIR=tmp_path)
        assert back.returncode == 0, back.stderr
        assert tables(empty) == tables(database_url)
        assert "A new era" in back.stdout
    finally:
        administrator.execute("drop database muster_put_back with (force)")
    (tmp_path / "copies").joinpath(taken.rpartition("/")[2], "muster.dump").write_bytes(b"x")
    assert "muster.dump is not as it was" in muster("backup", "--check", taken, **given).stderr
