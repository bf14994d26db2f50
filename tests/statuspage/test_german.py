"""A page in German: every page, feed, picture and calendar speaks it, and machines notice nothing."""

from datetime import timedelta

import feedparser
import icalendar
import pytest

from actions.catalogue.components import save_component
from models.words import ComponentStatus, PublicStatus
from statuspage.catalogue import collected
from statuspage.language import ENGLISH, language_of
from tests.pages import stories
from tests.statuspage.conftest import name_organisation

GERMAN = language_of("de")
PATHS = ("/", "/history", "/history?month=2026-11", "/history?q=nirgends", "/embed", "/subscribe", "/incidents/INC-123")


@pytest.fixture
async def german(world, clock):
    await stories.past(world, clock)
    await stories.trouble(world, clock)
    await world.do(name_organisation, language="de", time_zone="Europe/Berlin")
    return world


def english():
    """Sentences of two words or more that are others in German, and have no gap."""
    for message in collected():
        for text in message.id if isinstance(message.id, tuple) else (message.id,):
            if " " in text and "%" not in text and GERMAN.gettext(text) != text:
                yield text


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("path", PATHS)
async def test_no_english_is_left_on_a_page(client, path):
    page = (await client.get(path)).text
    assert '<html lang="de">' in page
    assert [text for text in english() if f">{text}<" in page or f'"{text}"' in page] == []


@pytest.mark.usefixtures("german")
async def test_the_home_page_says_how_things_stand_in_german(client):
    page = (await client.get("/")).text
    assert "ist ausgefallen." in page
    assert "Schwerer Ausfall seit " in page
    assert "\u00a0Uhr\u00a0MEZ" in page
    assert "Uhr MEZ" not in page, "an hour never leaves its zone at the end of a line"
    assert "Alle Zeiten in MEZ." in page
    assert "\u00a0%" in page
    assert "Min.." not in page
    assert "Keine Störungen<span" in page
    assert "Die letzten" in page


@pytest.mark.usefixtures("german")
async def test_months_and_days_are_german(client):
    page = (await client.get("/history")).text
    assert "Störungen nach Monaten" in page
    assert "Oktober 2026" in (await client.get("/history?month=2026-10")).text
    assert any(f"{day}., " in page for day in ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"))


@pytest.mark.usefixtures("german")
async def test_feeds_are_german_and_say_so(client):
    atom, rss = [feedparser.parse((await client.get(f"/history.{kind}")).content) for kind in ("atom", "rss")]
    assert (atom.feed.language, rss.feed.language) == ("de", "de")
    assert atom.feed.title == rss.feed.title == "Status von Quillhaven"
    assert any(entry.title.endswith(": Wird untersucht") for entry in atom.entries)
    assert rss.feed.subtitle == "Was Quillhaven zu Störungen und Wartungsarbeiten meldet."
    told = (await client.get("/feed.json")).json()
    assert (told["language"], told["title"]) == ("de", "Status von Quillhaven")


async def test_the_calendar_is_german(world, clock, client):
    await stories.maintained(world, clock)
    await world.do(name_organisation, language="de")
    calendar = icalendar.Calendar.from_ical((await client.get("/maintenance.ics")).content)
    assert calendar["x-wr-calname"] == "Quillhaven: geplante Wartungsarbeiten"
    assert "Die Arbeiten" in calendar.to_ical().decode()


@pytest.mark.usefixtures("german")
async def test_the_badge_and_the_fragment_are_german(client):
    badge, fragment = (await client.get("/badge.svg")).text, (await client.get("/fragment.html")).text
    assert "Status von Quillhaven: schwerer Ausfall" in badge
    assert 'lang="de"' in fragment
    assert "ist ausgefallen." in fragment


@pytest.mark.usefixtures("german")
async def test_values_for_machines_stay_as_they_are(client):
    status = (await client.get("/status.json")).json()
    assert status["state"] == "MAJOR_OUTAGE"
    assert status["incidents"][0]["status"] in set(PublicStatus)
    assert {each["status"] for each in status["components"]} <= set(ComponentStatus)
    summary = (await client.get("/api/v2/summary.json")).json()
    assert summary["status"]["description"] in ("Partial System Outage", "Major System Outage")
    assert summary["incidents"][0]["status"] in ("investigating", "identified", "monitoring", "resolved")


@pytest.mark.usefixtures("german")
async def test_refusals_are_german(client):
    refused = await client.get("/history?month=november")
    assert refused.status_code == 400
    assert "„november“ ist kein Monat." in refused.text
    assert "Diese Seite gibt es nicht." in (await client.get("/nirgends")).text
    form = await client.post("/subscribe", data={"channel": "EMAIL", "address": "eve", "kinds": ["INCIDENTS"]})
    assert form.status_code == 400
    assert "„eve“ ist keine E-Mail-Adresse." in form.text
    assert "Schreiben Sie sie so: name@example.com." in form.text


@pytest.mark.usefixtures("german")
async def test_a_page_that_can_not_be_read_is_german_once_it_was_known(client, clock, cut):
    assert (await client.get("/")).status_code == 200
    await cut(answering=False)
    clock.advance(minutes=5)
    assert "Wir können den aktuellen Status nicht bestätigen." in (await client.get("/")).text
    missing = await client.get("/incidents/INC-7")
    assert missing.status_code == 503
    assert '<html lang="de">' in missing.text


async def test_what_people_wrote_stays_as_they_wrote_it(german, client):
    part = await german.do(save_component, german.ada, name="Resolved")
    assert part.name == "Resolved"
    assert "<bdi>Resolved</bdi>" in (await client.get("/")).text


async def test_an_unknown_language_of_an_old_row_is_english(world, client):
    await world.do(name_organisation, language="tlh")
    page = (await client.get("/")).text
    assert '<html lang="en">' in page


def test_lists_numbers_and_lengths_by_locale():
    assert GERMAN.listed(["A", "B", "C"]) == "A, B und C"
    assert [
        GERMAN.duration(timedelta(**length)) for length in ({"hours": 1}, {"days": 1}, {"days": 2, "hours": 3})
    ] == [
        "1\u00a0Std.",
        "1\u00a0Tag",
        "2\u00a0Tage 3\u00a0Std.",
    ]
    assert GERMAN.percent(99.9) == "99,90\u00a0%"
    assert GERMAN.percent(100.0) == "100\u00a0%"
    assert ENGLISH.percent(99.9) == "99.90 %"
    assert GERMAN.say("Resolved after %(length)s.", length="10 Min.") == "Behoben, Dauer: 10 Min."
