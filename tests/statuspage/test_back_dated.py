"""An update that is dated back stands by its date everywhere, and readers notice that it is new."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from models.words import ComponentStatus, PublicStatus
from tests.telling import make_incident, tell

MAJOR = ComponentStatus.MAJOR_OUTAGE
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def told(world, clock):
    """Investigating at 03:00, watching at 03:30, and at 04:00 what was seen at 03:10."""
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7, body="First.", claims=[("checkout", MAJOR)])
    clock.advance(minutes=30)
    await tell(world, 7, PublicStatus.MONITORING, "Third.")
    clock.advance(minutes=30)
    moment = clock.now() - timedelta(minutes=50)
    await tell(world, 7, PublicStatus.IDENTIFIED, "Second.", published_at=moment)
    return moment


async def test_the_page_has_it_in_its_place_and_says_when_it_was_posted(told, now_shown):
    for path in ("/", "/incidents/INC-7"):
        page = await now_shown(path)
        assert page.index("Third.") < page.index("Second.") < page.index("First.")
        assert page.count("Posted later, 04:00 UTC") == 1
        assert "We are watching the fix" in page
        assert "Promised by 03:30, kept" in page
        assert page.count("Promised by") == 1
    assert "We promised an update by 04:00 UTC" in page
    assert told


async def test_feeds_have_it_in_its_place_with_the_time_at_which_it_was_written(told, now_shown):
    feed = ET.fromstring(await now_shown("/history.atom"))  # noqa: S314 (our own)
    entries = feed.findall(f"{ATOM}entry")
    assert [e.find(f"{ATOM}content").text.strip() for e in entries] == [
        "<p>Third.</p>",
        "<p>Second.</p>",
        "<p>First.</p>",
    ]
    dated = entries[1].find(f"{ATOM}published").text, entries[1].find(f"{ATOM}updated").text
    assert [each[11:16] for each in dated] == ["03:10", "04:00"]
    assert feed.find(f"{ATOM}updated").text == dated[1], "a reader that asks what is new finds it"
    items = json.loads(await now_shown("/feed.json"))["items"]
    assert [item["content_html"].strip() for item in items] == ["<p>Third.</p>", "<p>Second.</p>", "<p>First.</p>"]
    assert items[1]["date_modified"][11:16] == "04:00"
    assert told


async def test_documents_for_machines_have_it_in_its_place(told, now_shown):
    state = json.loads(await now_shown("/status.json"))
    (incident,) = state["incidents"]
    assert [each["body"] for each in incident["updates"]] == ["Third.", "Second.", "First."]
    assert [each["number"] for each in incident["updates"]] == [2, 3, 1], "a number stays what it was"
    assert incident["status"] == "MONITORING"
    assert state["updatedAt"][11:16] == "04:00"
    (theirs,) = json.loads(await now_shown("/api/v2/incidents.json"))["incidents"]
    assert [each["body"] for each in theirs["incident_updates"]] == ["Third.", "Second.", "First."]
    second = theirs["incident_updates"][1]
    assert [second[name][11:16] for name in ("display_at", "created_at", "updated_at")] == ["03:10", "04:00", "04:00"]
    assert theirs["status"] == "monitoring"
    assert told


async def test_uptime_and_bars_are_as_they_were(world, clock, now_shown):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    clock.advance(minutes=30)
    await tell(world, 7, PublicStatus.RESOLVED)
    before = json.loads(await now_shown("/status.json"))["components"]
    await tell(world, 7, body="Long ago.", published_at=clock.now() - timedelta(days=20))
    assert json.loads(await now_shown("/status.json"))["components"] == before
    assert "Wed 4 Nov" in await now_shown("/history")


async def test_a_promise_that_was_missed_is_not_kept_by_dating_back(world, clock, now_shown):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7)
    clock.advance(minutes=50)
    await tell(world, 7, PublicStatus.IDENTIFIED, published_at=clock.now() - timedelta(minutes=25))
    page = await now_shown("/incidents/INC-7")
    assert ", kept" not in page
    assert "We promised an update by 03:30 UTC and have not posted it yet." in page
