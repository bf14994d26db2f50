"""Subscribers of a page of its own: what they are told, in which words, and where their links lead."""

import re

import pytest

from actions.pages.saving import archive_status_page, save_status_page
from actions.subscribers.admin import add_subscriber
from actions.subscribers.recipients import count_recipients
from actions.update_parts import ClaimInput
from core import ids
from core.errors import ErrorCode
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from jobs.subscribers.preview import preview_update
from jobs.subscribers.work_preview import preview_maintenance
from models.job import JobName
from models.subscriber import Broadcast
from models.words import Audience, Channel, ComponentStatus, DeliveryState, PageAccess, PublicStatus
from tests.actions.lifecycle import refused
from tests.actions.maintaining import window

EMEA = "https://emea.quillhaven.example"
LINK = re.compile(r"https://([a-z.]+)(/\S+)")


@pytest.fixture
async def emea(page):
    """A page of Search alone, in German; its id."""
    saved = {"slug": "emea", "name": "EMEA", "hosts": ["emea.quillhaven.example"], "language": "de"}
    saved["components"] = [page.component("search")]
    return ids.encode("StatusPage", (await page.world.do(save_status_page, page.world.ada, **saved)).id)


def claims(page, *names):
    return [ClaimInput(page.component(name), ComponentStatus.MAJOR_OUTAGE) for name in names]


async def subscribe(page, base, address, components=()):
    """Sign up on a page's host and confirm; the path of the managing link once there is one."""
    form = {"channel": "EMAIL", "address": address, "kinds": ["INCIDENTS"], "components": list(components)}
    assert (await page.client.post(f"{base}/subscribe", data=form)).status_code == 200
    await page.work()
    host, path = next(found for found in links(page) if "confirm" in found[1])
    assert host == base.removeprefix("https://")
    assert (await page.client.post(f"{base}{path}")).status_code == 200


def links(page, mail=-1):
    return LINK.findall(page.box.arrived[mail].get_body(("plain",)).get_content())


def to(page, since=0):
    return [mail["to"] for mail in page.box.arrived[since:]]


@pytest.mark.usefixtures("emea")
async def test_each_page_s_subscribers_are_told_of_it_in_its_words_with_its_links(page):
    own = "https://status.quillhaven.example"
    await subscribe(page, EMEA, "eve@example.org")
    assert "EMEA" in page.box.arrived[-1]["subject"]
    await subscribe(page, own, "eve@example.org")
    await subscribe(page, own, "dov@example.org")
    page.wait_a_minute()
    assert [subscriber.page_id for subscriber in await page.subscribers()] == [1, None, None]
    before = len(page.box.arrived)
    search = await page.declare()
    await page.say(search, components=claims(page, "search", "checkout"))
    await page.work()
    assert sorted(to(page, before)) == ["dov@example.org", "eve@example.org", "eve@example.org"]
    texts = [mail.get_body(("plain",)).get_content() for mail in page.box.arrived[before:]]
    (theirs,) = [text for text in texts if f"{EMEA}/incidents/{search}" in text]
    assert "Checkout" not in theirs
    assert "status.quillhaven.example" not in theirs
    assert "Quillhaven" not in theirs.replace("quillhaven.example", "")
    assert "Search" in theirs
    assert "abbestellen" in theirs.lower() or "abmelden" in theirs.lower()
    before = len(page.box.arrived)
    checkout = await page.declare()
    await page.say(checkout, components=claims(page, "checkout"))
    await page.work()
    assert sorted(to(page, before)) == ["dov@example.org", "eve@example.org"]
    assert all(own in mail.get_body(("plain",)).get_content() for mail in page.box.arrived[before:])


