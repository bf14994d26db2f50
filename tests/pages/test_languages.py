"""The public pages in German, and with a logo and a colour of the organisation's own, as their readers meet them."""

import os

import pytest

from actions.branding.logos import save_logo
from actions.branding.organisation import save_organisation
from models.logo import LogoTheme
from tests.actions.test_branding import svg
from tests.effort import effort
from tests.pages import stories
from tests.pages.stories import past, trouble
from tests.pages.visit import visiting
from tests.statuspage.conftest import name_organisation

pytestmark = pytest.mark.slow

MARK = (
    '<path d="M2 30V2h12l14 28h12V2" fill="none" stroke="{0}" stroke-width="4"/><path d="M52 8h66v16H52z" fill="{0}"/>'
)
STATES = {
    "major": (
        [past, trouble],
        ("/", "/incidents/INC-123", "/history", "/history?month=2026-11", "/embed", "/subscribe"),
    ),
    "well": ([past], ("/", "/history?q=nichts")),
    "degraded": ([stories.slowly], ("/",)),
    "maintenance": ([past, stories.maintained], ("/",)),
    "over": ([stories.resolved], ("/incidents/INC-123",)),
}


async def german(world):
    await world.do(name_organisation, language="de", time_zone="Europe/Berlin", support_url="https://hilfe.example/")


@pytest.mark.parametrize("state", effort(["major", "maintenance"], [*STATES]))
async def test_german_pages_are_good_for_every_reader(world, clock, product, inspect, state):
    chapters, paths = STATES[state]
    for chapter in chapters:
        await chapter(world, clock)
    await german(world)
    for path in paths:
        await inspect(product + path, f"german {state} {path}")


async def test_the_german_pages_that_are_none(world, product, inspect):
    await german(world)
    await inspect(f"{product}/incidents/INC-9", "german missing", status=404)
    await inspect(f"{product}/history?month=november", "german refused", status=400)


@pytest.mark.parametrize(
    "themes", effort([tuple(LogoTheme)], [(LogoTheme.LIGHT,), (LogoTheme.DARK,), tuple(LogoTheme)]), ids=len
)
async def test_a_page_with_a_logo_and_a_colour(world, clock, product, inspect, themes):
    await past(world, clock)
    await trouble(world, clock)
    await world.do(save_organisation, world.ada, accent_light="#0b5d1e", accent_dark="#7ee0a0")
    for theme in themes:
        colour = {LogoTheme.LIGHT: "#0b5d1e", LogoTheme.DARK: "#7ee0a0"}[theme]
        await world.do(save_logo, world.ada, image=svg(MARK.format(colour)), theme=theme)
    for path in ("/", "/subscribe"):
        await inspect(product + path, f"branded {'-'.join(themes)} {path}")


async def test_the_logo_keeps_its_shape_and_the_page_its_share_of_every_screen(world, clock, product, chromium):
    await german(world)
    await past(world, clock)
    await trouble(world, clock)
    await world.do(save_logo, world.ada, image=svg(MARK.format("#0b5d1e")))

    async def measure():
        found = {}
        for width in (320, 1280, 2560, 3840):
            async with visiting(chromium.browser, product, viewport={"width": width, "height": 1200}) as visit:
                logo, column = [await visit.page.locator(each).bounding_box() for each in (".logo", "main")]
                found[width] = (logo["width"] / logo["height"], column["width"] / width)
                if folder := os.environ.get("MUSTER_PICTURES"):
                    await visit.page.screenshot(path=f"{folder}/wide-{width}.png")
                    await visit.page.pdf(path=f"{folder}/wide-{width}.pdf")
        return found

    found = await chromium.do(measure())
    for width, (shape, share) in found.items():
        assert shape == pytest.approx(120 / 32, rel=0.05), f"the logo at {width} px"
        assert share > 0.38, f"the text is a thin column at {width} px"
