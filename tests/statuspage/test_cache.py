"""Cached bytes that are never wrong: new words at once, overdue on time, one rendering at a time, a lost database."""

import asyncio
from datetime import timedelta
from html import unescape

import asyncpg
import pytest

from actions.components import refresh_components
from actions.updates import edit_update
from core.db import Database
from core.feed import FeedRow
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from models.service import Component
from models.words import ComponentStatus, PublicStatus
from statuspage import cache, read, render
from statuspage.answer import CHECKED_AT
from statuspage.cache import PageCache
from statuspage.views import read_recent
from tests.telling import make_incident, tell, update_id


def heard(kind):
    return [FeedRow(1, None, None, kind, "ORGANISATION", None)]


@pytest.fixture
def counted(monkeypatch):
    """How often the home page was rendered."""
    count = []
    home = render.home
    monkeypatch.setattr(render, "home", lambda *args: count.append(1) or home(*args))
    return count


async def appears(client, words, seconds=1.0, path="/"):
    """Words show on a page within a time."""
    async with asyncio.timeout(seconds):
        while words not in (await client.get(path)).text:  # noqa: ASYNC110 (what is awaited is in another process)
            await asyncio.sleep(0.01)


async def test_an_update_is_on_the_page_within_a_second_of_being_published(world, runtime, make_client):
    world.database.on_commit = runtime.live.on_commit
    await world.do(make_incident, 7)
    async with make_client() as client, runtime.live.running():
        for path in ("/", "/status.json", "/history.atom", "/incidents/INC-7"):
            await client.get(path)
        written = await tell(world, 7, body="Orders fail.", claims=[("checkout", ComponentStatus.MAJOR_OUTAGE)])
        for path in ("/", "/status.json", "/history.atom", "/incidents/INC-7"):
            await appears(client, "Orders fail.", path=path)
        await appears(client, "Checkout is down.")
        await world.do(edit_update, world.ben, update=update_id(written), body="Orders fail for all.")
        await appears(client, "Orders fail for all.")
        async with world.database.unit_of_work() as session:
            component = await session.get_one(Component, world.components["search"].id)
            component.manual_status = ComponentStatus.UNDER_MAINTENANCE
            await refresh_components(session, world.ada, [component.id])
        await appears(client, "1 major outage, 1 under maintenance")
        await tell(world, 7, PublicStatus.RESOLVED, body="All is well.")
        await appears(client, "All is well.", path="/incidents/INC-7")


async def test_another_process_is_told_as_well(world, runtime, make_client, database_url, clock):
    other = Database(database_url, clock=clock, pool_size=2)
    writing = Runtime(Settings(), other, Live(other))
    other.on_commit = writing.live.on_commit
    await world.do(make_incident, 7)
    async with make_client() as client, runtime.live.running(), writing.live.running():
        await client.get("/")
        world.database = other
        await tell(world, 7, body="Said elsewhere.")
        await appears(client, "Said elsewhere.")
    await other.close()


async def test_overdue_appears_when_the_promise_falls_due_and_not_later(world, clock, client):
    await world.do(make_incident, 7, severity="SEV1")
    promise = (await tell(world, 7)).next_update_by
    clock.moment = promise - timedelta(seconds=1)
    assert "Next update by 03:30\u00a0UTC" in (await client.get("/")).text
    clock.moment = promise
    assert "have not posted it yet" in (await client.get("/")).text


async def test_pages_are_kept_until_something_happens_or_thirty_seconds_have_passed(world, clock, runtime, counted):
    pages = PageCache(world.database, runtime.live)

    async def get():
        return await pages.fixed("/", read_recent, render.home)

    for _ in range(5):
        await get()
    assert len(counted) == 1
    for kind in ("incident.stage_changed", "entry.added", "role.assigned", "task.claimed"):
        pages.hear(heard(kind))
    await get()
    assert len(counted) == 1
    relevant = ("update.published", "component.status_changed", "setting.saved", "incident.visibility_changed")
    for number, kind in enumerate(relevant, 2):
        pages.hear(heard(kind))
        await get()
        assert len(counted) == number
    clock.advance(seconds=31)
    await get()
    assert len(counted) == len(relevant) + 2


async def test_a_hundred_readers_at_once_cost_one_rendering(world, runtime, counted):
    pages = PageCache(world.database, runtime.live)
    got = await asyncio.gather(*(pages.fixed("/", read_recent, render.home) for _ in range(100)))
    assert len(counted) == 1
    assert len({id(page.body) for page in got}) == 1


