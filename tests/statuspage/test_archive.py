"""The history by month, back to the first incident, and the search in what was published."""

import re

import pytest

from actions.updates import edit_update, withdraw_update
from models.words import ComponentStatus, PublicStatus
from statuspage import archive
from tests.statuspage.conftest import name_organisation
from tests.telling import make_incident, tell, update_id

MAJOR = ComponentStatus.MAJOR_OUTAGE


async def one(world, clock, key, title, body="It is slow.", **inputs):
    await world.do(make_incident, key)
    said = await tell(world, key, body=body, public_title=title, **inputs)
    clock.advance(minutes=30)
    await tell(world, key, PublicStatus.RESOLVED, "All is well.")
    return said


def shown(page):
    return re.findall(r'href="/incidents/(INC-\d+)"', page)


async def a_year(world, clock):
    """INC-1 to INC-14, one a month from November 2026 on."""
    for key in range(1, 15):
        await one(world, clock, key, f"Number {key}")
        clock.advance(days=30)


async def test_a_month_has_a_page_of_its_own(world, clock, now_shown):
    await a_year(world, clock)
    page = await now_shown("/history?month=2027-02")
    assert "<title>Incidents in February 2027 – Quillhaven Status</title>" in page
    assert shown(page) == ["INC-4"]
    assert 'href="/history?month=2027-03" rel="next">Newer: March 2027' in page
    assert 'href="/history?month=2027-01" rel="prev">Older: January 2027' in page


async def test_the_way_back_leads_to_the_first_incident(world, clock, make_client):
    await a_year(world, clock)
    async with make_client() as client:
        page = (await client.get("/history")).text
        found = shown(page)
        while older := re.search(r'href="(/history[^"]+)" rel="prev"', page):
            page = (await client.get(older[1])).text
            found += shown(page)
    assert found == [f"INC-{key}" for key in range(14, 0, -1)]


async def test_months_are_those_of_the_organisation(world, clock, now_shown):
    await world.do(name_organisation, time_zone="Asia/Tokyo")
    clock.advance(days=6, hours=13)  # 30 November 16:00 UTC is 1 December in Tokyo
    await one(world, clock, 7, "At night")
    assert shown(await now_shown("/history?month=2026-12")) == ["INC-7"]
    assert shown(await now_shown("/history?month=2026-11")) == []


async def test_a_long_month_goes_on_where_it_ended(world, clock, make_client, monkeypatch):
    monkeypatch.setattr(archive, "PAGE", 4)
    for key in range(1, 11):
        await one(world, clock, key, "The same moment", body="Slow.")
        if key % 3 == 0:
            clock.advance(minutes=1)
    path, found = "/history?month=2026-11", []
    async with make_client() as client:
        while path:
            page = (await client.get(path)).text
            found.append(shown(page))
            more = re.search(r'href="(/history[^"]+)">More', page)
            path = more and more[1].replace("&amp;", "&")
    assert found == [[f"INC-{key}" for key in keys] for keys in ((10, 9, 8, 7), (6, 5, 4, 3), (2, 1))]


async def test_months_without_incidents_and_those_that_can_not_have_any(world, clock, now_shown):
    await one(world, clock, 7, "Once")
    clock.advance(days=40)
    assert "No incidents in December 2026." in await now_shown("/history?month=2026-12")
    assert "This month is yet to come." in await now_shown("/history?month=2030-01")
    early = await now_shown("/history?month=1999-05")
    assert "Nothing was published as early as that." in early
    assert 'rel="prev"' not in early


async def test_words_of_titles_and_of_updates_are_found(world, clock, now_shown):
    await one(world, clock, 7, "Card payments fail", "The bank's gateway is slow.")
    await one(world, clock, 8, "Search is slow", "An index is missing.")
    await one(world, clock, 9, None, "Nothing to do with the others.")
    for words, found in {
        "payments": ["INC-7"],
        "PAY": ["INC-7"],
        "slow": ["INC-8", "INC-7"],
        "gateway slow": ["INC-7"],
        "gateway index": [],
        "well": ["INC-9", "INC-8", "INC-7"],
        "bank's": ["INC-7"],
        "melted": [],
        "Acme": [],
    }.items():
        page = await now_shown(f"/history?q={words}")
        assert shown(page) == found, words
    assert "Nothing that we published has all of these words" in page
    assert "Incidents with “acme”" in page


