"""The worker publishes: within a second, many changes as one, one machine at a time, and through failures."""

import asyncio
import contextlib
import re
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.audit_chain import chain
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook
from bench.figures import note
from core.notify import Notifier
from jobs import exporter as module
from jobs.export_places import Lead
from jobs.exporter import Exporter
from models.event import Event
from models.export import StatusExport
from models.words import PublicStatus, Visibility
from server.commands.doctor import examine_export
from statuspage.kept import COPY, MATTER
from tests.export.conftest import settings_of
from tests.server.processes import free_port, muster
from tests.telling import make_incident, tell


@contextlib.asynccontextmanager
async def exporting(world, settings):
    """An exporter that runs as a worker's does, woken by the commits of `world`."""
    url = world.database.url.render_as_string(hide_password=False)
    address = world.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    notifier = Notifier(address)
    world.database.on_commit = notifier.ask
    exporter = Exporter(world.database, url, settings)
    tasks = [asyncio.create_task(notifier.run()), asyncio.create_task(exporter.run())]
    try:
        yield exporter
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(holds, seconds=20.0):
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 (what is awaited is in files)
            await asyncio.sleep(0.01)


def page(folder, name="index.html"):
    try:
        return (folder / "current" / name).read_text()
    except OSError:
        return ""


def kept(data):
    try:
        return (data / COPY / MATTER).read_text()
    except OSError:
        return ""


@pytest.fixture
def settings(tmp_path):
    return settings_of(STATUSPAGE_EXPORT=f"dir:{tmp_path / 'status'}", MUSTER_DATA_DIR=tmp_path / "data")


async def test_an_update_is_in_the_folder_within_a_second(named, settings, tmp_path):
    await named.do(make_incident, 7)
    async with exporting(named, settings):
        await until(lambda: page(tmp_path / "status"))
        slowest = 0.0
        for number in range(5):
            began = time.monotonic()
            await tell(named, 7, body=f"Word {number}.")
            await until(lambda n=number: f"Word {n}." in page(tmp_path / "status"), 5)
            slowest = max(slowest, time.monotonic() - began)
        await until(lambda: "Word 4." in kept(tmp_path / "data"))
    note("export.latency", f"{slowest * 1000:.0f} ms from publishing an update to the folder, the slowest of five")
    assert slowest < 1.0


async def test_many_publications_of_a_moment_are_one_export(named, settings, tmp_path):
    await named.do(make_incident, 7)
    async with exporting(named, settings):
        await until(lambda: page(tmp_path / "status"))
        before = int((tmp_path / "status" / "current").readlink().name)
        for number in range(25):
            await tell(named, 7, body=f"Word {number}.")
        await until(lambda: "Word 24." in page(tmp_path / "status"))
        after = int((tmp_path / "status" / "current").readlink().name)
    assert after - before <= 8


async def test_a_private_incident_is_gone_at_once(named, settings, tmp_path):
    await named.do(make_incident, 7)
    async with exporting(named, settings):
        await tell(named, 7, body="Zebrafish.")
        await until(lambda: "Zebrafish." in page(tmp_path / "status", "incidents/INC-7.html"))
        await tell(named, 7, PublicStatus.RESOLVED, "Zebrafish are well.")
        hide = {"incident": "INC-7", "visibility": Visibility.PRIVATE, "reason": "leak"}
        await named.do(change_visibility, named.ada, **hide)
        await until(lambda: not page(tmp_path / "status", "incidents/INC-7.html"), 2)
        assert "Zebrafish" not in page(tmp_path / "status")
        await until(lambda: "Zebrafish" not in (kept(tmp_path / "data") or "Zebrafish"), 2)


async def test_overdue_appears_and_last_checked_goes_on_though_nothing_happens(named, settings, clock, tmp_path):
    await named.do(make_incident, 7)
    await tell(named, 7, next_update_by=clock.now() + timedelta(minutes=1))
    async with exporting(named, settings):
        await until(lambda: "Next update by" in page(tmp_path / "status"))
        clock.advance(seconds=70)
        await until(lambda: "have not posted it yet" in page(tmp_path / "status"), 5)
        clock.advance(hours=5)
        await until(lambda: f"{clock.moment:%H:}" in page(tmp_path / "status").partition("Checked")[2], 5)