async def test_a_preview_is_of_one_page_and_tells_of_all_that_show_it(page, emea):
    world, own = page.world, "https://status.quillhaven.example"
    await subscribe(page, EMEA, "eve@example.org")
    await subscribe(page, own, "dov@example.org")
    await subscribe(page, own, "nur@example.org")
    linked = {"slug": "partners", "name": "Partners", "access": PageAccess.LINK}
    partners = ids.encode("StatusPage", (await world.do(save_status_page, world.ada, **linked)).id)
    runtime = Runtime(Settings(public_url=own), world.database, Live(world.database))
    reference = await page.declare()
    said = {
        "incident": reference,
        "audience": Audience.PUBLIC,
        "status": PublicStatus.INVESTIGATING,
        "body": "We look.",
    }

    async def shown(*names, **more):
        return await preview_update(runtime, world.ada, **said, components=claims(page, *names), **more)

    def mails(recipients):
        return {each.channel: each.count for each in recipients}[Channel.EMAIL]

    everywhere = await shown("search", "checkout")
    assert [(each.name, each.url, mails(each.recipients)) for each in everywhere.pages] == [
        ("Quillhaven", own, 2),
        ("EMEA", EMEA, 1),
        ("Partners", "https://partners.localhost", 0),
    ]
    assert mails(everywhere.recipients) == 3
    assert '<html lang="en">' in everywhere.page
    german = await shown("search", "checkout", page=emea)
    assert ('<html lang="de">' in german.page, "EMEA" in german.page, "Checkout" in german.page) == (True, True, False)
    assert german.sentence == "Search ist ausgefallen."
    assert german.mail.subject.startswith("[EMEA] ")
    assert f"{EMEA}/incidents/{reference}" in german.mail.text
    assert own not in german.mail.text + german.webhook
    assert (mails(german.recipients), german.pages) == (1, everywhere.pages)
    hidden = await shown("search", page=partners)
    assert (hidden.mail, hidden.webhook, mails(hidden.recipients)) == (None, None, 0)
    assert "Partners" in hidden.page
    with refused(ErrorCode.CONFLICT, "page", "shown on: the organisation's own, Partners"):
        await shown("checkout", page=emea)
    work = {"title": "Disks", "body": "New.", "components": [page.component("search")], **window(world, hours=2)}
    planned = await preview_maintenance(runtime, world.dov, **work, page=emea)
    assert ("Geplant" in planned.page, planned.mail.subject.startswith("[EMEA] ")) == (True, True)
    assert [mails(each.recipients) for each in planned.pages] == [0, 0, 0], "they chose incidents"
    await world.do(save_status_page, world.ada, id=emea, exclusive=True)
    first = await preview_maintenance(runtime, world.dov, **work)
    assert ([each.name for each in first.pages], '<html lang="de">' in first.page) == (["EMEA"], True)
    await world.do(archive_status_page, world.ada, id=emea)
    nowhere = await preview_maintenance(runtime, world.dov, **work)
    assert (nowhere.page, nowhere.pages, nowhere.mail) == ("", [], None)
    for key, code in ((emea, ErrorCode.CONFLICT), (ids.encode("StatusPage", 99), ErrorCode.NOT_FOUND)):
        with refused(code, "page"):
            await shown("search", page=key)


async def test_links_of_a_subscription_work_on_its_own_page_only(page, emea):
    await subscribe(page, EMEA, "eve@example.org")
    reference = await page.declare()
    await page.say(reference, components=claims(page, "search"))
    await page.work()
    manage = next(path for _, path in links(page) if path.startswith("/subscriptions/") and "unsubscribe" not in path)
    there = await page.client.get(f"{EMEA}{manage}")
    assert (there.status_code, "Search" in there.text, "Checkout" in there.text) == (200, True, False)
    for method in ("GET", "POST"):
        assert (await page.client.request(method, manage)).status_code == 404
        assert (await page.client.request(method, f"{manage}/unsubscribe")).status_code == 404
    foreign = {"kinds": ["INCIDENTS"], "components": [page.component("checkout")]}
    answers = [
        (await page.client.post(f"{EMEA}{manage}", data=form)).text.replace(form["components"][0], "")
        for form in (foreign, {**foreign, "components": [ids.encode("Component", 999)]})
    ]
    assert answers[0] == answers[1], "whether another page has such a component can't be learned"
    await page.world.do(save_status_page, page.world.ada, id=emea, access=PageAccess.LINK)
    assert (await page.client.get(f"{EMEA}{manage}")).status_code == 403
    left = await page.client.post(f"{EMEA}{manage}/unsubscribe")
    assert left.status_code == 200, "who was told by mail can leave, whatever became of the page"
    assert "Search" not in left.text
    assert [subscriber.active for subscriber in await page.subscribers()] == [False]


