"""The public pages in every state, as their readers meet them (tests.pages.inspection)."""

import httpx
import pytest

from statuspage.static_files import FILES
from tests.pages import stories
from tests.pages.stories import past, trouble

pytestmark = pytest.mark.slow

INCIDENT = "/incidents/INC-123"
EVERYTHING = ("/", INCIDENT, "/history")
STATES = {
    "nothing yet": ([stories.nothing_yet], ("/", "/history")),
    "well": ([past], ("/",)),
    "major outage": ([past, trouble], EVERYTHING),
    "partial outage": ([stories.partly], ("/",)),
    "degraded": ([stories.slowly], ("/",)),
    "watching a fix": ([stories.watched], ("/", INCIDENT)),
    "maintenance": ([stories.work], ("/",)),
    "over": ([stories.resolved], (INCIDENT,)),
    "very much": ([stories.much], ("/",)),
    "long history": ([stories.years], ("/history",)),
    "nothing breaks": ([stories.unbroken], EVERYTHING),
    "other scripts": ([stories.scripts], EVERYTHING),
    "markdown": ([stories.marked_up], ("/", INCIDENT)),
}


@pytest.mark.parametrize("state", STATES)
async def test_pages_are_good_for_every_reader_in_every_state(world, clock, product, inspect, state):
    chapters, paths = STATES[state]
    for chapter in chapters:
        await chapter(world, clock)
    for path in paths:
        await inspect(product + path, f"{state} {path}")


async def test_the_page_where_nothing_is(product, inspect):
    await inspect(f"{product}/incidents/INC-9", "missing", status=404)


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
