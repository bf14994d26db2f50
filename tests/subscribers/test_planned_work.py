"""Subscribers are told of planned work, from the plan to the end: by mail, with a file for calendars, hook and chat."""

import json

import icalendar
import pytest
from standardwebhooks import Webhook

from actions.maintenance.edits import edit_maintenance
from actions.maintenance.series import end_maintenance_series
from actions.maintenance.steps import cancel_maintenance, complete_maintenance, start_maintenance
from actions.maintenance.sweep import sweep_maintenance
from actions.maintenance.words import (
    edit_maintenance_update,
    publish_maintenance_update,
    withdraw_maintenance_update,
)
from core import ids
from models.words import DeliveryState, MaintenanceState, SeriesScope
from tests.actions.maintaining import occurrences_of, planned, recurring, row, window
from tests.jobs.receiver import receiver
from tests.statuspage.conftest import name_organisation
from tests.subscribers.test_hooks import hooked
from tests.telling import component_id


def files(mail):
    """The files for calendars that a mail brings: (method of the media type, the calendar)."""
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return [(part.get_param("method"), icalendar.Calendar.from_ical(part.get_content())) for part in parts]


def events(calendar):
    return [(str(each["uid"]), int(each["sequence"]), str(each["status"])) for each in calendar.walk("VEVENT")]


def text(mail):
    return mail.get_body(("plain",)).get_content().replace("\xa0", " ")


async def subscribed(page, *addresses, **how):
    for address in addresses or ("eve@example.org",):
        await page.subscribe(address, **how)
    page.box.arrived.clear()


async def act(page, action, **given):
    done = await page.world.do(action, page.world.dov, **given)
    await page.work()
    return done


async def test_a_subscriber_is_told_of_planned_work_from_the_plan_to_the_end_in_one_thread(page):
    await subscribed(page)
    made = await planned(page.world, remind_minutes=30)
    await page.work()
    moved = window(page.world, hours=2)
    await act(page, edit_maintenance, maintenance=made.reference, **moved)
    await act(page, edit_maintenance, maintenance=made.reference, body="Better words.")
    page.world.clock.advance(minutes=91)
    await sweep_maintenance(page.world.database)
    await page.work()
    page.world.clock.advance(minutes=29)
    await sweep_maintenance(page.world.database)
    await page.work()
    note = await act(page, publish_maintenance_update, maintenance=made.reference, body="Half of it is *done*.")
    key = ids.encode("MaintenanceUpdate", note.id)
    await act(page, edit_maintenance_update, update=key, body="Most of it is done.", notify=True)
    await act(page, complete_maintenance, maintenance=made.reference, body="All new.")
    mails = page.box.arrived
    assert [mail["Subject"] for mail in mails] == [
        "[Quillhaven] Planned work, Tue 24 Nov 2026, 04:00–06:00 UTC: New disks",
        "[Quillhaven] Planned work: the plan changed, Tue 24 Nov 2026, 05:00–07:00 UTC: New disks",
        "[Quillhaven] Reminder of planned work, Tue 24 Nov 2026, 05:00–07:00 UTC: New disks",
        "[Quillhaven] Planned work has begun: New disks",
        "[Quillhaven] Under way: New disks",
        "[Quillhaven] Corrected: Under way: New disks",
        "[Quillhaven] Planned work is done: New disks",
    ]
    first = mails[0]["Message-ID"]
    assert mails[0]["References"] is None
    assert {mail["References"] for mail in mails[1:]} == {mail["In-Reply-To"] for mail in mails[1:]} == {first}
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    for words in ("It is now planned for Tue 24 Nov 2026, 05:00–07:00 UTC.", "Before, it was", "Checkout: Maintenance"):
        assert words in text(mails[1])
    assert "The work has begun." in text(mails[3])
    assert "All new." in text(mails[-1])
    assert "<em>replace</em>" in mails[0].get_body(("html",)).get_content()


