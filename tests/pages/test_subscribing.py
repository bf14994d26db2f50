"""The pages around a subscription, and its mails, as their readers meet them; the whole way without JavaScript."""

import httpx
import pytest
from sqlalchemy import select

from actions.subscribers.addresses import Address
from actions.subscribers.choices import Choices
from actions.subscribers.links import Links
from actions.subscribers.sign_up import ask_to_subscribe
from actions.subscribers.standing import confirm, lock_subscriber
from actions.update_parts import ClaimInput
from models.subscriber import Subscriber
from models.words import Channel, ComponentStatus, PublicStatus
from tests.jobs.inline import jobs_with, run_jobs
from tests.jobs.postbox import postbox
from tests.pages.stories import MARKDOWN, UNBROKEN, past, trouble
from tests.pages.visit import visiting
from tests.subscribers.conftest import OURS, Page

pytestmark = pytest.mark.slow

FORM = {"channel": "EMAIL", "address": "eve@example.org", "kinds": ["INCIDENTS", "MAINTENANCE"]}


async def subscriber(world, product):
    """Somebody who asked and has not confirmed; the paths of their links."""
    async with httpx.AsyncClient(base_url=product, trust_env=False) as client:
        assert (await client.post("/subscribe", data=FORM)).status_code == 200
    async with postbox() as (_, port):
        with jobs_with(world.database, world.folder, smtp_url=f"smtp://127.0.0.1:{port}"):
            await run_jobs(world.database, *OURS)
    async with world.database.reading() as reader:
        row = (await reader.rows(Subscriber, select(Subscriber)))[0]
    links = Links(world.database.secrets, "")
    return links.confirm(row.id, row.asked_at), links.manage(row.id)


@pytest.fixture
async def furnished(world, clock, tmp_path):
    world.folder = tmp_path
    await past(world, clock)
    await trouble(world, clock)
    return world


async def test_the_form(furnished, product, inspect):
    assert furnished
    await inspect(f"{product}/subscribe", "subscribe")


async def test_the_form_where_nothing_is_yet(world, product, inspect):
    assert world
    await inspect(f"{product}/subscribe", "subscribe early")


async def test_every_page_behind_a_link(furnished, product, inspect):
    confirm, manage = await subscriber(furnished, product)
    await inspect(product + confirm, "confirm")
    await inspect(product + manage, "manage unconfirmed")
    async with httpx.AsyncClient(base_url=product, trust_env=False) as client:
        assert (await client.post(confirm)).status_code == 200
        await inspect(product + manage, "manage")
        await inspect(f"{product}{manage}/unsubscribe", "unsubscribe")
        assert (await client.post(f"{manage}/unsubscribe")).status_code == 200
    await inspect(f"{product}{manage}/unsubscribe", "unsubscribed")
    await inspect(f"{product}{manage}x", "link over", status=404)


POSTED = {
    "asked by mail": ("/subscribe", FORM, 200),
    "asked by webhook": ("/subscribe", {**FORM, "channel": "WEBHOOK", "address": "https://example.org/x"}, 200),
    "wrong address": ("/subscribe", {**FORM, "address": f"nobody {UNBROKEN}"}, 400),
    "wrong host": ("/subscribe", {**FORM, "channel": "SLACK", "address": "https://example.org/x"}, 400),
    "nothing chosen": ("/subscribe", {"channel": "EMAIL", "address": "eve@example.org"}, 400),
}


@pytest.mark.parametrize("name", POSTED)
async def test_every_page_that_a_form_leads_to(furnished, product, inspect_body, name):
    assert furnished
    path, fields, status = POSTED[name]
    async with httpx.AsyncClient(base_url=product, trust_env=False) as client:
        answer = await client.post(path, data=fields)
    assert answer.status_code == status
    await inspect_body(answer, name)


async def test_the_whole_way_without_javascript(furnished, product, chromium, clock):
    assert clock
    chosen = {"java_script_enabled": False}
    browser = chromium.browser

    async def press(path, *steps):
        async with visiting(browser, product + path, **chosen) as visit:
            for step in steps:
                await step(visit.page)
            title = await visit.page.title()
            assert visit.complaints == []
            return title, visit.page.url

    def fill(page):
        return page.get_by_label("Your e-mail address").fill("eve@example.org")

    def click(name):
        async def sent(page):
            async with page.expect_navigation():
                await page.get_by_role("button", name=name).click()

        return sent

    title, _ = await chromium.do(press("/subscribe", fill, click("Get updates by mail")))
    assert title.startswith("Look into your mailbox")
    async with postbox() as (box, port):
        with jobs_with(furnished.database, furnished.folder, smtp_url=f"smtp://127.0.0.1:{port}"):
            await run_jobs(furnished.database, *OURS)
    text = box.arrived[-1].get_body(("plain",)).get_content()
    confirm = next(word for word in text.split() if "/subscribe/confirm/" in word).partition(".example")[2]
    title, _ = await chromium.do(press(confirm, click("Confirm")))
    assert title.startswith("You are subscribed.")
    async with furnished.database.reading() as reader:
        row = (await reader.rows(Subscriber, select(Subscriber)))[0]
    manage = Links(furnished.database.secrets, "").manage(row.id)

    async def only_search(page):
        await page.get_by_text("Only some components").click()
        await page.get_by_label("Search").check()

    title, _ = await chromium.do(press(manage, only_search, click("Save what I chose")))
    assert title.startswith("Saved")
    title, url = await chromium.do(press(manage, click("Unsubscribe")))
    assert title.startswith("You are unsubscribed.")
    assert url.endswith("/unsubscribe")


async def test_every_mail_is_good_for_every_reader(world, tmp_path, inspect):
    async with postbox() as (box, port):
        page = Page(world, None, tmp_path, {"smtp_url": f"smtp://127.0.0.1:{port}"})
        page.box = box
        await tell_all(page)
    for mail in box.arrived:
        html = mail.get_body(("html",)).get_content()
        await inspect.mail(html, f"mail {mail['Subject']}"[:60])


async def tell_all(page):
    """A question, a link that was lost, and news from the first word to the last."""

    async def ask(session):
        ask_to_subscribe(session, Address(Channel.EMAIL, "eve@example.org"), Choices())

    async def agree(session):
        confirm(session, await lock_subscriber(session, 1))

    await page.world.do(ask)
    await page.work()
    await page.world.do(agree)
    page.world.clock.advance(minutes=11)
    await page.world.do(ask)
    await page.work()
    reference = await page.declare()
    claims = [
        ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE),
        ClaimInput(page.component("search"), ComponentStatus.PARTIAL_OUTAGE),
    ]
    await page.say(reference, components=claims)
    page.world.clock.advance(minutes=15)
    await page.say(reference, f"{MARKDOWN}\n\n{UNBROKEN}", PublicStatus.IDENTIFIED)
    page.world.clock.advance(minutes=15)
    await page.say(reference, "Orders go through.", PublicStatus.RESOLVED)
    for _ in range(3):
        await page.work()
