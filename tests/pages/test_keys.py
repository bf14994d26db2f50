"""Single keys: what is done often is one key away, never while one writes, and not for who turned them off."""

import pytest
from playwright.async_api import expect

from actions.declarations import declare_incident
from actions.reports import report_incident
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.visit import visiting

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http
SOON = 20_000
"""Milliseconds within which a page shows what happened, on a busy machine."""

DRAWN_ANEW = """() => {
  const line = document.activeElement, fresh = line.cloneNode(true);
  fresh.removeAttribute("tabindex");
  Idiomorph.morph(line, fresh, muster.steady);
}"""
"""What live news does to a line."""


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


async def at(page):
    return await page.evaluate("document.activeElement.id || document.activeElement.name || ''")


async def test_an_incident_s_page_has_a_key_for_what_is_done_often(product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def run():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page, press = visit.page, visit.page.keyboard.press
            await press("n")
            assert await at(page) == "entry-text"
            await page.keyboard.type("gust / n t? of u")
            await expect(page.locator("#entry-text")).to_have_value("gust / n t? of u")
            await press("Control+Enter")
            await expect(page.locator("#log-lines > li").first).to_contain_text("gust / n t? of u", timeout=SOON)
            for key, field in (("u", "say-body"), ("t", "add-task-title"), ("s", "stage")):
                await page.evaluate("document.activeElement.blur()")
                await press(key)
                assert await at(page) == field, key
                assert await page.evaluate("document.activeElement.getAttribute('aria-keyshortcuts')") == key
            await page.evaluate("document.activeElement.blur()")
            await press("Alt+n")
            assert await at(page) == "", "with another key it is the browser's"
            await press("j")
            newest = await page.locator("#log-lines > li").first.get_attribute("id")
            assert await at(page) == newest
            await page.evaluate(DRAWN_ANEW)
            assert await at(page) == newest, "news does not take the focus away"
            await press("j")
            assert await at(page) != newest
            await press("k")
            assert await at(page) == newest
            await press("g")
            await press("a")
            await page.wait_for_url("**/console/alerts", timeout=SOON)
            return visit.complaints

    assert await chromium.do(run()) == []


async def test_a_list_is_walked_and_acknowledged_without_a_mouse(world, product, chromium, cookies_of):
    for title in ("First", "Second"):
        await world.do(report_incident, world.chi, title=title)
    cookies = await cookies_of("ben")

    async def run():
        async with visiting(chromium.browser, f"{product}/console/incidents", cookies=cookies) as visit:
            page, press = visit.page, visit.page.keyboard.press
            await press("/")
            assert await at(page) == "filter-text"
            await page.evaluate("document.activeElement.blur()")
            await press("j")
            await press("j")
            title = await page.evaluate("document.activeElement.textContent")
            await press("x")
            await expect(page.locator("input[type=checkbox][name=incident]:checked")).to_have_count(1)
            await press("x")
            await expect(page.locator("input[type=checkbox][name=incident]:checked")).to_have_count(0)
            await press("a")
            await expect(page.locator(".ledger")).to_contain_text("Triage", timeout=SOON)
            return title, visit.complaints

    title, complaints = await chromium.do(run())
    assert complaints == []
    taken = [e.incident_id for e in await world.events(None, "incident.acknowledged")]
    assert [(await world.incident(key)).title in title for key in taken] == [True], "that one, and no other"


async def test_a_list_of_the_keys_stands_behind_a_question_mark(product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def look():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page = visit.page
            await page.keyboard.press("?")
            dialog = page.get_by_role("dialog", name="Keys of this page")
            await expect(dialog).to_be_visible()
            listed = await dialog.locator("dl > div").evaluate_all(
                "(all) => all.map((row) => [...row.querySelectorAll('kbd, dd')].map((it) => it.textContent).join(' '))"
            )
            for line in ("n Write a note", "u Write an update", "s Change the stage", "g i Incidents"):
                assert line in listed
            assert {"j Next line", "k Line before", "? This list"} < set(listed)
            assert "x Tick this line" not in listed, "there is nothing to tick"
            await page.keyboard.press("n")
            await expect(dialog).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(dialog).not_to_be_visible()
            return visit.complaints

    assert await chromium.do(look()) == []


async def test_who_turns_them_off_has_none(product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def turn():
        async with visiting(chromium.browser, f"{product}/console/look?back=/console", cookies=cookies) as visit:
            page = visit.page
            await page.locator("input[name=keys]").focus()
            await page.keyboard.press("Space")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/console/incidents", timeout=SOON)
            await page.goto(here)
            for key in "n?tsug":
                await page.keyboard.press(key)
            assert await at(page) == ""
            await expect(page.locator("[data-key], [aria-keyshortcuts], dialog")).to_have_count(0)
            await expect(page.locator("#live")).to_contain_text("Live", timeout=SOON)
            await expect(page.locator("[data-key], [aria-keyshortcuts]")).to_have_count(0)
            await page.keyboard.press("Control+k")
            await expect(page.locator("dialog")).to_be_visible()
            return visit.complaints

    assert await chromium.do(turn()) == []
