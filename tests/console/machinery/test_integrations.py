"""Integrations at their pages: connected, examined, mended, archived; secrets never come back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.outward.checks import Check, Result, note_checks
from core.ids import encode
from models.integration import Integration
from models.job import JobName
from tests.console.desk import OURS, words

PATH = "/console/settings/integrations"
SLACK = {
    "vendor": "slack",
    "key": "slack",
    "name": "Our Slack",
    "configuration.token": "xoxb-very-secret",
    "configuration.channel_name": "{reference}-{slug}",
    "configuration.base_url": "https://slack.com/api",
    "configuration.pin_reaction": "pushpin",
}


async def row_of(world):
    async with world.database.reading() as reader:
        return await reader.row(Integration, select(Integration))


async def test_nothing_is_connected_and_the_page_teaches_what_there_is(sits):
    ada = await sits("ada")
    page = await ada.reads(PATH)
    assert "Nothing is connected yet. Incidents work without" in page
    assert "Slack announcements, channels of incidents, pages to one person, messages in channels" in page
    form = (await ada.get(f"{PATH}/new?vendor=slack")).text
    assert 'type="password" id="new-configuration-token"' in form
    assert "it begins with xoxb-" in words(form)
    assert (await ada.get(f"{PATH}/new?vendor=fax")).status_code == 404
    assert (await ada.get(f"{PATH}/new")).headers["location"] == PATH, "there a vendor is chosen"


async def test_an_account_is_connected_once_examined_and_changed_with_its_secret_kept(world, sits):
    ada = await sits("ada")
    for _ in range(2):  # the button was pressed twice
        led = await ada.does(f"{PATH}/new", {**SLACK, "_key": "one"})
    row = await row_of(world)
    assert (row.vendor, row.name, row.configuration["channel_name"]) == ("slack", "Our Slack", "{reference}-{slug}")
    assert b"xoxb-very-secret" not in row.sealed_secrets
    assert [job.args["integration_id"] for job in await world.jobs(JobName.INTEGRATION_CHECK)] == [row.id]
    page = (await ada.get(led)).text
    assert f"/hooks/slack/{row.key}" in (await ada.get(f"{PATH}/slack")).text, "its key leads there, too"
    assert "It is being examined." in words(page)
    assert "hx-trigger" in page
    assert "xoxb-very-secret" not in page
    assert f"/hooks/slack/{row.key}" in page
    found = [Check("chat:write", Result.OK, "It may post."), Check("users:read", Result.MISSING, "Add the scope.")]
    await world.do(note_checks, row.id, found)
    page = words((await ada.get(led.replace("?", "/state?"), headers={"HX-Request": "true"})).text)
    assert "It answers, but something is missing Not as it should be: 1 of 2 things that it needs." in page
    assert "users:read" in page
    assert "It is being examined" not in page
    address = f"{PATH}/{encode('Integration', row.id)}"
    changed = {**SLACK, "name": "Slack", "configuration.token": "", "configuration.announcement_channel": "C0123456789"}
    await ada.does(address, {**changed, "version": str(row.version)})
    again = await row_of(world)
    assert (again.name, again.configuration["announcement_channel"]) == ("Slack", "C0123456789")
    opened = world.database.secrets.open(again.sealed_secrets)
    assert "xoxb-very-secret" in opened
    assert "post a test message" in await ada.reads(address)
    await ada.does(f"{address}/check", {"send": "yes"})
    assert (await world.jobs(JobName.INTEGRATION_CHECK))[-1].args["send"] is True
    stale = words(await ada.is_refused(address, {**changed, "name": "Other", "version": "1"}, status=409))
    assert "integration" in stale.lower()


async def test_what_was_written_stays_and_the_reason_stands_at_its_field(world, sits):
    ada = await sits("ada")
    page = await ada.is_refused(f"{PATH}/new", {**SLACK, "configuration.base_url": "nonsense", "name": "Mine"})
    assert 'value="Mine"' in page
    assert 'value="nonsense"' in page
    assert "xoxb-very-secret" not in page
    wrong = page.partition('id="new-configuration-base_url"')[2].partition(">")[0]
    assert 'aria-invalid="true"' in wrong
    assert 'aria-describedby="fault-new' in wrong
    page = await ada.is_refused(
        f"{PATH}/new",
        {"vendor": "jira", "key": "jira", "name": "Jira", "configuration.fields": "{nonsense"},
    )
    assert "This is no JSON" in words(page)
    assert await row_of(world) is None


async def test_a_breaker_says_since_when_and_until_when_it_is_left_alone(world, sits, clock):
    ada = await sits("ada")
    await ada.does(f"{PATH}/new", SLACK)
    row, moment = await row_of(world), clock.now()
    failing = {"failing_since": moment, "next_attempt_at": moment + timedelta(minutes=10), "error": "It answered 503."}
    async with world.database.unit_of_work() as session:
        await session.execute(update(Integration).values(**failing))
    page = await ada.reads(f"{PATH}/{encode('Integration', row.id)}")
    assert "It does not answer Since 03:00 . It is left alone until 03:10 ; then one attempt is made" in page
    assert "It answered 503." in page
    clock.advance(minutes=11)
    assert "The next attempt is due now" in await ada.reads(PATH)
    async with world.database.unit_of_work() as session:
        await session.execute(update(Integration).values(signed_out_at=moment))
    assert "It does not know our credentials Since 03:00" in await ada.reads(PATH)


async def test_it_is_archived_by_its_name_alone_and_brought_back(world, sits):
    ada = await sits("ada")
    await ada.does(f"{PATH}/new", SLACK)
    address = f"{PATH}/{encode('Integration', (await row_of(world)).id)}"
    page = await ada.is_refused(f"{address}/archive", {"confirm": "slack"})
    assert "This is not the name: Our Slack" in words(page)
    assert (await row_of(world)).archived_at is None
    await ada.does(f"{address}/archive", {"confirm": "Our  Slack"})
    assert (await row_of(world)).archived_at is not None
    assert "Archived" in await ada.reads(PATH)
    await ada.does(f"{address}/archive", {"restore": "yes"})
    assert (await row_of(world)).archived_at is None


@pytest.mark.parametrize("path", ["new", "{id}", "{id}/check", "{id}/archive"])
async def test_who_may_not_sees_no_button_and_changes_nothing(world, sits, path):
    ada, ben = await sits("ada"), await sits("ben")
    await ada.does(f"{PATH}/new", SLACK)
    row = await row_of(world)
    reference = encode("Integration", row.id)
    seen = (await ben.get(f"{PATH}/{reference}")).text
    assert "Our Slack" in words(seen)
    assert "<form" not in seen
    assert "pushpin" not in seen
    jobs = len(await world.jobs())
    answer = await ben.post(f"{PATH}/{path.format(id=reference)}", {**SLACK, "confirm": "Our Slack"})
    assert answer.status_code == 403
    foreign = await ada.post(
        f"{PATH}/{path.format(id=reference)}", SLACK, headers={**OURS, "Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert (await row_of(world)) == row
    assert len(await world.jobs()) == jobs