async def test_withdrawn_and_replaced_words_are_not_found(world, clock, now_shown):
    said = await one(world, clock, 7, "Payments", "Zebras everywhere.")
    await world.do(edit_update, world.ben, update=update_id(said), body="Horses everywhere.")
    assert shown(await now_shown("/history?q=zebras")) == []
    assert shown(await now_shown("/history?q=horses")) == ["INC-7"]
    await world.do(withdraw_update, world.ben, update=update_id(said), reason="Wrong")
    assert shown(await now_shown("/history?q=horses")) == []


async def test_rare_words_are_found_far_back_and_frequent_ones_page_by_page(world, clock, make_client, monkeypatch):
    monkeypatch.setattr(archive, "PAGE", 3)
    monkeypatch.setattr(archive, "LOOKED_AT", 5)
    await one(world, clock, 1, "Unicorn")
    for key in range(2, 12):
        await one(world, clock, key, "Usual")
    async with make_client() as client:
        assert shown((await client.get("/history?q=unicorn")).text) == ["INC-1"]
        path, found = "/history?q=slow", []
        while path:
            page = (await client.get(path)).text
            found += shown(page)
            more = re.search(r'href="(/history[^"]+)">More', page)
            path = more and more[1].replace("&amp;", "&")
    assert found == [f"INC-{key}" for key in range(11, 0, -1)]


async def test_what_stands_in_some_incidents_is_found_however_it_is_looked_for(world, clock, make_client, monkeypatch):
    monkeypatch.setattr(archive, "PAGE", 2)
    monkeypatch.setattr(archive, "LOOKED_AT", 4)
    monkeypatch.setattr(archive, "FREQUENT", 1)
    for key in range(1, 15):
        await one(world, clock, key, "Search" if key % 3 == 0 else "Checkout")
    for most in (0, 4, 12, 1000):  # by the index, in one turn, in two, to the end
        monkeypatch.setattr(archive, "MOST_LOOKED_AT", most)
        path, found = "/history?q=search", []
        async with make_client() as client:
            while path:
                page = (await client.get(path)).text
                found.append(shown(page))
                more = re.search(r'href="(/history[^"]+)">More', page)
                path = more and more[1].replace("&amp;", "&")
        assert found == [["INC-12", "INC-9"], ["INC-6", "INC-3"]], most


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"month": "2026-13"}, "month"),
        ({"month": "november"}, "month"),
        ({"month": "2026-11-01"}, "month"),
        ({"month": "0000-01"}, "month"),
        ({"month": "2026-11", "q": "payments"}, "month"),
        ({"month": "2026-11", "before": "7"}, "before"),
        ({"month": "2026-11", "before": "INC-9223372036854775808"}, "before"),
        ({"q": "x" * 101}, "q"),
        ({"q": "a b c d e f g h i j k"}, "q"),
        ({"q": "x" * 3000}, "query"),
    ],
)
async def test_what_can_not_be_answered_is_refused_with_the_field(client, question, field):
    answer = await client.get("/history", params=question)
    assert answer.status_code == 400
    assert answer.headers["cache-control"] == "no-store"
    assert f"INVALID_INPUT in <code>{field}</code>" in answer.text


@pytest.mark.parametrize(
    "question",
    ["q=", "q=%20", "", "month=", "utm_source=x", "q=%00", "month=&q="],
)
async def test_a_question_that_asks_nothing_is_the_history(client, question):
    answer = await client.get(f"/history?{question}")
    assert answer.status_code == 200
    assert "<title>History – Quillhaven Status</title>" in answer.text


OVERRIDE = "\u202e"
SIGNS = ("'", "\\", "a' | 'b", ":*", "&", "!x", "<->", "--", "%", "it's", "<script>", f"{OVERRIDE}abc", "'''")


@pytest.mark.parametrize("words", SIGNS)
async def test_signs_are_only_signs(world, clock, client, words):
    await one(world, clock, 7, "Payments")
    answer = await client.get("/history", params={"q": words})
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert OVERRIDE not in answer.text


async def test_a_question_in_no_encoding_is_refused(client):
    assert (await client.get("/history?q=%ff")).status_code == 400
    assert (await client.get("/history?" + "&".join(f"a{n}=1" for n in range(60)))).status_code == 400


async def test_answers_are_kept_until_something_changes(world, clock, runtime, make_client):
    world.database.on_commit = runtime.live.on_commit
    await one(world, clock, 7, "Payments")
    async with make_client() as client, runtime.live.running():
        first = await client.get("/history?q=payments")
        again = await client.get("/history?q=%20PAYMENTS%20", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        await one(world, clock, 8, "Payments again", claims=[("checkout", MAJOR)])
        assert shown((await client.get("/history?q=payments")).text) == ["INC-8", "INC-7"]
