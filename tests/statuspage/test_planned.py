"""Planned work for programs: the calendar, Statuspage's documents, and the feeds."""

import re
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from models.words import MaintenanceState
from tests.statuspage.conftest import BASE
from tests.statuspage.planning import change, plan, say
from tests.statuspage.shapes import differences, sample, values
from tests.telling import component_id

FOLDED = re.compile(rb"[^\r\n]*\r\n")
WORKING, VERIFYING, DONE, OFF = (
    MaintenanceState.IN_PROGRESS,
    MaintenanceState.VERIFYING,
    MaintenanceState.COMPLETED,
    MaintenanceState.CANCELLED,
)


@pytest.fixture
def events(make_client):
    """The events of the calendar by UID, as a calendar program reads them."""

    async def get(question=""):
        async with make_client() as client:
            answer = await client.get(f"/maintenance.ics{question}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        return read(answer.content)

    return get


def read(content):
    """Every line ends in CR LF and has 75 bytes at most (RFC 5545 §3.1); everything it must have is there."""
    assert b"".join(FOLDED.findall(content)) == content
    assert max(map(len, FOLDED.findall(content))) <= 75 + 2
    made = icalendar.Calendar.from_ical(content)
    assert made.errors == []
    assert (made["version"], made["method"]) == ("2.0", "PUBLISH")
    assert made["prodid"]
    found = {}
    for event in made.walk("VEVENT"):
        assert event.errors == []
        assert event["uid"] not in found
        for name in ("dtstamp", "dtstart", "dtend", "summary", "status", "sequence"):
            assert name in event
        found[str(event["uid"])] = event
    return found


@pytest.fixture
def told(make_client):
    async def get(name=""):
        async with make_client() as client:
            answer = await client.get(f"/api/v2/scheduled-maintenances{name}.json")
        assert answer.status_code == 200
        return answer.json()["scheduled_maintenances"]

    return get


async def test_an_empty_calendar_is_one(events):
    assert await events() == {}


async def test_a_work_is_an_event(world, clock, events):
    await world.do(plan, 12, components=[world.components["checkout"].id])
    event = (await events())["MNT-12@status.quillhaven.example"]
    assert (event["summary"], event["status"], event["sequence"]) == ("Database upgrade", "CONFIRMED", 0)
    assert event["dtstart"].dt == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    assert event["dtstamp"].dt == event["last-modified"].dt == clock.now().replace(microsecond=0)
    assert event["url"] == f"{BASE}/maintenance/MNT-12"
    assert event["categories"].cats == ["Checkout"]
    assert event["transp"] == "TRANSPARENT"


async def test_the_uid_stays_and_the_sequence_rises(world, clock, events):
    await world.do(plan, 12)
    before = await events()
    clock.advance(minutes=5)
    await world.do(change, 12, starts_at=clock.now() + timedelta(days=3), ends_at=clock.now() + timedelta(days=4))
    after = await events()
    assert before.keys() == after.keys()
    (old,), (new,) = before.values(), after.values()
    assert new["sequence"] == old["sequence"] + 1
    assert new["dtstart"].dt > old["dtstart"].dt
    assert new["dtstamp"].dt == old["dtstamp"].dt + timedelta(minutes=5)


async def test_what_is_cancelled_is_told_and_not_left_out(world, clock, events, told):
    await world.do(plan, 12)
    await world.do(change, 12, state=OFF, cancelled_at=clock.now())
    (event,) = (await events()).values()
    assert (event["status"], event["sequence"]) == ("CANCELLED", 1)
    assert event["description"].startswith("The work will not take place.")
    assert await told() == await told("/upcoming") == []


async def test_long_and_strange_words_stay_whole(world, events):
    title = "Wartung; 数据库, 升级\\ " + "übermäßig " * 20
    body = "Zeile 1\n\nZeile 2: a,b;c\\n\r\nBEGIN:VEVENT\x0b " + "商" * 200
    await world.do(plan, 12, title=title, body=body)
    (event,) = (await events()).values()
    assert event["summary"] == " ".join(title.split())
    assert event["description"].replace("\n", "") == body.replace("\x0b", "").replace("\r", "").replace("\n", "")


async def test_a_calendar_of_one_component(world, client, events):
    await world.do(plan, 12, components=[world.components["checkout"].id])
    await world.do(plan, 13, components=[world.components["search"].id])
    assert list(await events(f"?component={component_id(world, 'search')}")) == ["MNT-13@status.quillhaven.example"]
    assert (await client.get("/maintenance.ics?component=nothing")).status_code == 404
    assert (await client.get("/maintenance.ics?component=%00")).status_code == 400


async def test_a_calendar_is_the_same_until_something_changes(world, clock, make_client):
    await world.do(plan, 12)
    async with make_client() as client:
        first = await client.get("/maintenance.ics")
    clock.advance(hours=3)
    async with make_client() as client:
        again = await client.get("/maintenance.ics", headers={"If-None-Match": first.headers["etag"]})
        dated = await client.get("/maintenance.ics", headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (again.status_code, dated.status_code) == (304, 304)


async def test_planned_work_is_theirs_key_by_key(world, told):
    theirs = sample("summary")["scheduled_maintenances"]
    await world.do(plan, 12, components=[world.components["checkout"].id])
    ours = await told()
    assert list(differences(ours, theirs, added={"start_date", "reminder_intervals"})) == []
    assert values("Incident", "status") >= {"scheduled", "in_progress", "verifying", "completed"}


async def test_work_goes_from_upcoming_to_active_to_the_past(world, clock, told, client):
    await world.do(plan, 12, components=[world.components["checkout"].id])
    (upcoming,) = await told("/upcoming")
    assert (upcoming["status"], upcoming["impact"], upcoming["shortlink"]) == (
        "scheduled",
        "maintenance",
        f"{BASE}/maintenance/MNT-12",
    )
    assert (upcoming["scheduled_for"], upcoming["scheduled_until"]) == (
        "2026-11-25T03:00:00.000Z",
        "2026-11-25T05:00:00.000Z",
    )
    assert await told("/active") == []
    clock.advance(days=1)
    await world.do(change, 12, state=WORKING, started_at=clock.now())
    await world.do(say, 12, WORKING, "It has begun.")
    (active,) = await told("/active")
    assert await told("/upcoming") == []
    assert [update["status"] for update in active["incident_updates"]] == ["in_progress", "scheduled"]
    assert [each["affected_components"][0]["new_status"] for each in active["incident_updates"]] == [
        "under_maintenance",
        "operational",
    ]
    assert (await client.get("/api/v2/summary.json")).json()["scheduled_maintenances"] == [active]
    clock.advance(hours=2)
    await world.do(change, 12, state=DONE, ended_at=clock.now())
    assert await told("/active") == []
    (past,) = await told()
    assert (past["status"], past["resolved_at"]) == ("completed", "2026-11-25T05:00:00.000Z")
    assert past["incident_updates"][0]["body"] == "The work is done."


async def test_feeds_tell_of_planned_work_as_well(world, clock, make_client):
    await world.do(plan, 12, components=[world.components["checkout"].id])
    clock.advance(minutes=1)
    await world.do(say, 12, MaintenanceState.SCHEDULED, "We bring it forward.")
    await world.do(say, 12, MaintenanceState.SCHEDULED, "Secret", withdrawn_at=clock.now())
    async with make_client() as client:
        for path in ("/feed.json", f"/feed.json?component={component_id(world, 'checkout')}"):
            items = (await client.get(path)).json()["items"]
            assert [item["content_html"].strip() for item in items] == [
                "<p>We bring it forward.</p>",
                "<p>We move the <em>database</em>; orders pause for a minute.</p>",
            ]
        assert items[1]["title"] == "Database upgrade: Planned for Wed 25 Nov 2026, 03:00 UTC to 05:00 UTC"
        assert items[1]["url"] == f"{BASE}/maintenance/MNT-12"
        other = f"/feed.json?component={component_id(world, 'search')}"
        assert (await client.get(other)).json()["items"] == []
        for path in ("/history.atom", "/maintenance.ics", "/api/v2/scheduled-maintenances.json"):
            assert "Secret" not in (await client.get(path)).text
