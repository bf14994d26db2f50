"""The pages in a real browser: nothing sticks out, nothing complains, headings are in order, both themes work."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import uvicorn
from playwright.async_api import async_playwright
from sqlalchemy import update
from starlette.applications import Starlette

import statuspage.app
from actions.components import refresh_components
from actions.updates import withdraw_update
from models.service import Component
from models.words import ComponentStatus, PublicStatus
from tests.telling import make_incident, tell, update_id

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine: the look is not checked"),
]

MEASURE = """() => ({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  levels: [...document.querySelectorAll("h1,h2,h3,h4")].map(h => +h.tagName[1]),
  ids: [...document.querySelectorAll("[id]")].map(e => e.id),
  unnamed: [...document.querySelectorAll("a,summary")].filter(e => !e.textContent.trim()).length,
  styled: getComputedStyle(document.body).margin === "0px",
})"""


@asynccontextmanager
async def served(runtime):
    app = Starlette(routes=statuspage.app.routes(runtime))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", ws="none", log_level="warning")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn offers a flag, and no event)
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


@asynccontextmanager
async def browser():
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        await running.close()


async def look(running, address, width, theme, picture):
    """What a page is like at a width; its picture is left in the test's folder."""
    complaints = []
    context = await running.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = await context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    await page.goto(address)
    await page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    measured = await page.evaluate(MEASURE)
    await page.screenshot(path=picture, full_page=True)
    await context.close()
    return measured, complaints


async def past(world, clock):
    """Ninety days with some trouble, and two incidents that are over."""
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(created_at=clock.now()))
    clock.advance(days=60)
    async with world.database.unit_of_work() as session:
        component = await session.get_one(Component, world.components["search"].id)
        component.manual_status = ComponentStatus.UNDER_MAINTENANCE
        await refresh_components(session, world.ada, [component.id])
    clock.advance(minutes=25)
    async with world.database.unit_of_work() as session:
        component = await session.get_one(Component, world.components["search"].id)
        component.manual_status = ComponentStatus.OPERATIONAL
        await refresh_components(session, world.ada, [component.id])
    for key, days, title in ((101, 17, None), (104, 8, "Search found nothing for some words")):
        clock.advance(days=days)
        await world.do(make_incident, key)
        name = "search" if title else "checkout"
        await tell(world, key, claims=[(name, ComponentStatus.PARTIAL_OUTAGE)], public_title=title)
        clock.advance(minutes=96)
        await tell(world, key, PublicStatus.RESOLVED, "All is well again.")
    clock.advance(days=3)


async def trouble(world, clock):
    """An open incident whose promise is overdue, with a late, an edited and a withdrawn update."""
    await world.do(make_incident, 123, severity="SEV1")
    await tell(
        world,
        123,
        body="Since 02:41 customers can’t complete an order. We are on it.\n\n- Browsing works\n- Baskets are kept",
        claims=[("checkout", ComponentStatus.MAJOR_OUTAGE), ("search", ComponentStatus.DEGRADED_PERFORMANCE)],
        public_title="Orders can’t be placed",
    )
    clock.advance(minutes=36)
    long = "https://quillhaven.example/" + "a" * 120
    await tell(world, 123, PublicStatus.IDENTIFIED, f"The fault is in the payment step. See <{long}>.")
    clock.advance(minutes=4)
    wrong = await tell(world, 123, PublicStatus.MONITORING, "It is fixed.")
    await world.do(withdraw_update, world.ben, update=update_id(wrong), reason="It is not")
    clock.advance(minutes=40)


STORIES = {
    "well": ([past], "/"),
    "trouble": ([past, trouble], "/"),
    "incident": ([trouble], "/incidents/INC-123"),
    "history": ([past, trouble], "/history"),
    "missing": ([], "/incidents/INC-9"),
}


@pytest.mark.parametrize("story", STORIES)
async def test_pages_fit_every_width_in_both_themes(world, clock, runtime, tmp_path, story):
    chapters, path = STORIES[story]
    for chapter in chapters:
        await chapter(world, clock)
    async with served(runtime) as address, browser() as running:
        for width, theme in ((320, "light"), (375, "dark"), (1280, "light"), (1280, "dark")):
            picture = tmp_path / f"{story}-{width}-{theme}.png"
            measured, complaints = await look(running, address + path, width, theme, picture)
            if story != "missing":  # a browser notes the 404 itself
                assert complaints == []
            assert measured["styled"]
            assert measured["overflow"] <= 0, f"{story} sticks out by {measured['overflow']} px at {width}"
            assert measured["unnamed"] == 0
            levels = measured["levels"]
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after - before <= 1 for before, after in pairwise(levels))
            assert len(measured["ids"]) == len(set(measured["ids"]))