async def test_one_publishes_and_the_other_takes_over(named):
    url = named.database.url.render_as_string(hide_password=False)
    first, second = Lead(url), Lead(url)
    assert await first.held()
    assert not await second.held()
    first.close()
    await until_led(second)
    second.close()


async def test_whoever_publishes_does_not_hold_up_the_audit_chain(named):
    await named.do(create_webhook, named.ada, url="https://hooks.example.org/1")
    lead = Lead(named.database.url.render_as_string(hide_password=False))
    try:
        assert await lead.held()
        assert await chain(named.database)
    finally:
        lead.close()


async def until_led(lead):
    async with asyncio.timeout(5):
        while not await lead.held():  # noqa: ASYNC110 (what is awaited is in the database)
            await asyncio.sleep(0.01)


async def test_a_place_that_fails_is_told_once_and_made_good(named, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 0.2)
    await named.do(make_incident, 7)
    (tmp_path / "status").write_text("a file where the folder is to be")
    async with exporting(named, settings) as exporter:
        await until(lambda: exporter.failures > 2)
        fine, line = await examine_export(named.database, settings)
        assert not fine
        assert "status page has not been exported" in line
        assert await kinds(named) == ["export.failed"]
        await until(lambda: kept(tmp_path / "data"))  # the other place does not wait
        (tmp_path / "status").unlink()
        await until(lambda: page(tmp_path / "status"))
        await until(lambda: exporter.failures == 0)
        async with asyncio.timeout(5):
            while "export.recovered" not in await kinds(named):  # noqa: ASYNC110 (the same)
                await asyncio.sleep(0.01)
    assert await kinds(named) == ["export.failed", "export.recovered"]
    fine, line = await examine_export(named.database, settings)
    assert fine, line


async def kinds(world):
    async with world.database.reading() as reader:
        rows = await reader.execute(select(Event.kind).where(Event.kind.like("export.%")).order_by(Event.id))
        return [row.kind for row in rows]


async def test_wrong_credentials_or_a_bucket_that_is_away_hold_up_nothing(named, tmp_path):
    away = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    settings = settings_of(STATUSPAGE_EXPORT="s3://status", MUSTER_DATA_DIR=tmp_path, AWS_REGION="x", **away)
    await named.do(make_incident, 7)
    async with exporting(named, settings) as exporter:
        await until(lambda: exporter.failures)
        await tell(named, 7, body="Orders fail.")
        await until(lambda: "Orders fail." in kept(tmp_path))
    async with named.database.reading() as reader:
        row = await reader.row(StatusExport, select(StatusExport))
    assert row.failing_since is not None
    assert "\n" not in row.error


async def test_a_lost_database_is_lived_through(named, settings, tmp_path, cut):
    await named.do(make_incident, 7)
    async with exporting(named, settings):
        await tell(named, 7, body="Before.")
        await until(lambda: "Before." in page(tmp_path / "status"))
        await cut(answering=False)
        await asyncio.sleep(0)
        assert "Before." in page(tmp_path / "status")
        await cut(answering=True)
        await tell(named, 7, body="After.")
        await until(lambda: "After." in page(tmp_path / "status"), 20)


def test_the_command_exports_once_and_says_what_it_wrote(database_url, tmp_path):
    target = tmp_path / "status"
    given = {"DATABASE_URL": database_url, "MUSTER_DATA_DIR": tmp_path / "data"}
    refused = muster("export", **given)
    assert refused.returncode != 0
    assert "STATUSPAGE_EXPORT" in refused.stderr
    made = muster("export", STATUSPAGE_EXPORT=f"dir:{target}", **given)
    assert made.returncode == 0, made.stderr
    assert re.match(
        rf"Published (\d+) files to dir:{re.escape(str(target))}: \1 new or changed, 0 removed", made.stdout
    )
    assert (target / "current" / "index.html").exists()
    wrong = muster("export", STATUSPAGE_EXPORT="dir:relative", **given)
    assert "dir:/an/absolute/path" in wrong.stderr
    examined = muster("doctor", STATUSPAGE_EXPORT=f"dir:{target}", **given)
    assert f"exported to dir:{target}" in examined.stdout
