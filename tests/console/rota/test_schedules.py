"""Schedules in the command centre: made, read, covered, swapped, and in a calendar."""

import re
from datetime import date, timedelta

import icalendar

from actions.catalogue.people import save_user
from actions.schedules.covering import add_override
from core import ids
from tests.actions.schedules.calls import called, layer, schedule
from tests.console.desk import words as text_of
from tests.console.lists.conftest import Browser

ON_CALL = "/console/on-call"
BEN, CHI = "ben@quillhaven.example", "chi@quillhaven.example"
DAY = timedelta(days=1)


def words(page):
    return text_of(page.text)


async def at(sits, person):
    return Browser((await sits(person)).client)


async def made(dov, **fields):
    blank = await dov.get(f"{ON_CALL}/new")
    given = {
        "name": "Primary", "zone": "Europe/Berlin", "layers.0.name": "Days", "layers.0.participants": f"{BEN}\n{CHI}",
        "layers.0.kind": "DAILY", "layers.0.length": "1", "layers.0.hand_over": "00:00",
        "layers.0.start": "2026-01-01", "layers.0.holidays": "ALSO",
    }  # fmt: skip
    return blank, await dov.send(blank, "schedule", **{**given, **fields})


async def test_a_schedule_is_made_read_changed_and_archived_without_javascript(world, sits):
    dov, eve = await at(sits, "dov"), await at(sits, "eve")
    assert "No schedule yet. A manager or an admin adds one." in words(await eve.get(ON_CALL))
    assert (await eve.get(f"{ON_CALL}/new")).status_code == 403
    assert (await eve.get("/console/oncall")).headers["location"] == ON_CALL
    for field, value, said in (
        ("layers.0.participants", "nobody@quillhaven.example", "Nobody here has the address"),
        ("layers.0.windows", "always", "are no hours"),
        ("layers.0.start", "soon", "is no date"),
        ("layers.0.length", "900", "out of bounds"),
        ("free_days", "Christmas", "is no date"),
        ("zone", "Berlin", "not a time zone"),
    ):
        _, refused = await made(dov, **{field: value})
        assert refused.status_code == 422
        assert said in words(refused)
        assert value in refused.text, "what was written stays"
        assert re.search(rf'name="{re.escape(field)}"[^>]*aria-invalid="true"', refused.text)
    _, saved = await made(dov, team=ids.encode("Team", world.teams["payments"].id))
    here = saved.headers["location"]
    page = await eve.get(here)
    (who,) = (await called(world)).values()
    name = {"ben": "Ben Silva", "chi": "Chi Tran"}[who]
    assert f"Now {name}, until" in words(page)
    assert "<title>Nobody" not in page.text
    assert f"Payments Primary {name} until" in words(await eve.get(ON_CALL))
    form = await dov.get(f"{here}/edit")
    assert f"{BEN}\n{CHI}" in form.text
    fields = {"layers.0.windows": "Mon-Fri 08:00-20:00", "country": "DE", "free_days": "2026-12-24 Christmas Eve"}
    changed = await dov.send(form, "schedule", name="First", zone="Europe/Berlin", **{
        "layers.0.name": "Days", "layers.0.participants": BEN, "layers.0.kind": "WEEKLY", "layers.0.length": "1",
        "layers.0.start": "2026-01-01", "layers.0.holidays": "NOT", **fields,
    })  # fmt: skip
    assert changed.headers["location"] == here
    page = await eve.get(f"{here}?days=7&from=2026-12-21")
    assert "Nobody is on call from" in words(page)
    assert "7 days from 21 Dec 2026" in words(page)
    assert "Fri 25 Dec" not in re.search(r'<table class="rows">(.*?)</table>', page.text, re.DOTALL)[1]
    again = await dov.get(f"{here}/edit")
    assert "Mon-Fri 08:00-20:00" in again.text
    assert "2026-12-24 Christmas Eve" in again.text
    stale = await dov.send(form, "schedule", name="Second", zone="Europe/Berlin", _key="another")
    assert (stale.status_code, "is at version 2 by now" in words(stale)) == (409, True)
    await dov.send(again, "schedule", name="First", zone="Europe/Berlin", archived="yes")
    assert "Now archived" in words(await eve.get(here))
    assert "Archived (1)" in words(await eve.get(ON_CALL))


