"""A page starts lean: what changes it in place comes when somebody begins to do something, and is missed by nobody."""

import asyncio

import pytest
from playwright.async_api import expect

from actions.declarations import declare_incident
from actions.entries import add_entry
from models.words import EntryKind
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.visit import visiting

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http
SOON = 20_000
"""Milliseconds within which a page shows what happened, on a busy machine."""
TAKE = "[...document.querySelectorAll('#part-roles button')].find((it) => it.ariaLabel.startsWith('Take the role'))"


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


async def test_nothing_is_fetched_to_change_a_page_that_nobody_works_with(
    world, product, chromium, cookies_of, incident
):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies, steps = await cookies_of("ben"), {}

    async def begin():
        steps["visit"] = visiting(chromium.browser, here, cookies=cookies)
        page = steps["page"] = (await steps["visit"].__aenter__()).page
        await expect(page.locator("#live")).to_contain_text("last heard", timeout=SOON)
        assert await page.evaluate("[typeof htmx, typeof Idiomorph]") == ["undefined", "undefined"]

    async def end():
        await expect(steps["page"].locator("#log-lines > li").first).to_contain_text("What Chi saw", timeout=SOON)
        await steps["visit"].__aexit__(None, None, None)

    await chromium.do(begin())
    await world.do(add_entry, world.chi, incident=incident.reference, kind=EntryKind.NOTE, text="What Chi saw")
    await chromium.do(end())


async def test_a_form_that_is_sent_at_once_waits_for_it(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def send():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page = visit.page
            await page.evaluate(f"window.mine = true; {TAKE}.click()")
            await expect(page.locator("#part-roles")).to_contain_text("Ben Silva (you)", timeout=SOON)
            return await page.evaluate("window.mine"), visit.complaints

    stayed, complaints = await chromium.do(send())
    assert (stayed, complaints) == (True, []), "the page was changed in place"
    assert len(await world.events(incident.id, "role.assigned")) == 1


async def test_sent_is_what_stood_there_when_it_was_sent(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def send():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page, arrived = visit.page, asyncio.Event()

            async def slow(route):
                await arrived.wait()
                await route.continue_()

            await page.route("**/vendor/**", slow)
            await page.locator("#entry-text").fill("The first")
            await page.locator("#entry-text").press("Control+Enter")
            await page.locator("#entry-text").fill("The second")
            await page.locator("#say-body").fill("We look into it.")
            await page.get_by_role("button", name="Preview").click()
            arrived.set()
            await expect(page.locator("#log-lines > li").first).to_contain_text("The first", timeout=SOON)
            await expect(page.locator("#entry-text")).to_have_value("The second")
            return visit.complaints

    assert await chromium.do(send()) == []
    assert len(await world.events(incident.id, "entry.added")) == 1
    assert await world.events(incident.id, "update.published") == [], "the button that was pressed only looks at it"


async def test_a_form_is_sent_without_it_where_it_can_not_be_had(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def send():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page = visit.page
            await page.route("**/vendor/**", lambda route: route.abort())
            await page.evaluate(f"window.mine = true; {TAKE}.click()")
            await expect(page.locator("#part-roles")).to_contain_text("Ben Silva (you)", timeout=SOON)
            return await page.evaluate("window.mine")

    assert await chromium.do(send()) is None, "another page was loaded"
    assert len(await world.events(incident.id, "role.assigned")) == 1


async def test_a_step_back_shows_what_was_there(product, chromium, cookies_of, incident):
    cookies = await cookies_of("ben")

    async def go():
        here = f"{product}/console/incidents/{incident.reference}"
        async with visiting(chromium.browser, f"{here}?show=decisions", cookies=cookies) as visit:
            page = visit.page
            await page.locator("#entry-text").fill("A note")
            await page.get_by_role("button", name="Add entry").click()
            await page.wait_for_url(lambda url: "show=" not in url, timeout=SOON)
            await page.reload()
            await page.go_back()
            await expect(page.locator("[aria-current=true]")).to_have_text("Decisions", timeout=SOON)
            return visit.complaints

    assert await chromium.do(go()) == []


async def test_an_answer_that_was_made_before_the_last_news_does_not_hide_them(
    world, product, chromium, cookies_of, incident
):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")
    steps = {}

    async def begin():
        steps["visit"] = visiting(chromium.browser, here, cookies=cookies)
        page = steps["page"] = (await steps["visit"].__aenter__()).page
        made, told = asyncio.Event(), asyncio.Event()
        steps["told"] = told

        async def late(route):
            if route.request.method != "POST":
                await route.fallback()
                return
            answer = await route.fetch()
            made.set()
            await told.wait()
            await route.fulfill(response=answer)

        await page.route("**/console/incidents/**", late)
        await page.locator("#say-body").fill("We look into it.")
        await page.get_by_role("button", name="Preview").click()
        await made.wait()

    async def end():
        page = steps["page"]
        first = page.locator("#log-lines > li").first
        await expect(first).to_contain_text("It is the cache.", timeout=SOON)
        steps["told"].set()
        await expect(page.locator("#preview")).to_be_visible(timeout=SOON)
        await expect(first).to_contain_text("It is the cache.", timeout=SOON)
        await steps["visit"].__aexit__(None, None, None)

    await chromium.do(begin())
    note = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": "It is the cache."}
    await world.do(add_entry, world.chi, **note)
    await chromium.do(end())
