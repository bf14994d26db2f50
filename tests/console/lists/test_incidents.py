"""The list of incidents: what it shows and to whom, its filters, taking several, and filters that are kept."""

import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from actions.endings import decline_incident
from actions.reports import acknowledge_incident, report_incident
from actions.saved_filters import save_filter
from actions.stages import change_stage
from core import ids
from models.incident import Incident
from models.saved_filter import SavedFilter
from models.words import Stage, Visibility
from tests.console.lists.conftest import counting, text_of, words

LIST = "/console/incidents"


@pytest.fixture
async def several(world):
    """Reported, declared twice, resolved, and a private one of Ada's."""
    made = {
        "report": await world.do(report_incident, world.ben, title="Search feels slow", services=["search-api"]),
        "down": await world.do(
            declare_incident, world.ben, title="Checkout is down", severity="SEV1", services=["checkout-api"]
        ),
        "mails": await world.do(
            declare_incident, world.chi, title="Mails come late", severity="SEV3", labels={"region": "eu-1"}
        ),
        "over": await world.do(declare_incident, world.dov, title="Cart lost items", severity="SEV2"),
        "secret": await world.do(
            declare_incident, world.ada, title="Keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
        ),
    }
    for stage in (Stage.MITIGATION, Stage.RESOLUTION):
        await world.do(change_stage, world.dov, incident=made["over"].reference, stage=stage)
    return {name: row.reference for name, row in made.items()}


async def test_what_is_open_stands_first_with_what_is_late(clock, browse, several):
    clock.advance(hours=2)
    eve = await browse("eve")
    page = await eve.get(LIST)
    said = words(page)
    assert page.status_code == 200
    first, second = map(text_of, page.text.split('aria-labelledby="over-title"'))
    assert [first.find(several[name]) > 0 for name in ("down", "mails", "report", "over")] == [True, True, True, False]
    assert first.index(several["down"]) < first.index(several["mails"]) < first.index(several["report"])
    assert "Cart lost items" in second
    assert "Keys leaked" not in said
    assert several["secret"] not in page.text
    assert "Internal update" in first
    assert "late" in first
    assert "No Incident Commander" in first
    assert 'name="incident"' not in page.text, "who may only read ticks nothing"
    assert "Declare an incident" not in said
    assert "Keys leaked" in words(await (await browse("ada")).get(LIST))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("stages=DETECTION", {"report"}),
        ("stages=RESOLUTION", {"over"}),
        ("severities=sev1&severities=SEV3", {"down", "mails"}),
        ("services=search-api", {"report"}),
        ("commander=chi%40quillhaven.example", set()),
        ("labels=region%3Deu-1", {"mails"}),
        ("text=checkout+dow", {"down"}),
        ("kinds=DRILL", set()),
        ("visibility=PRIVATE", set()),
        ("open=no", {"over"}),
        ("open=yes", {"report", "down", "mails"}),
        ("declared_after=2026-11-24T00:00", {"down", "mails", "over"}),
        ("declared_before=2026-11-24T00:00", set()),
    ],
)
async def test_every_line_of_the_filter_stands_in_the_address(browse, several, query, shown):
    page = await (await browse("ben")).get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert {name for name, reference in several.items() if f'/incidents/{reference}"' in page.text} == shown


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("stages=NOPE", "stages", "is not one of the choices"),
        ("severities=SEV9", "severities", "There is no severity"),
        ("services=nope", "services", "There is no service"),
        ("commander=nobody-here", "commander", "Nobody here is called"),
        ("labels=region", "labels", "is no label"),
        ("text=" + "+".join("abcdefghijklmnopqrstuvw"), "text", "are too many"),
        ("declared_after=yesterday", "declared_after", "is not a time"),
        ("order=BEST", "order", "is not one of the choices"),
    ],
)
async def test_a_filter_that_can_not_be_used_says_why_and_the_list_stays(browse, several, query, field, reason):
    page = await (await browse("ben")).get(f"{LIST}?{query}")
    assert page.status_code == 422
    assert reason in words(page)
    assert several["down"] in page.text
    if field in ("text", "commander", "labels", "declared_after", "services"):
        assert f'name="{field}"' in page.text
        assert 'aria-invalid="true"' in page.text
    written = query.partition("=")[2]
    if field in ("commander", "labels"):
        assert f'value="{written}"' in page.text, "what was written stays"


