"""Seeing planned work before it is scheduled: the page, mail and numbers that come of it, and nothing is done."""

import asyncio
import json
import re

import pytest
from sqlalchemy import text

from actions.maintenance.schedule import schedule_maintenance
from core.errors import DomainError
from core.live import Live
from core.runtime import Runtime
from core.settings import Settings
from jobs.subscribers.work_preview import preview_maintenance
from models.words import Channel
from tests.actions.maintaining import window
from tests.statuspage.conftest import BASE
from tests.subscribers.test_preview import everything
from tests.telling import component_id

NUMBER = re.compile(r"MNT-\d+")


@pytest.fixture
def preview(page):
    runtime = Runtime(Settings(public_url=BASE), page.world.database, Live(page.world.database))

    async def show(person="dov", **given):
        return await preview_maintenance(runtime, getattr(page.world, person), **given)

    return show


def work(page, **more):
    said = {"title": "New disks", "body": "Search is **slower**.", "components": [component_id(page.world, "search")]}
    return {**said, **window(page.world, hours=2), **more}


def unnumbered(text):
    return NUMBER.sub("MNT-…", text)


async def next_number(database):
    """Where the sequence of numbers stands."""
    async with database.looking() as reader:
        return await reader.execute(text("select last_value, is_called from maintenance_number"))


async def test_it_shows_what_comes_of_it_and_does_nothing(page, preview):
    await page.subscribe("eve@example.org")
    await page.subscribe("nur@example.org", components=[component_id(page.world, "checkout")])
    page.box.arrived.clear()
    before = await everything(page.world.database)
    number = await next_number(page.world.database)
    shown, same = await asyncio.gather(preview(**work(page)), preview(**work(page)))
    assert await everything(page.world.database) == before
    assert await next_number(page.world.database) == number, "a number was used up"
    assert (shown.page, shown.mail.subject) == (same.page, same.mail.subject)
    await page.work()
    assert page.box.arrived == []
    assert "New disks" in shown.page
    assert "<strong>slower</strong>" in shown.page
    assert shown.path == "/maintenance/MNT-…"
    assert "MNT-…" in shown.page
    assert NUMBER.search(shown.page + shown.mail.text + shown.webhook) is None
    assert {each.channel: each.count for each in shown.recipients}[Channel.EMAIL] == 1, "the other chose Checkout"
    await page.world.do(schedule_maintenance, page.world.dov, **work(page))
    await page.work()
    (mail,) = page.box.arrived
    assert unnumbered(mail["subject"]) == unnumbered(shown.mail.subject)
    sent = mail.get_body(("plain",)).get_content().partition("\n-- ")[0].split()
    assert sent[:20] == shown.mail.text.split()[:20]
    assert json.loads(shown.webhook)["type"] == "maintenance.scheduled"


@pytest.mark.parametrize("quiet", [{"notify": False}, {"already_done": True}], ids=["untold", "already done"])
async def test_where_nobody_is_told_there_is_no_mail_and_nobody_counts(page, preview, quiet):
    await page.subscribe("eve@example.org")
    times = window(page.world, hours=-48) if "already_done" in quiet else {}
    shown = await preview(**work(page, **times, **quiet))
    assert (shown.mail, shown.webhook) == (None, None)
    assert {each.count for each in shown.recipients} == {0}
    assert "New disks" in shown.page


async def test_it_is_refused_as_scheduling_is(page, preview):
    for given in ({"components": []}, {"title": " "}, {"body": "x" * 100_000}):
        refused = []
        for attempt in (
            preview(**work(page, **given)),
            page.world.do(schedule_maintenance, page.world.dov, **work(page, **given)),
        ):
            with pytest.raises(DomainError) as caught:
                await attempt
            refused.append((caught.value.code, caught.value.field, caught.value.message, caught.value.hint))
        assert refused[0] == refused[1]