@pytest.mark.parametrize("closing", ["LINK", "archived", "other components"])
async def test_nobody_is_told_of_a_page_that_is_not_open_any_more(page, emea, closing):
    await subscribe(page, EMEA, "eve@example.org")
    reference = await page.declare()
    await page.say(reference, components=claims(page, "search"))
    await page.work(JobName.BROADCAST_LIST)
    if closing == "archived":
        await page.world.do(archive_status_page, page.world.ada, id=emea)
    elif closing == "LINK":
        await page.world.do(save_status_page, page.world.ada, id=emea, access=PageAccess.LINK)
    else:
        await page.world.do(save_status_page, page.world.ada, id=emea, components=[page.component("checkout")])
    before = len(page.box.arrived)
    await page.work()
    assert to(page, before) == []
    assert [row.state for row in await page.ledger()] == [DeliveryState.SUPPRESSED]
    await page.say(reference, body="Still.", components=claims(page, "search"))
    await page.work()
    assert to(page, before) == []
    form = {"channel": "EMAIL", "address": "dov@example.org", "kinds": ["INCIDENTS"]}
    if closing != "other components":
        assert (await page.client.post(f"{EMEA}/subscribe", data=form)).status_code == 405


async def test_what_is_exclusive_is_told_to_nobody_else_and_recipients_are_counted_over_pages(page, emea):
    await subscribe(page, EMEA, "eve@example.org")
    await subscribe(page, "https://status.quillhaven.example", "dov@example.org")
    world, search = page.world, page.world.components["search"].id
    async with world.database.reading() as reader:
        both = await count_recipients(reader, components={search})
        assert {key: counts[Channel.EMAIL] for key, counts in both.items()} == {None: 1, 1: 1}
        assert (await count_recipients(reader, components=set())).keys() == {None}
    await world.do(save_status_page, world.ada, id=emea, exclusive=True)
    async with world.database.reading() as reader:
        assert (await count_recipients(reader, components={search})).keys() == {1}
    before = len(page.box.arrived)
    await page.say(await page.declare(), components=claims(page, "search"))
    await page.work()
    assert to(page, before) == ["eve@example.org"]
    async with world.database.reading() as reader:
        assert await reader.scalar(Broadcast.__table__.select().with_only_columns(Broadcast.page_id)) == 1


async def test_an_admin_adds_somebody_to_a_page_that_is_for_everybody(page, emea):
    given = {"channel": Channel.EMAIL, "address": "fay@example.org", "page": emea}
    await page.world.do(add_subscriber, page.world.ada, **given)
    await page.world.do(add_subscriber, page.world.ada, channel=Channel.EMAIL, address="fay@example.org")
    assert [subscriber.page_id for subscriber in await page.subscribers()] == [1, None]
    with refused("CONFLICT", "address"):
        await page.world.do(add_subscriber, page.world.ada, **given)
    with refused("NOT_FOUND", "page"):
        await page.world.do(add_subscriber, page.world.ada, **{**given, "page": ids.encode("StatusPage", 99)})
    await page.world.do(save_status_page, page.world.ada, id=emea, access=PageAccess.LINK)
    with refused("CONFLICT", "page"):
        await page.world.do(add_subscriber, page.world.ada, **{**given, "address": "gus@example.org"})
