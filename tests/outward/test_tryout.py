"""Trying an integration out: what arrives at the vendor says that it is a test, and is undone at once."""

import pytest
from sqlalchemy import select

from actions.outward.settings import check_integration, save_integration
from integrations.failures import Ambiguous, Permanent
from jobs.tryout import TITLE, tried_out
from models.integration import Integration
from tests.jobs.inline import jobs_with, run_jobs
from tests.journeys.product import serving
from tests.outward import github_double, jira_double
from tests.outward.desk import CONFIGURATIONS
from tests.outward.pager_desk import pager_at

TRACKERS = {"jira": jira_double.Jira, "github": github_double.GitHub}


async def tried(world, tmp_path, key, subject):
    """What the examination of an integration says of one thing after a trial."""
    await world.do(check_integration, world.ada, integration=key, send=True)
    with jobs_with(world.database, tmp_path, webhook_allow_private=True):
        await run_jobs(world.database, "integration.check")
    async with world.database.reading() as reader:
        row = await reader.row(Integration, select(Integration).where(Integration.key == key))
    (found,) = (check for check in row.checks if check["subject"] == subject)
    return found["result"], found["words"]


@pytest.fixture(params=sorted(TRACKERS))
async def tracker(request, world):
    """A tracker that is connected: its name and its double."""
    vendor = TRACKERS[request.param]()
    async with serving(vendor.app()) as address:
        told = {**CONFIGURATIONS[request.param], "base_url": address}
        await world.do(save_integration, world.ada, vendor=request.param, configuration=told)
        yield request.param, vendor


@pytest.fixture(params=["opsgenie", "pagerduty"])
async def desk(request, world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, request.param, monkeypatch) as made:
        yield made


async def test_a_page_wakes_up_once_says_that_it_is_a_test_and_is_over(world, tmp_path, desk):
    for times in (1, 2):
        result, words = await tried(world, tmp_path, desk.name, "page")
        assert (result, "resolved at once" in words) == ("OK", True)
        assert len(desk.vendor.woken) == times, "a second test is a page of its own"
    pages = desk.vendor.incidents if desk.name == "pagerduty" else desk.vendor.alerts
    for page in pages.values():
        assert TITLE in (page.get("title") or page.get("message"))
        assert page["status"] in ("resolved", "closed")
    assert set(await desk.deliver()) == {202}, "what its webhook tells of them is of no incident"
    assert desk.vendor.faults == []


async def test_a_pager_that_does_not_know_us_says_so(world, tmp_path, desk):
    wrong = {"routing_key": "f" * 32} if desk.name == "pagerduty" else {"api_key": "wrong"}
    await desk.configure(**wrong)
    result, words = await tried(world, tmp_path, desk.name, "page")
    assert (result, desk.vendor.woken) == ("WRONG", [])
    assert "credentials" in words or "integration key" in words


class Pager:
    """One whose answers fail as a test says; what it was told, in order."""

    def __init__(self, **fails):
        self.fails, self.told = fails, []

    async def page(self, matter, paging, *, again):
        assert (matter.title, again) == (TITLE, False)
        self.told.append(("page", paging.mark))
        self._fail("page")

    async def resolve_page(self, paging):
        self.told.append(("resolve", paging.mark))
        self._fail("resolve")

    def _fail(self, what):
        if what in self.fails:
            raise self.fails[what]


@pytest.mark.parametrize(
    ("fails", "words", "calls"),
    [
        ({"page": Ambiguous("No answer.")}, "No answer.", ["page", "resolve"]),
        ({"page": Permanent("No such key.")}, "No such key.", ["page"]),
        ({"resolve": Permanent("Not now.")}, "It was sent; resolve it there. Not now.", ["page", "resolve"]),
        ({"page": Ambiguous("No answer."), "resolve": Permanent("Gone.")}, "No answer.", ["page", "resolve"]),
    ],
)
async def test_what_may_have_gone_out_is_resolved_and_what_stays_is_said(fails, words, calls):
    pager = Pager(**fails)
    (check,) = await tried_out(pager, "pagerduty", {"routing_key": "k" * 32}, "https://muster.example")
    assert (check.subject, str(check.result), check.words) == ("page", "WRONG", words)
    assert [call for call, _ in pager.told] == calls
    assert len({mark for _, mark in pager.told}) == 1


async def test_a_ticket_is_opened_and_closed(world, tmp_path, tracker):
    name, vendor = tracker
    result, words = await tried(world, tmp_path, name, "ticket")
    assert result == "OK", words
    (made,) = vendor.issues.values() if name == "jira" else vendor.issues
    assert TITLE in (made["fields"]["summary"] if name == "jira" else made["title"])
    assert (made["fields"]["status"]["name"] if name == "jira" else made["state"]) in ("Done", "closed")
    assert ("OPS-1" if name == "jira" else "#1") in words


async def test_a_field_that_a_project_demands_is_found_before_an_incident_does(world, tmp_path):
    vendor = jira_double.Jira()
    vendor.required = {"customfield_10010": "Team"}
    async with serving(vendor.app()) as address:
        told = {**CONFIGURATIONS["jira"], "base_url": address}
        await world.do(save_integration, world.ada, vendor="jira", configuration=told)
        result, words = await tried(world, tmp_path, "jira", "ticket")
    assert (result, vendor.issues) == ("WRONG", {})
    assert "Team" in words


async def test_a_ticket_that_can_not_be_closed_is_named(world, tmp_path):
    vendor = jira_double.Jira()
    vendor.ways = []
    async with serving(vendor.app()) as address:
        told = {**CONFIGURATIONS["jira"], "base_url": address}
        await world.do(save_integration, world.ada, vendor="jira", configuration=told)
        result, words = await tried(world, tmp_path, "jira", "ticket")
    assert result == "MISSING"
    assert words.startswith("OPS-1 was opened, and stays open: close it there. ")


async def test_a_call_is_made_for_people_to_open(world, tmp_path):
    told = {"url": "https://meet.example/war-room"}
    await world.do(save_integration, world.ada, vendor="standing-call", key="room", configuration=told)
    result, words = await tried(world, tmp_path, "room", "call")
    assert (result, words.rpartition(" ")[2]) == ("OK", told["url"])
