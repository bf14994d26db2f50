"""Who is on call: asked of pagers by jobs, told by the API and in Slack, and let into channels."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from starlette.responses import Response

from actions.outward import on_call as rosters
from actions.outward.settings import save_integration
from core import ids
from integrations.failures import Permanent
from jobs import on_call as asking
from models.on_call import OnCall, OnCallRoster, for_service
from models.words import Visibility
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.pager_desk import pager_adaptor, pager_at
from tests.outward.pagerduty_double import KEY, SEARCH_KEY

NAMES = """{ integrations { key onCall { age error asOf people { name email rota service until user { name } } } } }"""


@pytest.fixture
async def desk(world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, "pagerduty", monkeypatch) as made:
        made.vendor.on_calls = [
            ("PUSER01", "PPOLICY1", 1, (world.clock.now() + timedelta(hours=3)).isoformat()),
            ("PUSER09", "PPOLICY1", 2, None),
            ("PUSER02", "PPOLICY2", 1, None),
            ("PUSER09", "PPOLICY3", 1, None),
        ]
        yield made


async def ask(desk):
    """The chore looks, and the jobs run."""
    found = await rosters.sweep_on_call(desk.world.database)
    await do(desk)
    return found


async def do(desk):
    with jobs_with(desk.world.database, desk.tmp_path, webhook_allow_private=True):
        await run_jobs(desk.world.database, "pager.on_call")


async def forget(desk):
    """As if the pager had never been asked."""
    async with desk.world.database.unit_of_work() as session:
        await session.execute(delete(OnCallRoster))


async def told(sender):
    """What the API says of the pager."""
    found = (await sender.asks("eve", NAMES))["integrations"]
    return next(each["onCall"] for each in found if each["key"] == "pagerduty")


def asked(desk, path):
    return [each for each in desk.vendor.asked if each[1] == path]


async def test_the_first_level_of_each_service_is_asked_page_by_page(clock):
    async with pager_adaptor("pagerduty", clock) as (vendor, pager):
        vendor.services = {"x" * 32: "Other", "y" * 32: "Other", KEY: "Shop", SEARCH_KEY: "Search"}
        end = "2026-01-02T18:00:00+01:00"
        vendor.on_calls = [("PUSER09", "PPOLICY1", 2, None), ("PUSER09", "PPOLICY3", 1, None)]
        vendor.on_calls += [("PUSER01", "PPOLICY1", 1, end), ("PUSER02", "PPOLICY2", 1, None)]
        shop, search = await pager.on_call()
        assert (shop.name, shop.rota, shop.service, shop.until.isoformat()) == ("Ben Silva", "Shop", None, end)
        assert (search.name, search.service) == ("Sam Out", "search")
        vendor.services = {"x" * 32: "Other"}
        with pytest.raises(Permanent, match="shows no service with these integration keys"):
            await pager.on_call()
        assert vendor.faults == []
    async with pager_adaptor("pagerduty", clock, on_call_policies="PPOLICY3, search=PPOLICY2") as (vendor, pager):
        vendor.scopes.remove("services")
        vendor.on_calls = [("PUSER09", "PPOLICY3", 1, None), ("PUSER02", "PPOLICY2", 1, None)]
        assert [(each.name, each.service) for each in await pager.on_call()] == [
            ("Muster", None),
            ("Sam Out", "search"),
        ]


async def test_schedules_are_asked_by_name(clock):
    async with pager_adaptor("opsgenie", clock, schedules="Shop rota, search=Night & day") as (vendor, pager):
        vendor.rotas["Night & day"] = ["sam@elsewhere.example"]
        assert await pager.on_call() == [
            OnCall("ben@quillhaven.example", "ben@quillhaven.example", "Shop rota"),
            OnCall("sam@elsewhere.example", "sam@elsewhere.example", "Night & day", service="search"),
        ]
        assert vendor.faults == []
    async with pager_adaptor("opsgenie", clock, responders="schedule:Night") as (vendor, pager):
        vendor.rotas = {"Shop rota": ["a@b.example"], "Night": []}
        assert await pager.on_call() == []


def test_who_is_on_call_for_a_service_is_by_its_name_else_for_all():
    shop, search, twice = (
        OnCall("B", None, "Shop"),
        OnCall("S", None, "Find", service="search"),
        OnCall("B", None, "Shop"),
    )
    assert for_service([shop, search, twice], "search", "Search API") == [search]
    assert for_service([shop, search, twice], "billing", "Billing") == for_service([shop, twice]) == [shop]


async def test_a_pager_is_asked_every_five_minutes_and_its_answer_has_an_age(desk, sender, world):
    world.clock.advance(minutes=6)
    assert await ask(desk) == 1
    assert await ask(desk) == 0
    world.clock.advance(seconds=100)
    found = await told(sender)
    assert (found["age"], found["error"]) == (100, None)
    ben, sam = found["people"]
    assert (ben["name"], ben["user"], ben["rota"], ben["service"]) == ("Ben Silva", {"name": "Ben Silva"}, "Shop", None)
    assert (sam["email"], sam["user"], sam["service"], sam["until"]) == ("out@elsewhere.example", None, "search", None)
    world.clock.advance(minutes=4)
    desk.vendor.on_calls = desk.vendor.on_calls[:1]
    assert await ask(desk) == 1
    assert [each["name"] for each in (await told(sender))["people"]] == ["Ben Silva"]
    world.clock.advance(hours=4)
    assert (await told(sender))["people"] == [], "whose turn is over is not named any more"


async def test_while_the_pager_is_away_what_it_told_stays_with_its_age_and_why(desk, sender, world):
    await ask(desk)
    world.clock.advance(minutes=6)
    desk.vendor.does = [Response(status_code=429, headers={"retry-after": "900"})]
    await ask(desk)
    found = await told(sender)
    assert (found["error"], found["age"], len(found["people"])) == ("PagerDuty asks us to slow down (429).", 360, 2)
    world.clock.advance(minutes=10)
    assert await ask(desk) == 0, "the vendor asked for fifteen minutes"
    world.clock.advance(minutes=6)
    desk.vendor.token = "another"
    assert await ask(desk) == 1
    assert "enter a new `token`" in (await told(sender))["error"]
    desk.vendor.token = "rest-key"
    await world.do(save_integration, world.ada, id=ids.encode("Integration", desk.account.id), archived=True)
    assert await ask(desk) == 0
    assert await told(sender) is None
    async with world.database.unit_of_work() as session:
        await rosters.note_on_call(session, desk.account.id, [OnCall("Ben Silva", None, "Shop")])
        await rosters.note_no_answer(session, desk.account.id, "no")
        late = await session.scalar(select(OnCallRoster.integration_id))
    assert late is None, "an answer that came after it was archived is not kept"


async def test_slack_says_who_is_on_call_asked_anew_and_with_its_doubts(desk, sender, world):
    by_hand = (await sender.ask("ben", "oncall search-api"))[1]
    until = (world.clock.now() + timedelta(hours=3)).strftime("%H:%M UTC")
    assert by_hand == f"Search API: Ben Silva, Shop, until {until} (PagerDuty)"
    first = len(asked(desk, "/oncalls"))
    assert (await sender.ask("ben", "oncall"))[1] == f"On call: Ben Silva, Shop, until {until} (PagerDuty)"
    assert len(asked(desk, "/oncalls")) == first, "what is a minute old at most is not asked for again"
    await desk.configure(services=f"search-api={SEARCH_KEY}")
    world.clock.advance(seconds=61)
    assert (await sender.ask("ben", "oncall search-api"))[1] == "Search API: Sam Out, Search (PagerDuty)"
    world.clock.advance(minutes=11)
    desk.vendor.does = [Response(status_code=500)]
    doubt = "PagerDuty does not say who is on call now. PagerDuty failed (500). What is told of it is 11 min old."
    assert (await sender.ask("ben", "oncall search-api"))[1].endswith(
        f"Search, (PagerDuty)\n{doubt}".replace(", (", " (")
    )


async def test_whoever_asks_waits_three_seconds_at_most(desk, sender, monkeypatch):
    monkeypatch.setattr(asking.ask_all, "__kwdefaults__", {"seconds": 0.2})
    desk.vendor.does = ["lost"]
    await forget(desk)
    assert "Payments owns it" in (await sender.ask("ben", "oncall checkout-api"))[1]
    await do(desk)
    assert "Ben Silva, Shop" in (await sender.ask("ben", "oncall checkout-api"))[1]


async def test_who_is_on_call_for_the_services_is_let_into_the_channel(desk, sender, slack, world):
    slack.know("out@elsewhere.example", "muster@quillhaven.example")
    incident = await sender.journey.declare(services=["checkout-api"])
    channel = await sender.journey.opened(incident)
    assert len(channel["people"]) == 2, "ben is in it once, as a member and as on call"
    desk.vendor.on_calls[0] = ("PUSER02", "PPOLICY1", 1, None)
    world.clock.advance(seconds=61)
    other = await sender.journey.declare(services=["search-api"])
    assert slack.people["out@elsewhere.example"] in (await sender.journey.opened(other))["people"]
    assert ["uninvited_user_ids" in data for _, data in await sender.journey.said(other)] == [False]


async def test_nobody_else_is_let_in_where_only_members_may_be_or_nothing_is_known(desk, sender, slack, world):
    slack.know("out@elsewhere.example")
    desk.vendor.on_calls[0] = ("PUSER02", "PPOLICY1", 1, None)
    await ask(desk)
    secret = await sender.journey.declare(visibility=Visibility.PRIVATE, services=["checkout-api"])
    assert slack.people["out@elsewhere.example"] not in (await sender.journey.opened(secret))["people"]
    desk.vendor.token = "another"
    world.clock.advance(minutes=61)
    late = await sender.journey.declare(services=["checkout-api"])
    channel = await sender.journey.opened(late)
    assert slack.people["out@elsewhere.example"] not in channel["people"], "what is an hour old is not acted upon"


async def test_an_answer_that_is_no_answer_is_told_in_words(desk, sender):
    desk.vendor.on_calls = [("PUSER01", "PPOLICY1", 1, "soon")]
    await forget(desk)
    await ask(desk)
    assert (await told(sender))["error"] == asking.STRANGE
    async with desk.world.database.reading() as reader:
        assert len(await reader.rows(OnCallRoster, select(OnCallRoster))) == 1
