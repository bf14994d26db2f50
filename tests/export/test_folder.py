"""A folder: whole or not at all, readable by nobody, newer only, and with nothing left over."""

import gzip
import json
import os
import subprocess
import sys
import threading

import brotli
import pytest
from sqlalchemy import update

from bench.figures import note
from core.publication import OvertakenError
from models.incident import Incident
from models.words import PublicStatus, Visibility
from statuspage.builder import Builder
from statuspage.bundle import COMPRESSIBLE
from statuspage.folder import STATIC_SECONDS, Folder
from statuspage.static_files import STYLE
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell

SMALL = "48k"


@pytest.fixture
def builder():
    return Builder(BASE)


async def publish(folder, builder, database, changed=None):
    return folder.publish(folder.held(), await builder.build(database, changed))


def call(command, *, check, **options):
    """Run a program to its end; nothing else goes on in these tests."""
    return subprocess.run(command, check=check, **options)


def names(path):
    root = path / "current"
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


async def test_every_file_is_there_plain_and_compressed(named, builder, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    folder = Folder(tmp_path / "a" / "status")
    bundle = await builder.build(named.database)
    written = folder.publish(0, bundle)
    assert written.files == written.changed == len(bundle.files)
    root = folder.path / "current"
    assert (root / "incidents/INC-7.html").read_bytes() == bundle.files["/incidents/INC-7"].body.plain
    for file in bundle.files.values():
        plain = (root / file.name).read_bytes()
        assert plain == file.body.plain
        if len(plain) < COMPRESSIBLE:
            continue
        assert gzip.decompress((root / f"{file.name}.gz").read_bytes()) == plain
        assert brotli.decompress((root / f"{file.name}.br").read_bytes()) == plain


async def test_publishing_again_touches_only_what_has_changed(named, builder, tmp_path):
    for key in (7, 8):
        await named.do(make_incident, key)
        await tell(named, key)
        await tell(named, key, PublicStatus.RESOLVED, "Over.")
    folder = Folder(tmp_path / "status")
    for _ in range(3):
        await publish(folder, builder, named.database, set())
    page = folder.path / "current" / "incidents" / "INC-8.html"
    before = page.stat()
    await tell(named, 7, PublicStatus.IDENTIFIED, "Again.")
    written = await publish(folder, builder, named.database, {7})
    assert written.changed < written.files
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "Again." in (folder.path / "current" / "incidents" / "INC-7.html").read_text()
    assert len(list((folder.path / "versions").iterdir())) == 2


async def test_another_process_goes_on_where_one_ended(named, builder, tmp_path):
    await publish(Folder(tmp_path), builder, named.database)
    style = (tmp_path / "current" / STYLE.path.lstrip("/")).stat().st_ino
    again = Folder(tmp_path)
    (tmp_path / "versions" / "2").mkdir()
    (tmp_path / "versions" / "2" / "half.html").write_text("of one who was killed")
    written = await publish(again, Builder(BASE), named.database)
    assert written.changed < written.files
    assert "half.html" not in names(tmp_path)
    assert (tmp_path / "current" / STYLE.path.lstrip("/")).stat().st_ino == style


async def test_an_older_bundle_never_replaces_a_newer_one(named, builder, tmp_path):
    slow, quick = Folder(tmp_path), Folder(tmp_path)
    await publish(quick, builder, named.database)
    held = slow.held()
    old = await Builder(BASE).build(named.database)
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    await publish(quick, builder, named.database, {7})
    with pytest.raises(OvertakenError):
        slow.publish(held, old)
    assert "Orders fail." in (tmp_path / "current" / "index.html").read_text()
    await publish(slow, Builder(BASE), named.database)
    await publish(quick, builder, named.database, set())
    assert "incidents/INC-7.html" in names(tmp_path)


async def test_an_incident_that_became_private_is_gone_from_every_version(named, builder, tmp_path):
    await named.do(make_incident, 7, public_title="Zebrafish")
    await tell(named, 7, body="Zebrafish.")
    folder = Folder(tmp_path)
    await publish(folder, builder, named.database)
    await publish(folder, builder, named.database, set())
    async with named.database.unit_of_work() as session:
        await session.execute(update(Incident).where(Incident.id == 7).values(visibility=Visibility.PRIVATE))
    written = await publish(folder, builder, named.database, {7})
    assert written.removed == 1
    for file in (folder.path / "current" / "").rglob("*"):
        assert "INC-7" not in file.name
        if file.is_file() and file.suffix not in (".gz", ".br"):
            assert "Zebrafish" not in file.read_text()
    assert "Zebrafish" not in (folder.path / "matter.json").read_text()


async def test_old_style_sheets_stay_for_a_month(named, builder, tmp_path):
    folder = Folder(tmp_path)
    await publish(folder, builder, named.database)
    place = tmp_path / "current" / "static" / "status"
    (place / "muster.old.css").write_text("old")
    (place / "muster.older.css").write_text("older")
    long_ago = (place / "muster.old.css").stat().st_mtime - STATIC_SECONDS - 60
    os.utime(place / "muster.older.css", (long_ago, long_ago))
    for _ in range(4):
        await publish(folder, builder, named.database, set())
    kept = {file.name for file in (tmp_path / "current" / "static" / "status").iterdir()}
    assert "muster.old.css" in kept
    assert "muster.older.css" not in kept


async def test_a_reader_never_sees_half_of_a_publication(named, builder, tmp_path):
    """Beside 40 publications a thread reads `current` all the time: every file whole, home and JSON always there."""
    folder = Folder(tmp_path)
    await named.do(make_incident, 7)
    await tell(named, 7)
    await publish(folder, builder, named.database)
    done, wrong, looks = threading.Event(), [], [0]

    def look():
        while not done.is_set():
            try:
                page, state = (tmp_path / "current" / name for name in ("index.html", "status.json"))
                if not page.read_bytes().rstrip().endswith(b"</html>"):
                    wrong.append("half a page")
                json.loads(state.read_bytes())
                looks[0] += 1
            except (OSError, ValueError) as error:
                wrong.append(repr(error))

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for number in range(40):
            await tell(named, 7, body=f"Word {number}.")
            await publish(folder, builder, named.database, {7})
    finally:
        done.set()
        reader.join()
    assert wrong == []
    assert looks[0] > 40
    note("export.readers", f"{looks[0]} looks beside 40 publications, each at whole files")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_a_full_disk_leaves_what_was_published(named, builder, tmp_path):
    mounted = call(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", tmp_path], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk is refused here")
    try:
        folder = Folder(tmp_path)
        with pytest.raises(OSError, match="No space"):
            for number in range(1, 200):
                await named.do(make_incident, number)
                await tell(named, number)
                await publish(folder, builder, named.database, {number})
        held = folder.held()
        if held:
            assert (tmp_path / "current" / "index.html").read_bytes().rstrip().endswith(b"</html>")
        call(["mount", "-o", "remount,size=8m", tmp_path], check=True)
        await publish(folder, builder, named.database, None)
        assert "incidents/INC-1.html" in names(tmp_path)
    finally:
        call(["umount", "--lazy", tmp_path], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
async def test_nobody_can_read_it_and_the_matter_stays_inside(named, builder, tmp_path):
    for parent in [*tmp_path.parents][:-2]:
        parent.chmod(parent.stat().st_mode | 0o055)
    tmp_path.chmod(0o755)
    old = os.umask(0o077)
    try:
        await publish(Folder(tmp_path / "status"), builder, named.database)
    finally:
        os.umask(old)
    program = """
import os, sys
from pathlib import Path
os.setgid(65534); os.setuid(65534)
root = Path(sys.argv[1])
read = [file.read_bytes() for file in (root / "current" / "").rglob("*") if file.is_file()]
try:
    (root / "matter.json").read_bytes()
except PermissionError:
    print(len(read))
"""
    found = call([sys.executable, "-c", program, tmp_path / "status"], capture_output=True, text=True, check=True)
    assert int(found.stdout) >= 15
