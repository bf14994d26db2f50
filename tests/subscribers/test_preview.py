"""Seeing an update before it is out: the same page, mail and numbers as afterwards, and nothing is done."""

import json
import re

import asyncpg
import pytest
from sqlalchemy import text, update

from actions.update_parts import ClaimInput
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from core.errors import DomainError, ErrorCode
from core.live import Live
from core.notify import FEED, JOB
from core.runtime import Runtime
from core.settings import Settings
from jobs.subscribers.preview import preview_update
from models.incident import Incident
from models.tables import metadata
from models.words import Audience, Channel, ComponentStatus, IncidentKind, PublicStatus, Visibility
from tests.statuspage.conftest import BASE
from tests.subscribers.test_delivery import crowd

MOMENTS = re.compile(r'<p>Checked <time datetime="[^"]+">[^<]+</time></p>')


@pytest.fixture
def preview(page):
    """What an update would do, by Ada unless told otherwise."""
    runtime = Runtime(Settings(public_url=BASE), page.world.database, Live(page.world.database))

    async def show(reference, person="ada", **given):
        said = {"audience": Audience.PUBLIC, "status": PublicStatus.INVESTIGATING, "body": "We **look**.", **given}
        actor = getattr(page.world, person)
        return await preview_update(runtime, actor, incident=reference, **said)

    return show


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    return caught.value


async def everything(database):
    """Every row of every table, and where the feed stands."""
    async with database.looking() as reader:
        return {
            name: sorted(line for (line,) in await reader.execute(text(f'select t::text from "{name}" t')))
            for name in metadata.tables
        }


def claim(page, name="checkout", status=ComponentStatus.MAJOR_OUTAGE):
    return ClaimInput(page.component(name), status)


async def test_the_page_and_the_mail_are_those_that_come_out(page, preview):
    await crowd(page, 3)
    reference = await page.declare()
    await page.say(reference, "Something is odd.", public_title="Trouble")
    page.world.clock.advance(minutes=3)
    draft = {"body": "The **cause** is found.", "status": PublicStatus.IDENTIFIED, "public_title": "Orders fail"}
    shown = await preview(reference, **draft, components=[claim(page)])
    assert shown.path == f"/incidents/{reference}"
    assert (shown.sentence, shown.state) == ("Checkout is down.", "MAJOR_OUTAGE")
    assert {each.channel: each.count for each in shown.recipients} == dict.fromkeys(Channel, 0) | {Channel.EMAIL: 3}
    page.box.arrived.clear()
    await page.say(reference, **draft, components=[claim(page)])
    published = (await page.client.get(f"/incidents/{reference}")).text
    assert MOMENTS.sub("", shown.page) == MOMENTS.sub("", published)
    assert "Checkout is down." in (await page.client.get("/")).text
    await page.work()
    mail = next(each for each in page.box.arrived if "update 2" in each["Subject"])
    assert mail["Subject"] == shown.mail.subject
    sent = mail.get_body(("plain",)).get_content()
    assert re.sub(rf"{BASE}/sub\S+", "", shown.mail.text).strip() == re.sub(rf"{BASE}/sub\S+", "", sent).strip()
    assert "<strong>cause</strong>" in shown.mail.html
    assert json.loads(shown.webhook)["data"]["update"]["body"] == "The **cause** is found."
    assert f"{BASE}/subscribe" in shown.mail.text


async def test_a_preview_changes_nothing_and_wakes_nobody(page, preview, database_url):
    await crowd(page, 2)
    reference = await page.declare()
    await page.say(reference, components=[claim(page)])
    committed, woken = [], []
    database = page.world.database
    database.on_commit = committed.append
    database.watchers.append(committed.append)
    listener = await asyncpg.connect(database_url)
    for channel in (FEED, JOB):
        await listener.add_listener(channel, lambda *heard: woken.append(heard))
    before = await everything(database)
    for given in (
        {"components": [claim(page, status=ComponentStatus.PARTIAL_OUTAGE), claim(page, "search")]},
        {"status": PublicStatus.RESOLVED, "public_title": "It was nothing"},
        {"audience": Audience.INTERNAL, "status": None},
    ):
        await preview(reference, **given)
    assert (await refusal(preview(reference, body=" "))).field == "body"
    assert await everything(database) == before
    assert (committed, woken) == ([], [])
    await listener.close()