async def test_a_mail_brings_what_the_calendar_of_the_page_says(page):
    await subscribed(page)
    made = await planned(page.world)
    await page.work()
    await act(page, edit_maintenance, maintenance=made.reference, **window(page.world, hours=3))
    await act(page, cancel_maintenance, maintenance=made.reference)
    seen = []
    for mail in page.box.arrived:
        ((method, calendar),) = files(mail)
        assert method == calendar["method"]
        (event,) = calendar.walk("VEVENT")
        assert event["organizer"] == "mailto:status@quillhaven.example"
        seen.append((method, *events(calendar)[0]))
    uid = f"{made.reference}@status.quillhaven.example"
    assert seen == [
        ("PUBLISH", uid, 0, "CONFIRMED"),
        ("PUBLISH", uid, 1, "CONFIRMED"),
        ("CANCEL", uid, 2, "CANCELLED"),
    ]
    public = icalendar.Calendar.from_ical((await page.client.get("/maintenance.ics")).content)
    assert events(public) == [seen[-1][1:]]
    (mine,), (theirs,) = calendar.walk("VEVENT"), public.walk("VEVENT")
    same = set(theirs) - {"ORGANIZER"}
    assert {name: mine[name].to_ical() for name in same if hasattr(mine[name], "to_ical")} == {
        name: theirs[name].to_ical() for name in same if hasattr(theirs[name], "to_ical")
    }


async def test_only_those_are_told_whom_it_touches_and_who_asked_for_maintenance(page):
    await subscribed(page, "all@example.org")
    await subscribed(page, "search@example.org", components=[page.component("search")])
    await subscribed(page, "incidents@example.org", kinds=["INCIDENTS"])
    made = await planned(page.world, "checkout")
    await page.work()
    assert [mail["To"] for mail in page.box.arrived] == ["all@example.org"]
    both = [component_id(page.world, name) for name in ("checkout", "search")]
    await act(page, edit_maintenance, maintenance=made.reference, components=both)
    assert "It also affects Search." in text(page.box.arrived[-1])
    await act(page, edit_maintenance, maintenance=made.reference, components=both[:1])
    assert "It does not affect Search any more." in text(page.box.arrived[-1])
    assert [mail["To"] for mail in page.box.arrived[1:]] == ["all@example.org", "search@example.org"] * 2, (
        "who is left out of it is told that, too"
    )
    await act(page, cancel_maintenance, maintenance=made.reference)
    assert [mail["To"] for mail in page.box.arrived[5:]] == ["all@example.org"]


async def test_nobody_is_told_of_work_that_notifies_nobody_and_of_work_that_is_done(page):
    await subscribed(page)
    quiet = await planned(page.world, notify=False)
    await act(page, start_maintenance, maintenance=quiet.reference)
    await act(page, publish_maintenance_update, maintenance=quiet.reference, body="Only here.", notify=False)
    await planned(page.world, already_done=True, **window(page.world, days=-1))
    await page.work()
    assert page.box.arrived == []
    await act(page, publish_maintenance_update, maintenance=quiet.reference, body="Everybody.")
    assert ["Everybody." in text(mail) for mail in page.box.arrived] == [True]


async def test_what_was_taken_back_or_overtaken_goes_to_nobody(page):
    await subscribed(page)
    made = await planned(page.world, remind_minutes=30)
    await page.world.do(cancel_maintenance, page.world.dov, maintenance=made.reference)
    await page.work()
    assert [mail["Subject"] for mail in page.box.arrived] == ["[Quillhaven] Planned work is cancelled: New disks"]
    other = await planned(page.world, remind_minutes=30)
    await page.work()
    page.world.clock.advance(minutes=31)
    await sweep_maintenance(page.world.database)
    await page.world.do(edit_maintenance, page.world.dov, maintenance=other.reference, **window(page.world, days=1))
    note = await page.world.do(publish_maintenance_update, page.world.dov, maintenance=other.reference, body="Wrong.")
    await page.work("broadcast.list")
    key = ids.encode("MaintenanceUpdate", note.id)
    await page.world.do(withdraw_maintenance_update, page.world.dov, update=key, reason="Wrong.")
    await page.work()
    told = [mail["Subject"].partition(": New")[0] for mail in page.box.arrived[2:]]
    assert told == ["[Quillhaven] Planned work: the plan changed, Wed 25 Nov 2026, 03:31–05:31 UTC"]
    held = [row.error for row in await page.ledger() if row.state is DeliveryState.SUPPRESSED]
    assert held == ["The update was withdrawn."]


