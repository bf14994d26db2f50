"""Paging who is on call, whoever carries the pager: once, whatever happens."""

import itertools

import pytest
from starlette.responses import Response

from actions.declarations import declare_incident
from actions.endings import cancel_incident
from actions.outward.paging import page_on_call
from actions.outward.settings import save_integration
from actions.reports import acknowledge_incident
from actions.stages import change_stage
from core.errors import DomainError
from integrations import client as client_module
from integrations.client import VendorClient
from models.words import IncidentKind, Stage, Visibility
from tests.effort import effort
from tests.outward.killing import Killer, run_through_deaths
from tests.outward.pager_desk import TITLE, VENDORS, end, pager_at, standing


@pytest.fixture(params=VENDORS)
async def desk(request, world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, request.param, monkeypatch) as made:
        yield made


async def test_one_is_paged_once_and_the_timeline_says_where(desk):
    incident = await desk.report()
    assert await desk.run() == []
    (done,) = await desk.world.events(incident.id, "outward.done")
    assert done.data["verb"] == "PAGE"
    assert desk.vendor.only()["id"] in done.data["url"]
    first = await desk.action()
    again = await desk.page(incident)
    await desk.settle()
    assert again.id == first.id
    assert len(desk.vendor.woken) == 1


async def test_again_needs_a_reason_which_the_timeline_tells(desk):
    incident = await desk.report()
    await desk.settle()
    await desk.page(incident, again="Nobody answers.", actor=desk.world.ben)
    await desk.settle()
    assert len(desk.vendor.woken) == 2
    (told,) = await desk.world.events(incident.id, "page.repeated")
    assert (told.actor_id, await desk.world.text_of(told.id)) == (desk.world.ben.id, "Nobody answers.")
    assert [key for key, _ in await desk.orders()] == ["page/1", "page/2"]


async def test_others_are_paged_apart_from_the_first(desk):
    incident = await desk.report()
    await desk.page(incident, target="Search")
    await desk.page(incident, target="Search")
    await desk.settle()
    assert desk.vendor.woken == ["Shop", "Search"]


async def test_a_page_that_was_not_sent_yet_is_called_off_with_the_incident(desk):
    incident = await desk.report()
    await end(desk.world, incident, "cancel")
    await desk.settle()
    assert desk.vendor.woken == []
    assert await desk.orders() == [("page/1", "CALLED_OFF")]


async def test_what_may_have_been_sent_is_resolved_after_it_was_sent(desk):
    desk.vendor.does = ["failed afterwards"]
    incident = await desk.report()
    await desk.run()
    await end(desk.world, incident, "cancel")
    await desk.run_on()
    await desk.settle()
    assert standing(desk) == "resolved"
    assert len(desk.vendor.woken) == 1


@pytest.mark.parametrize("failure", ["lost", "failed afterwards"])
async def test_an_answer_that_was_lost_wakes_nobody_twice(desk, monkeypatch, failure):
    monkeypatch.setattr(client_module, "SECONDS", 0.5)
    desk.vendor.does = [failure]
    incident = await desk.report()
    await desk.run()
    await desk.run_on()
    assert len(desk.vendor.woken) == 1
    assert [event.kind for event in await desk.world.events(incident.id, "outward.done")] == ["outward.done"]


@pytest.mark.parametrize("sent", effort([True], [False, True]))
async def test_killed_at_any_request_one_is_paged_once_and_the_page_is_resolved(desk, monkeypatch, sent):
    """In each round the process ends at a later request of paging, and in the next at one of resolving."""
    for number in itertools.count(1):
        killer = Killer(number, sent=sent)
        with monkeypatch.context() as patch:
            patch.setattr(VendorClient, "ask", killer.asking())
            incident = await desk.report()
            await run_through_deaths(desk)
            assert len(desk.vendor.woken) == number
            await end(desk.world, incident, "cancel")
            await run_through_deaths(desk)
        pages = desk.vendor.incidents if desk.name == "pagerduty" else desk.vendor.alerts
        assert {page["status"] for page in pages.values()} <= {"resolved", "closed"}
        kinds = [event.data["verb"] for event in await desk.world.events(incident.id, "outward.done")]
        assert kinds == ["PAGE", "RESOLVE_PAGE"]
        if not killer.struck:
            break
    assert number - 1 == {"pagerduty": 3, "opsgenie": 6}[desk.name]


async def test_while_it_asks_us_to_slow_down_nobody_is_forgotten(desk):
    desk.vendor.does = [Response("slow", 429, {"retry-after": "90"})]
    await desk.report()
    (wait,) = await desk.run()
    assert wait >= 90
    assert desk.vendor.woken == []
    await desk.run_on()
    assert len(desk.vendor.woken) == 1


async def test_an_acknowledgement_waits_for_the_page_and_is_not_lost(desk):
    desk.vendor.does = [Response("away", 503, {"retry-after": "30"})]
    incident = await desk.report()
    await desk.run()
    await desk.world.do(acknowledge_incident, desk.world.ben, incident=incident.reference)
    await desk.run_on()
    await desk.settle()
    assert standing(desk) == "acknowledged"
    assert await desk.heard(incident) == []


async def test_of_private_incidents_pages_tell_no_title_unless_that_is_wished(desk):
    incident = await desk.world.do(
        declare_incident, desk.world.chi, title="Layoffs leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    await desk.page(incident)
    await desk.run()
    assert desk.vendor.woken
    assert not any(b"Layoffs" in body for _, _, _, body in desk.vendor.asked)
    await desk.configure(private_titles=True)
    await desk.page(incident, again="More hands.")
    await desk.run()
    assert any(b"Layoffs" in body for _, _, _, body in desk.vendor.asked)


async def test_who_may_not_and_when_not(desk):
    world = desk.world
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    incident = await world.do(declare_incident, world.chi, title=TITLE, severity="SEV1")
    late = await world.do(declare_incident, world.chi, title="Long ago", severity="SEV1", kind=IncidentKind.BACKFILLED)
    over = await world.do(declare_incident, world.chi, title="Over", severity="SEV1")
    await world.do(change_stage, world.dov, incident=over.reference, stage=Stage.RESOLUTION)
    ended = await world.do(declare_incident, world.chi, title="Ended", severity="SEV1")
    await world.do(cancel_incident, world.dov, incident=ended.reference, reason="A test.")
    for actor, which, where, code, field in (
        (world.eve, incident, desk.name, "FORBIDDEN", None),
        (world.chi, incident, "jitsi", "CONFLICT", "integration"),
        (world.chi, late, desk.name, "CONFLICT", "incident"),
        (world.chi, over, desk.name, "CONFLICT", "incident"),
        (world.chi, ended, desk.name, "CONFLICT", "incident"),
    ):
        with pytest.raises(DomainError) as refused:
            await world.do(page_on_call, actor, incident=which.reference, integration=where)
        assert (refused.value.code, refused.value.field) == (code, field)
    assert await desk.orders() == []