async def test_pages_go_on_by_keys_and_a_cursor_of_elsewhere_is_refused(world, browse):
    for number in range(52):
        await world.do(report_incident, world.ben, title=f"Report {number}")
    ben = await browse("ben")
    page = await ben.get(f"{LIST}?order=OLDEST&open=yes")
    assert page.text.count('<div class="what">') == 50
    on = page.text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    further = await ben.get(on)
    assert "Report 51" in further.text
    assert further.text.count('<div class="what">') == 2
    back = further.text.partition('rel="prev"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await ben.get(back)).text.count('<div class="what">') == 50
    assert (await ben.get(f"{LIST}?after=nonsense")).status_code == 422


async def test_empty_lists_teach(browse):
    ben = await browse("ben")
    assert "When something seems wrong, declare it" in words(await ben.get(LIST))
    assert "No incident that is open fits" in words(await ben.get(f"{LIST}?text=zebra"))


async def test_several_reports_are_taken_at_once_and_what_can_not_be_is_told(world, browse, several):
    other = (await world.do(report_incident, world.chi, title="Odd")).reference
    gone = (await world.do(report_incident, world.chi, title="Gone")).reference
    ben = await browse("ben")
    page = await ben.get(LIST)
    await world.do(decline_incident, world.dov, incident=gone, reason="Nothing.")
    chosen = [several["report"], other, gone]
    answer = await ben.send(page, "acknowledge", incident=chosen)
    assert answer.status_code == 422
    assert "2 acknowledged, 1 not acknowledged." in words(answer)
    assert f"{gone} :" in words(answer) or f"{gone}:" in words(answer)
    async with world.database.reading() as reader:
        keys = [int(each[4:]) for each in chosen]
        rows = await reader.rows(Incident, select(Incident).where(Incident.id.in_(keys)).order_by(Incident.id))
    assert [row.stage for row in rows] == [Stage.TRIAGE, Stage.TRIAGE, Stage.DECLINED]
    again = await ben.send(page, "acknowledge", incident=[several["report"], other])
    assert (again.status_code, again.headers["location"]) == (303, LIST), "the same form once more does nothing"
    for reference in (several["report"], other):
        assert len(await world.events(int(reference[4:]), "incident.acknowledged")) == 1
    await world.do(report_incident, world.chi, title="Another")
    nothing = await ben.send(await ben.get(LIST), "acknowledge")
    assert (nothing.status_code, "No incident is ticked" in words(nothing)) == (422, True)


async def test_who_may_not_take_reports_is_refused_line_by_line(world, browse, several):
    eve = await browse("eve")
    answer = await eve.post("/console/incidents/acknowledge", _key="k", incident=several["report"])
    assert (answer.status_code, "0 acknowledged, 1 not acknowledged" in words(answer)) == (422, True)
    ben = await browse("ben")
    hidden = await ben.post("/console/incidents/acknowledge", _key="k", incident=several["secret"])
    assert "Keys leaked" not in hidden.text
    assert (await world.incident(int(several["report"][4:]))).stage is Stage.DETECTION
    assert await world.events(None, "incident.acknowledged") == []
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
    refused = await ben.post("/console/incidents/acknowledge", foreign, incident=several["report"])
    assert refused.status_code == 403
    led = await (await browse(None)).get(LIST)
    assert (led.status_code, led.headers["location"]) == (303, "/auth/login?next=/console/incidents")


async def _kept(world):
    async with world.database.reading() as reader:
        return await reader.rows(SavedFilter, select(SavedFilter).order_by(SavedFilter.id))


async def test_a_filter_is_kept_shown_as_a_chip_and_forgotten(world, browse):
    ben = await browse("ben")
    query = "severities=SEV1&commander=ben%40quillhaven.example&labels=a%3Db&open=yes&order=OLDEST&text=x"
    page = await ben.get(f"{LIST}?{query}")
    answer = await ben.send(page, "save", name="Night")
    assert (answer.status_code, answer.headers["location"].startswith(LIST + "?")) == (303, True)
    (row,) = await _kept(world)
    assert row.filter == {
        "open": True,
        "severities": ["SEV1"],
        "commander": world.id_of("ben"),
        "labels": {"a": "b"},
        "text": "x",
    }
    assert (row.name, row.order, row.owner_id) == ("Night", "OLDEST", world.users["ben"].id)
    shown = await ben.get(answer.headers["location"])
    assert 'aria-current="page">Night</a>' in shown.text
    assert "Forget “Night”" in words(shown)
    assert "Night" not in (await (await browse("chi")).get(LIST)).text
    await ben.send(page, "save", name="Night")
    assert len(await _kept(world)) == 1
    chi = await browse("chi")
    reference = ids.encode("SavedFilter", row.id)
    assert (await chi.post("/console/incidents/filters/delete", id=reference, _key="k")).status_code == 404
    assert (await ben.post("/console/incidents/filters/delete", id=reference, _key="k")).status_code == 303
    assert await _kept(world) == []


async def test_a_filter_that_can_not_be_kept_comes_back(world, browse):
    ben = await browse("ben")
    page = await ben.get(f"{LIST}?text=disk")
    answer = await ben.send(page, "save", name="n" * 70)
    assert (answer.status_code, "at most 60 are kept" in words(answer)) == (422, True)
    assert "n" * 70 in answer.text, "what was written stays"
    wrong = await ben.post("/console/incidents/filters", _key="k", name="X", severities="SEV9")
    assert (wrong.status_code, "There is no severity" in words(wrong)) == (422, True)
    assert await _kept(world) == []


async def test_forms_that_are_opened_by_themselves_lead_back(browse):
    ben = await browse("ben")
    for path in ("acknowledge", "filters", "filters/delete"):
        answer = await ben.get(f"{LIST}/{path}")
        assert (answer.status_code, answer.headers["location"]) == (303, LIST)


async def test_the_list_asks_as_many_questions_for_forty_incidents_as_for_four(world, browse):
    async def count():
        with counting(world) as sent:
            assert (await ben.get(LIST)).status_code == 200
        return len(sent)

    ben = await browse("ben")
    for number in range(2):
        await world.do(declare_incident, world.ben, title=f"Down {number}", severity="SEV1", services=["search-api"])
        report = await world.do(report_incident, world.ben, title=f"Slow {number}")
        await world.do(acknowledge_incident, world.ben, incident=report.reference)
    await world.do(save_filter, world.ben, name="Mine", filter={"commander": world.id_of("ben")})
    few = await count()
    for number in range(18):
        await world.do(declare_incident, world.chi, title=f"More {number}", severity="SEV2", services=["checkout-api"])
        await world.do(report_incident, world.ben, title=f"Slower {number}")
        await world.do(save_filter, world.ben, name=f"Mine {number}", filter={"commander": world.id_of("chi")})
    assert await count() == few
    assert few <= 25