async def test_recurring_work_is_told_once_and_each_time_of_it_is_reminded_of(page):
    await subscribed(page)
    series = await recurring(page.world, remind_minutes=30)
    await page.work()
    (mail,) = page.box.arrived
    assert mail["Subject"] == "[Quillhaven] Recurring work, Tue 24 Nov 2026, 04:00–06:00 UTC: New disks"
    assert "The next times:\nTue 24 Nov 2026, 04:00–06:00 UTC\nTue 1 Dec 2026, 04:00–06:00 UTC" in text(mail)
    ((method, calendar),) = files(mail)
    works = await occurrences_of(page.world, series.id)
    assert method == "PUBLISH"
    assert [uid for uid, _, _ in events(calendar)] == [f"{work.reference}@status.quillhaven.example" for work in works]

    page.world.clock.advance(minutes=31)
    await sweep_maintenance(page.world.database)
    await page.work()
    assert "Reminder" in page.box.arrived[1]["Subject"]
    assert page.box.arrived[1]["References"] is None, "an occurrence is a thread of its own"

    later = {"scope": SeriesScope.THIS_AND_FOLLOWING, "rule": "FREQ=WEEKLY;INTERVAL=2"}
    changed = await act(page, edit_maintenance, maintenance=works[1].reference, **later)
    await act(
        page, end_maintenance_series, series=ids.encode("MaintenanceSeries", changed.series_id), reason="Not needed."
    )
    edited, ended = page.box.arrived[2:]
    assert edited["Subject"].startswith("[Quillhaven] Recurring work: the plan changed, Tue 1 Dec 2026")
    assert ended["Subject"] == "[Quillhaven] Recurring work is cancelled: New disks"
    assert edited["References"] == ended["References"] == mail["Message-ID"]
    assert {status for _, _, status in events(files(edited)[0][1])} == {"CONFIRMED", "CANCELLED"}
    assert {status for _, _, status in events(files(ended)[0][1])} == {"CANCELLED"}
    assert "Not needed." not in str(ended), "the reason is for colleagues"


async def test_a_plan_of_recurring_work_that_ended_meanwhile_goes_to_nobody(page):
    await subscribed(page)
    series = await recurring(page.world)
    await page.world.do(
        end_maintenance_series, page.world.dov, series=ids.encode("MaintenanceSeries", series.id), reason="No."
    )
    await page.work()
    assert [mail["Subject"] for mail in page.box.arrived] == ["[Quillhaven] Recurring work is cancelled: New disks"]