async def test_only_who_is_told_is_counted(page, preview):
    await page.subscribe("some@example.org", components=[page.component("search")])
    await crowd(page, 2)
    await crowd(page, 1, digest=b"hook", channel=Channel.SLACK, email=None)
    await crowd(page, 1, digest=b"gone", unsubscribed_at=page.world.clock.now())
    reference = await page.declare()

    async def counted(**given):
        shown = await preview(reference, **given)
        return {each.channel.value: each.count for each in shown.recipients if each.count}, shown

    assert (await counted(components=[claim(page)]))[0] == {"EMAIL": 2, "SLACK": 1}
    assert (await counted(components=[claim(page, "search")]))[0] == {"EMAIL": 3, "SLACK": 1}
    quiet, shown = await counted(notify=False)
    assert (quiet, shown.mail, shown.webhook, shown.colleagues) == ({}, None, None, 0)
    assert "We <strong>look</strong>." in shown.page
    inside, shown = await counted(audience=Audience.INTERNAL, status=None)
    assert (inside, shown.page, shown.mail, shown.sentence) == ({}, None, None, None)


async def test_colleagues_are_counted_as_they_are_mailed(page, preview):
    reference = await page.declare()
    shown = await preview(reference)
    await page.say(reference)
    await page.work("mail.notify")
    async with page.world.database.looking() as reader:
        mails = await reader.scalar(
            text("select count(*) from delivery d join event e on e.id = d.event_id where e.kind = 'update.published'")
        )
    assert shown.colleagues == mails


async def test_a_backfilled_incident_tells_nobody(page, preview):
    await crowd(page, 2)
    reference = await page.declare()
    async with page.world.database.unit_of_work() as session:
        await session.execute(update(Incident).values(kind=IncidentKind.BACKFILLED))
    shown = await preview(reference)
    assert (sum(each.count for each in shown.recipients), shown.mail, shown.colleagues) == (0, None, 0)
    assert shown.page


async def test_a_preview_is_refused_as_publishing_is(page, preview):
    world, reference = page.world, await page.declare()
    drafts = [
        ({"body": "x" * 100_000}, "body"),
        ({"status": None}, "status"),
        ({"components": [ClaimInput("Q29tcG9uZW50Ojk5OTk", ComponentStatus.MAJOR_OUTAGE)]}, "components.0.component"),
        ({"public_title": "x" * 201}, "public_title"),
    ]
    for given, field in drafts:
        error = await refusal(preview(reference, **given))
        said = {"audience": Audience.PUBLIC, "status": PublicStatus.INVESTIGATING, "body": "We look.", **given}
        same = await refusal(world.do(publish_update, world.ada, incident=reference, **said))
        assert (error.code, error.field, error.message) == (same.code, same.field, same.message)
        assert error.field == field
    assert (await refusal(preview(reference, "eve"))).code is ErrorCode.FORBIDDEN
    assert (await refusal(preview("INC-999"))).code is ErrorCode.NOT_FOUND


async def test_what_may_not_be_public_has_no_preview_and_is_not_there_for_others(page, preview):
    world, reference = page.world, await page.declare()
    await world.do(
        change_visibility, world.ada, incident=reference, visibility=Visibility.PRIVATE, reason="Security", members=[]
    )
    error = await refusal(preview(reference))
    assert (error.code, "is private" in error.message) == (ErrorCode.CONFLICT, True)
    for person in ("ben", "dov"):
        hidden = await refusal(preview(reference, person))
        assert (hidden.code, hidden.message) == (ErrorCode.NOT_FOUND, f"There is no incident '{reference}'.")
    drill = (await page.declare()).upper()
    async with world.database.unit_of_work() as session:
        await session.execute(update(Incident).where(Incident.id == int(drill[4:])).values(kind=IncidentKind.DRILL))
    assert "is a drill" in (await refusal(preview(drill))).message
