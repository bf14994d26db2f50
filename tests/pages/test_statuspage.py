"""The public pages in every state, as their readers meet them (tests.pages.inspection)."""

import httpx
import pytest
from sqlalchemy import select, update

from models.maintenance import Maintenance
from models.service import Component
from statuspage.static_files import FILES
from tests.effort import effort
from tests.pages import stories
from tests.pages.axe import Exempt
from tests.pages.stories import past, trouble
from tests.pages.visit import visiting

pytestmark = pytest.mark.slow

INCIDENT = "/incidents/INC-123"
EVERYTHING = ("/", INCIDENT, "/history")
ARCHIVE = ("/history?month=2026-11", "/history?q=orders")
STATES = {
    "nothing yet": ([stories.nothing_yet], ("/", "/history")),
    "well": ([past], ("/", "/embed", "/history?month=2026-10", "/history?q=nothing")),
    "major outage": ([past, trouble], EVERYTHING),
    "partial outage": ([stories.partly], ("/",)),
    "degraded": ([stories.slowly], ("/",)),
    "watching a fix": ([stories.watched], ("/", INCIDENT)),
    "maintenance": ([stories.work], ("/",)),
    "maintenance with words": ([past, stories.maintained], ("/", "/history")),
    "over": ([stories.resolved], (INCIDENT,)),
    "very much": ([stories.much], ("/",)),
    "long history": ([stories.years], ("/history", *ARCHIVE)),
    "nothing breaks": ([stories.unbroken], (*EVERYTHING, *ARCHIVE, "/embed")),
    "other scripts": ([stories.scripts], (*EVERYTHING, *ARCHIVE)),
    "markdown": ([stories.marked_up], ("/", INCIDENT)),
}


OUT_OF_SIGHT = Exempt("color-contrast", ".wide", "axe can not look at cells that are scrolled out of sight")


@pytest.mark.parametrize("state", effort([*STATES][::2], [*STATES]))
async def test_pages_are_good_for_every_reader_in_every_state(world, clock, product, inspect, state):
    chapters, paths = STATES[state]
    for chapter in chapters:
        await chapter(world, clock)
    for path in paths:
        await inspect(product + path, f"{state} {path}")


async def test_edited_updates_and_wide_tables_are_good_for_every_reader(world, clock, product, inspect):
    await stories.reworded(world, clock)
    for path in ("/", INCIDENT):
        await inspect(product + path, f"reworded {path}", exempt=[OUT_OF_SIGHT])


async def test_the_pages_of_planned_work(world, clock, product, inspect):
    await stories.maintained(world, clock)
    async with world.database.reading() as reader:
        rows = await reader.execute(select(Maintenance.id, Maintenance.state, Maintenance.title))
    for key, state, title in rows:
        await inspect(f"{product}/maintenance/MNT-{key}", f"maintenance {state} {title[:9]}")


async def test_paper_has_what_is_folded_up_on_a_screen_and_nothing_to_click(world, clock, product, chromium):
    await past(world, clock)
    await trouble(world, clock)
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(group="Shop", manual_status="OPERATIONAL"))
        await session.execute(update(Component).values(status="OPERATIONAL"))

    async def look():
        async with visiting(chromium.browser, product, color_scheme="dark") as visit:
            await visit.page.emulate_media(media="print")
            parts = {each: visit.page.locator(each).first for each in (".days", ".key", ".links", ".comp .fold table")}
            paper = await visit.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            return paper, {each: await part.is_visible() for each, part in parts.items()}

    paper, seen = await chromium.do(look())
    assert paper == "rgb(255, 255, 255)"
    assert seen == {".days": True, ".key": True, ".links": False, ".comp .fold table": False}


async def test_the_page_where_nothing_is(product, inspect):
    await inspect(f"{product}/incidents/INC-9", "missing", status=404)


@pytest.mark.parametrize("question", ["month=november", "q=" + "x" * 101])
async def test_the_page_that_refuses_a_question(product, inspect, question):
    await inspect(f"{product}/history?{question}", f"refused {question[:8]}", status=400)


@pytest.mark.parametrize("story", [past, trouble, stories.unbroken, stories.scripts])
async def test_the_badge_is_a_valid_picture(world, clock, product, checker, story):
    await story(world, clock)
    async with httpx.AsyncClient(base_url=product, trust_env=False) as client:
        assert checker.complaints("svg", (await client.get("/badge.svg")).content) == []


async def test_the_pages_while_the_records_can_not_be_read(world, clock, product, inspect, cut):
    await trouble(world, clock)
    async with httpx.AsyncClient(base_url=product, trust_env=False) as client:
        for path in EVERYTHING:
            assert (await client.get(path)).status_code == 200
    await cut(answering=False)
    clock.advance(minutes=5)
    await inspect(f"{product}/", "unconfirmed /")
    await inspect(f"{product}/incidents/INC-123", "unconfirmed /incident")
    await inspect(f"{product}/history", "unconfirmed /history")
    await inspect(f"{product}/incidents/INC-7", "unavailable", status=503)


@pytest.mark.parametrize("path", FILES)
def test_style_sheets_and_pictures_are_valid(checker, path):
    assert checker.complaints(path.rpartition(".")[2], FILES[path].content) == []