async def test_a_webhook_is_told_in_the_same_shape_as_of_incidents(page):
    async with receiver() as there:
        secret = await hooked(page, there)
        made = await planned(page.world)
        await page.work()
        await act(page, publish_maintenance_update, maintenance=made.reference, body="Soon.")
        series = await recurring(page.world, "search", time_zone="Europe/Berlin")
        await page.work()
        plan, note, recurs = (Webhook(secret).verify(each.body, each.headers) for each in there.arrived[1:])
    assert (plan["type"], note["type"]) == ("maintenance.scheduled", "maintenance.update_published")
    assert plan["data"].keys() == {"page", "maintenance", "update", "manageUrl"}
    mine = plan["data"]["maintenance"]
    assert mine.pop("components")[0] | {"id": ""} == {"id": "", "name": "Checkout", "status": "OPERATIONAL"}
    assert mine == {
        "reference": made.reference,
        "url": f"https://status.quillhaven.example/maintenance/{made.reference}",
        "title": "New disks",
        "status": "SCHEDULED",
        "startsAt": "2026-11-24T04:00:00.000000Z",
        "endsAt": "2026-11-24T06:00:00.000000Z",
        "startedAt": None,
        "endedAt": None,
        "sequence": 0,
        "series": None,
    }
    assert plan["data"]["update"] | {"publishedAt": ""} == {
        "number": None,
        "status": "SCHEDULED",
        "body": "We *replace* disks; orders pause for a minute.",
        "publishedAt": "",
        "editedAt": None,
    }
    assert (note["data"]["update"]["number"], note["data"]["update"]["body"]) == (1, "Soon.")
    theirs = recurs["data"]["maintenance"]["series"]
    first = (await occurrences_of(page.world, series.id))[0]
    assert (theirs["rule"], theirs["timeZone"], theirs["next"][0]["reference"]) == (
        "FREQ=WEEKLY",
        "Europe/Berlin",
        first.reference,
    )


@pytest.mark.parametrize("channel", ["SLACK", "TEAMS"])
async def test_a_chat_is_told_of_planned_work(page, channel):
    async with receiver() as there:
        await hooked(page, there, channel)
        made = await planned(page.world)
        await page.work()
        await act(page, start_maintenance, maintenance=made.reference)
        plan, begun = (json.loads(each.body) for each in there.arrived[1:])
    for words in ("Quillhaven: New disks", "Planned work", "Tue 24 Nov 2026, 04:00–06:00 UTC", "Checkout"):
        assert words in json.dumps(plan, ensure_ascii=False)
    assert "Planned work has begun" in json.dumps(begun)
    assert (await row(page.world, made.id)).state is MaintenanceState.IN_PROGRESS


async def test_a_subscriber_of_a_german_page_is_told_in_german(page):
    await page.world.do(name_organisation, language="de", time_zone="Europe/Berlin")
    await subscribed(page)
    form = (await page.client.get("/subscribe")).text
    assert "Geplante Wartung<" in form.replace("\n", "").replace("  ", "")
    made = await planned(page.world, remind_minutes=30)
    await page.work()
    await act(page, edit_maintenance, maintenance=made.reference, **window(page.world, hours=2))
    await act(page, cancel_maintenance, maintenance=made.reference)
    plan, changed, gone = page.box.arrived
    assert (
        plan["Subject"].replace("\xa0", " ")
        == "[Quillhaven] Wartungsarbeiten, Di., 24. Nov. 2026, 05:00–07:00 Uhr MEZ: New disks"
    )
    for words in ("Neuer Termin: Di., 24. Nov. 2026, 06:00–08:00 Uhr MEZ.", "Vorher: ", "Checkout: Wartung"):
        assert words in text(changed)
    assert gone["Subject"] == "[Quillhaven] Wartungsarbeiten sind abgesagt: New disks"
    assert "You get this" not in "".join(text(mail) for mail in page.box.arrived)
    ((_, calendar),) = files(gone)
    assert "Die Arbeiten finden nicht statt." in str(calendar.walk("VEVENT")[0]["description"])


async def test_a_step_that_the_timers_take_too_late_is_told_to_nobody(page):
    await subscribed(page)
    await planned(page.world)
    await page.work()
    page.box.arrived.clear()
    page.world.clock.advance(hours=1, minutes=16)
    await sweep_maintenance(page.world.database)
    await page.work()
    assert page.box.arrived == []
    page.world.clock.advance(hours=1, minutes=45)
    await sweep_maintenance(page.world.database)
    await page.work()
    assert ["Planned work is done" in mail["Subject"] for mail in page.box.arrived] == [True]
