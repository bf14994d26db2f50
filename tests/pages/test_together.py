"""Two people at one incident in real browsers: each sees what the other does, and nothing that is written gets lost."""

import asyncio

import pytest
from playwright.async_api import expect

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.sessions import revoke_sessions
from models.words import EntryKind
from tests.pages.signed_in import cookies_of, on_plain_http
from tests.pages.visit import visiting

__all__ = ["cookies_of"]
pytestmark = pytest.mark.slow
settings = on_plain_http
SOON = 20_000
"""Milliseconds within which a page shows what happened, on a busy machine."""


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout fails", severity="SEV1")


def lines(page):
    return page.locator("#log-lines > li")


async def note(world, incident, text):
    await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text=text)


async def test_each_sees_what_the_other_does(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    his, hers = await cookies_of("ben"), await cookies_of("chi")

    async def together():
        async with (
            visiting(chromium.browser, here, cookies=his) as ben,
            visiting(chromium.browser, here, cookies=hers, viewport={"width": 375, "height": 800}) as chi,
        ):
            await expect(chi.page.locator("#live")).to_contain_text("Live", timeout=SOON)
            await chi.page.locator("#entry-text").fill("I am still writing")
            await ben.page.get_by_role("button", name="Take the role of Incident Commander").click()
            await expect(ben.page.locator("#part-roles")).to_contain_text("Ben Silva (you)", timeout=SOON)
            await expect(chi.page.locator("#part-roles")).to_contain_text("Ben Silva", timeout=SOON)
            await expect(chi.page.locator("#entry-text")).to_have_value("I am still writing")
            await ben.page.locator("#entry-text").fill("/decision Roll back")
            await ben.page.locator("#entry-text").press("Control+Enter")
            await expect(lines(ben.page).first).to_contain_text("Roll back", timeout=SOON)
            await expect(ben.page.locator("#entry-text")).to_have_value("")
            await expect(lines(chi.page).first).to_contain_text("Roll back", timeout=SOON)
            await chi.page.locator("#entry-text").press("Control+Enter")
            await expect(lines(ben.page).first).to_contain_text("I am still writing", timeout=SOON)
            await chi.page.get_by_role("link", name="Decisions").click()
            await expect(lines(chi.page)).to_have_count(1)
            for words in ("Only a note", "/decision Tell the bank"):
                await ben.page.locator("#entry-text").fill(words)
                await ben.page.get_by_role("button", name="Add entry").click()
                await expect(ben.page.locator("#entry-text")).to_have_value("")
            await expect(lines(chi.page).first).to_contain_text("Tell the bank", timeout=SOON)
            await expect(lines(chi.page)).to_have_count(2)
            return ben.complaints + chi.complaints

    assert await chromium.do(together()) == []
    assert [e.entry_kind for e in await world.events(incident.id, "entry.added")] == [
        EntryKind.DECISION,
        EntryKind.NOTE,
        EntryKind.NOTE,
        EntryKind.DECISION,
    ]


async def test_what_is_written_while_an_entry_travels_is_the_next(product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("chi")

    async def on_a_slow_line():
        async with visiting(chromium.browser, here, cookies=cookies) as chi:
            page, arrived = chi.page, asyncio.Event()

            async def slow(route):
                await arrived.wait()
                await route.continue_()

            await page.route("**/do/entry", slow)
            await page.locator("#entry-text").fill("The first")
            await page.locator("#entry-text").press("Control+Enter")
            await page.locator("#entry-text").fill("The second")
            arrived.set()
            await expect(lines(page).first).to_contain_text("The first", timeout=SOON)
            await expect(page.locator("#entry-text")).to_have_value("The second")
            await page.locator("#entry-text").press("Control+Enter")
            await expect(lines(page).first).to_contain_text("The second", timeout=SOON)
            await expect(page.locator("#entry-text")).to_have_value("")

    await chromium.do(on_a_slow_line())


async def test_a_lost_connection_says_so_and_catches_up_without_loss(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("chi")
    steps = {}

    async def begin():
        steps["visit"] = visiting(chromium.browser, here, cookies=cookies)
        steps["chi"] = await steps["visit"].__aenter__()
        page = steps["chi"].page
        await expect(page.locator("#live")).to_contain_text("Live", timeout=SOON)
        await page.locator("#entry-text").fill("What I saw")
        await page.context.set_offline(True)
        await expect(page.locator("#live")).to_contain_text("Connection lost at", timeout=SOON)
        await page.get_by_role("button", name="Add entry").click()
        await expect(page.locator("#form-entry")).to_contain_text("What you wrote is kept", timeout=SOON)

    async def end():
        page = steps["chi"].page
        await page.context.set_offline(False)
        await expect(lines(page).first).to_contain_text("missed 4", timeout=SOON)
        await expect(page.locator("#live")).to_contain_text("Live", timeout=SOON)
        found = await lines(page).all_inner_texts()
        kept = await page.locator("#entry-text").input_value()
        await steps["visit"].__aexit__(None, None, None)
        return found, kept

    await chromium.do(begin())
    for number in range(5):
        await note(world, incident, f"missed {number}")
    found, kept = await chromium.do(end())
    assert [text.split("missed ")[1][0] for text in found if "missed" in text] == ["4", "3", "2", "1", "0"]
    assert kept == "What I saw"


async def test_a_session_that_ends_in_the_middle_of_writing_loses_nothing(
    world, product, chromium, cookies_of, incident
):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies, again = await cookies_of("chi"), {}
    steps = {}

    async def write():
        steps["visit"] = visiting(chromium.browser, here, cookies=cookies)
        page = (await steps["visit"].__aenter__()).page
        steps["page"] = page
        await page.locator("#entry-text").fill("The pool was empty at 03:12")

    async def send():
        page = steps["page"]
        await page.get_by_role("button", name="Add entry").click()
        await expect(page.locator("h1")).to_contain_text("You were signed out.", timeout=SOON)
        await expect(page.locator("main")).to_contain_text("The pool was empty at 03:12")
        await page.context.add_cookies([{"name": k, "value": v, "url": product} for k, v in again["cookies"]])
        await page.get_by_role("button", name="Send it again").click()
        await expect(lines(page).first).to_contain_text("The pool was empty", timeout=SOON)
        await steps["visit"].__aexit__(None, None, None)

    await chromium.do(write())
    await world.do(revoke_sessions, world.ada, user=world.id_of("chi"))
    again["cookies"] = await cookies_of("chi")
    await chromium.do(send())
    assert len(await world.events(incident.id, "entry.added")) == 1


async def reach(page, name):
    """Press Tab until a button or field of this name has the focus."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        at = await page.evaluate(
            "[document.activeElement.ariaLabel, document.activeElement.textContent, document.activeElement.id]"
        )
        if any(each and name in each for each in at):
            return
    raise AssertionError(f"Tab does not reach {name}")


async def test_an_incident_is_run_with_the_keyboard_alone(world, product, chromium, cookies_of, incident):
    here = f"{product}/console/incidents/{incident.reference}"
    cookies = await cookies_of("ben")

    async def run():
        async with visiting(chromium.browser, here, cookies=cookies) as visit:
            page = visit.page
            await reach(page, "Take the role of Scribe")
            await page.keyboard.press("Enter")
            await expect(page.locator("#part-roles")).to_contain_text("Ben Silva (you)", timeout=SOON)
            await reach(page, "add-task-title")
            await page.keyboard.type("Call the bank")
            await page.keyboard.press("Enter")
            await expect(page.locator("#part-tasks")).to_contain_text("Call the bank", timeout=SOON)
            await reach(page, "Claim: Call the bank")
            await page.keyboard.press("Space")
            await expect(page.locator("#part-tasks")).to_contain_text("Ben Silva (you)", timeout=SOON)
            return visit.complaints

    assert await chromium.do(run()) == []
    kinds = [e.kind for e in await world.events(incident.id)]
    assert kinds[-3:] == ["role.assigned", "task.added", "task.claimed"]


async def test_ctrl_k_leads_anywhere(product, chromium, cookies_of, incident):
    cookies = await cookies_of("ben")

    async def go():
        async with visiting(chromium.browser, f"{product}/console/learning", cookies=cookies) as visit:
            page = visit.page
            await page.keyboard.press("Control+k")
            await page.keyboard.type("severities")
            await expect(page.locator("#palette-found [aria-selected=true]")).to_contain_text(
                "Severities", timeout=SOON
            )
            await page.locator("#palette-q").fill("checkout")
            await expect(page.locator("#palette-found")).to_contain_text("Checkout fails", timeout=SOON)
            await page.locator("#palette-q").fill(incident.reference)
            await expect(page.locator("#palette-found")).to_have_text(
                f"{incident.reference} SEV1 Checkout fails", timeout=SOON
            )
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"**/console/incidents/{incident.reference}", timeout=SOON)
            await page.keyboard.press("Control+k")
            await page.keyboard.press("Escape")
            await expect(page.locator("dialog")).not_to_be_visible()
            return visit.complaints

    assert await chromium.do(go()) == []


async def test_news_are_told_to_who_asks_for_them(product, chromium, cookies_of, incident):
    cookies = await cookies_of("ben")

    async def ask():
        here = f"{product}/console/incidents/{incident.reference}"
        async with visiting(chromium.browser, here, cookies=cookies, permissions=["notifications"]) as visit:
            button = visit.page.locator("#notify")
            await expect(button).to_have_text("Notify me of news here", timeout=SOON)
            await button.click()
            await expect(button).to_have_text("Don’t notify me", timeout=SOON)
            await visit.page.reload()
            await expect(button).to_have_text("Don’t notify me", timeout=SOON)
            return visit.complaints

    assert await chromium.do(ask()) == []