async def test_people_take_over_hand_back_and_swap(world, clock, sits):
    row = await schedule(world, layers=[layer(world, "ben", "chi", start=clock.now().date())], team="platform")
    here = f"{ON_CALL}/{ids.encode('Schedule', row.id)}"
    ben, ada = await at(sits, "ben"), await at(sits, "ada")
    other = await ada.send(await ada.get(here), "cover", user="me", ends_at="2026-11-24T23:00", reason="Ben is ill")
    assert other.headers["location"] == here
    assert await called(world) == {"Primary": "ada"}
    page = await ben.get(here)
    assert "Ben is ill" in words(page)
    assert "take-back" not in page.text, "it is Ada's"
    foreign = await ben.send(page, "cover", user=world.id_of("chi"), ends_at="2026-11-24T22:00")
    assert (foreign.status_code, "may not put others on call" in words(foreign)) == (403, True)
    past = await ben.send(page, "cover", user="me", ends_at="2020-01-01T00:00")
    assert (past.status_code, "has passed" in words(past)) == (422, True)
    key = re.search(r'name="override" value="([^"]+)"', (await ada.get(here)).text)[1]
    await ada.post(f"{here}/take-back", override=key)
    assert await called(world) == {"Primary": "ben"}
    options = re.findall(r'<option value="([^"]+/[^"]+)"', (await ben.get(here)).text)
    wrong = await ben.post(f"{here}/swap", starts_at=options[1], other_starts_at="soon")
    assert (wrong.status_code, "This is no shift." in words(wrong)) == (422, True)
    await ben.post(f"{here}/swap", starts_at=options[1], other_starts_at=options[2])
    assert (await called(world, clock.now() + DAY), await called(world, clock.now() + 2 * DAY)) == (
        {"Primary": "ben"},
        {"Primary": "chi"},
    )
    assert (await ben.get(f"{ON_CALL}/{ids.encode('Schedule', 999)}")).status_code == 404
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    assert "Ben Silva has left: their shifts are nobody's" in words(await ada.get(here))


async def test_a_calendar_shows_shifts_to_whoever_has_its_link(world, clock, sits):
    row = await schedule(world, layers=[layer(world, "ben", "chi", start=date(2026, 11, 1))])
    here = f"{ON_CALL}/{ids.encode('Schedule', row.id)}"
    ben, nobody = await at(sits, "ben"), (await at(sits, "eve"))

    async def link(**fields):
        page = await ben.post(f"{here}/link", **{"own": "", **fields})
        return re.search(r"(/oncall/[^<]+\.ics)", page.text)[1]

    async def events(address):
        answer = await nobody.get(address)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        found = icalendar.Calendar.from_ical(answer.text)
        return {str(each["uid"]): each for each in found.walk("VEVENT")}

    whole, own = await link(), await link(own="yes")
    shown, mine = await events(whole), await events(own)
    assert {str(each["summary"]) for each in shown.values()} == {"Ben Silva: Primary", "Chi Tran: Primary"}
    assert {str(each["summary"]) for each in mine.values()} == {"On call: Primary"}
    assert mine.keys() < shown.keys()
    assert all(each.end - each.start == DAY for each in list(shown.values())[2:-1])
    clock.advance(hours=6)
    cover = {"schedule": "Primary", "user": world.id_of("chi"), "starts_at": clock.now() + 2 * DAY}
    await world.do(add_override, world.dov, **cover, ends_at=clock.now() + 2.5 * DAY)
    later = await events(whole)
    assert len(shown.keys() - later.keys()) <= 1, "shifts keep their UIDs from day to day, whoever has them"
    again = await link()
    assert (await nobody.get(whole)).status_code == 404
    assert (await nobody.get("/oncall/1.0.ffff.ics")).status_code == 404
    assert await events(again)
    await world.do(save_user, world.ada, id=world.id_of("ben"), archived=True)
    assert (await nobody.get(again)).status_code == 404