async def test_a_reader_who_gives_up_takes_nobody_else_along(world, runtime):
    pages = PageCache(world.database, runtime.live)
    impatient = asyncio.create_task(pages.fixed("/", read_recent, render.home))
    patient = asyncio.create_task(pages.fixed("/", read_recent, render.home))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).body is not None
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_what_is_published_while_a_page_is_rendered_is_not_lost(world, runtime):
    pages = PageCache(world.database, runtime.live)
    reading, go_on = asyncio.Event(), asyncio.Event()
    await world.do(make_incident, 7)

    async def slow(reader):
        site = await read_recent(reader)
        reading.set()
        await go_on.wait()
        return site

    early = asyncio.create_task(pages.fixed("/", slow, render.home))
    await reading.wait()
    await tell(world, 7, body="Just now.")
    pages.hear(heard("update.published"))
    late = asyncio.create_task(pages.fixed("/", slow, render.home))
    await asyncio.sleep(0)
    go_on.set()
    await early
    assert b"Just now." in (await late).body.plain


async def test_addresses_that_were_asked_for_do_not_pile_up(world, runtime, monkeypatch):
    monkeypatch.setattr(cache, "MAX_LOOKUPS", 5)
    pages = PageCache(world.database, runtime.live)

    async def nothing(_reader):
        return None

    await pages.fixed("/", read_recent, render.home)
    await asyncio.gather(*(pages.lookup(f"/incidents/INC-{n}", nothing, render.incident) for n in range(1, 50)))
    assert len(pages) == 6


async def test_a_fault_in_reading_is_logged_and_the_last_good_page_served(clock, client, monkeypatch, caplog):
    good = (await client.get("/")).text
    monkeypatch.setattr(read, "_components", None)
    clock.advance(seconds=40)
    answer = await client.get("/")
    assert (answer.status_code, answer.text) == (200, good)
    assert "can't be read or rendered" in caplog.text
    clock.advance(seconds=40)
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "We can't confirm the current state." in unescape(answer.text)


async def test_a_fault_in_rendering_never_leaves_an_old_page_standing(clock, client, monkeypatch):
    assert (await client.get("/")).status_code == 200
    monkeypatch.setattr(render, "groups_of", None)
    clock.advance(minutes=5)
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "TypeError" not in answer.text
    assert (await client.get("/history")).status_code == 200
    monkeypatch.undo()
    clock.advance(seconds=3)
    assert (await client.get("/")).status_code == 200


async def test_without_the_database_the_last_good_page_stays_and_after_a_minute_says_so(world, clock, client, cut):
    await world.do(make_incident, 7)
    await tell(world, 7, body="Orders fail.")
    good = {path: (await client.get(path)).content for path in ("/", "/incidents/INC-7", "/status.json")}
    await cut(answering=False)
    clock.advance(seconds=40)
    for path, content in good.items():
        assert (await client.get(path)).content == content
    clock.advance(seconds=40)
    page = await client.get("/")
    assert page.status_code == 200
    assert "We can't confirm the current state." in unescape(page.text)
    assert "Last checked 03:00\u00a0UTC; what is shown may be old" in page.text
    assert page.text.count("<h1") == 1
    assert "Orders fail." in page.text
    incident = unescape((await client.get("/incidents/INC-7")).text)
    assert "We can't confirm the current state." in incident
    assert incident.count("<h1") == 1
    assert (await client.get("/status.json")).json()["state"] == "UNKNOWN"
    await cut(answering=True)
    clock.advance(seconds=3)
    assert "can't confirm" not in unescape((await client.get("/")).text)


@pytest.mark.parametrize("path", ["/", "/status.json", "/api/v2/summary.json", "/history.atom", "/maintenance.ics"])
async def test_without_the_database_a_header_field_tells_programs_since_when(clock, client, cut, path):
    good = await client.get(path)
    assert CHECKED_AT not in good.headers
    await cut(answering=False)
    clock.advance(seconds=80)
    for known in ({}, {"if-none-match": good.headers["etag"]}):
        assert (await client.get(path, headers=known)).headers[CHECKED_AT] == "Tue, 24 Nov 2026 03:00:00 GMT"
    await cut(answering=True)
    clock.advance(seconds=3)
    assert CHECKED_AT not in (await client.get(path)).headers


async def test_without_the_database_and_without_a_page_it_says_that_it_does_not_know(clock, client, cut, caplog):
    await cut(answering=False)
    for path in ("/", "/status.json", "/incidents/INC-7", "/nothing"):
        answer = await client.get(path)
        assert answer.status_code == 503
        assert "We can't confirm the current state." in unescape(answer.text)
        assert "Traceback" not in answer.text
        assert answer.headers["retry-after"]
        assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/status.json")).json()["state"] == "UNKNOWN"
    assert (await client.get("/status.json")).headers["access-control-allow-origin"] == "*"
    assert len([line for line in caplog.records if line.name == "statuspage.cache"]) == 1
    await cut(answering=True)
    clock.advance(seconds=3)
    assert (await client.get("/")).status_code == 200


async def test_a_database_that_hangs_is_given_up_after_seconds(clock, client, database_url, monkeypatch):
    monkeypatch.setattr(cache, "READ_SECONDS", 0.3)
    good = (await client.get("/")).content
    clock.advance(seconds=31)
    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("lock table organisation in access exclusive mode")
        assert (await client.get("/")).content == good
    await blocker.close()
    clock.advance(seconds=3)
    assert (await client.get("/")).content != b""
