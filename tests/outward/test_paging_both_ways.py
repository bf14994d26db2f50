"""Page and incident in step: who takes one takes the other, what is over here is over there, and nothing echoes."""

import pytest

from actions.declarations import declare_incident
from actions.endings import reopen_incident
from actions.merges import merge_incident
from actions.outward.paging import acknowledge_page
from actions.reports import acknowledge_incident
from actions.stages import change_stage
from core.errors import DomainError
from models.words import Stage
from tests.effort import effort
from tests.outward.pager_desk import TITLE, VENDORS, end, pager_at, person_ends, person_takes, standing


@pytest.fixture(params=VENDORS)
async def desk(request, world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, request.param, monkeypatch) as made:
        yield made


async def test_who_takes_the_page_there_takes_the_incident_here_and_hears_no_echo(desk):
    incident = await desk.report()
    await desk.settle()
    person_takes(desk)
    before = len(desk.vendor.asked)
    assert await desk.deliver(twice=True) == [202, 202]
    assert (await desk.world.incident(incident.id)).stage is Stage.TRIAGE
    (taken,) = await desk.world.events(incident.id, "incident.acknowledged")
    assert taken.actor_id == desk.world.ben.id
    assert await desk.heard(incident) == [("ACKNOWLEDGED", desk.world.ben.id, None)]
    await desk.settle()
    assert not [each for each in desk.vendor.asked[before:] if each[0] == "POST"], "it is not told what it told"
    assert dict(await desk.orders())["page/1/acknowledge"] == "DONE"


async def test_somebody_whom_we_do_not_know_takes_it_in_the_name_of_muster(desk):
    incident = await desk.report()
    await desk.settle()
    person_takes(desk, "sam")
    await desk.deliver()
    (taken,) = await desk.world.events(incident.id, "incident.acknowledged")
    assert str(taken.actor_kind) == "SYSTEM"
    ((change, user, note),) = await desk.heard(incident)
    assert (change, user) == ("ACKNOWLEDGED", None)
    assert note in ("Sam Out", "sam@elsewhere.example")


async def test_who_may_not_work_here_takes_it_all_the_same(desk):
    if desk.name == "pagerduty":
        desk.vendor.people["PUSER01"] = "eve@quillhaven.example"
    incident = await desk.report()
    await desk.settle()
    if desk.name == "pagerduty":
        desk.vendor.acts("PUSER01", "acknowledged")
    else:
        desk.vendor.change(desk.vendor.only(), "Acknowledge", "eve@quillhaven.example")
    await desk.deliver()
    (taken,) = await desk.world.events(incident.id, "incident.acknowledged")
    assert str(taken.actor_kind) == "SYSTEM"
    assert await desk.heard(incident) == [("ACKNOWLEDGED", desk.world.eve.id, None)]


async def test_once_it_is_taken_here_a_page_that_is_taken_there_is_told_and_moves_nothing(desk):
    incident = await desk.world.do(declare_incident, desk.world.chi, title=TITLE, severity="SEV1")
    await desk.page(incident)
    await desk.settle()
    person_takes(desk)
    await desk.deliver()
    assert (await desk.world.incident(incident.id)).stage is Stage.RESPONSE
    assert await desk.heard(incident) == [("ACKNOWLEDGED", desk.world.ben.id, None)]


@pytest.mark.parametrize("how", ["acknowledged", "declared"])
async def test_who_takes_the_incident_here_takes_the_page_there_and_the_echo_is_no_news(desk, how):
    incident = await desk.report()
    await desk.settle()
    if how == "acknowledged":
        await desk.world.do(acknowledge_incident, desk.world.ben, incident=incident.reference)
    else:
        await desk.world.do(declare_incident, desk.world.ben, incident=incident.reference, severity="SEV1")
    await desk.settle()
    assert standing(desk) == "acknowledged"
    assert await desk.heard(incident) == []
    assert len(await desk.world.events(incident.id, "incident.acknowledged")) == (how == "acknowledged")


async def test_who_works_on_the_incident_already_can_take_its_page_from_here(desk):
    world = desk.world
    incident = await world.do(declare_incident, world.chi, title=TITLE, severity="SEV1")
    ref = {"incident": incident.reference}
    with pytest.raises(DomainError, match="No page stands"):
        await world.do(acknowledge_page, world.ben, **ref)
    await desk.page(incident)
    await desk.settle()
    for _ in range(2):
        await world.do(acknowledge_page, world.ben, **ref)
        await desk.settle()
    assert standing(desk) == "acknowledged"
    (taken,) = await world.events(incident.id, "page.acknowledged")
    assert taken.actor_id == world.ben.id
    assert await desk.heard(incident) == []
    waiting = await desk.report("Search is down")
    with pytest.raises(DomainError, match="itself waits"):
        await world.do(acknowledge_page, world.ben, incident=waiting.reference)


async def test_the_whole_loop_in_which_both_sides_tell_each_other(desk):
    """Taken there, resolved here, reopened, paged anew, resolved there: each told once, and nothing twice."""
    world = desk.world
    incident = await desk.report()
    await desk.settle()
    person_takes(desk)
    await desk.settle()
    ref = incident.reference
    await world.do(declare_incident, world.ben, incident=ref, severity="SEV1")
    await world.do(change_stage, world.ben, incident=ref, stage=Stage.RESOLUTION)
    await desk.settle()
    assert standing(desk) == "resolved"
    assert [change for change, _, _ in await desk.heard(incident)] == ["ACKNOWLEDGED"]
    await world.do(reopen_incident, world.ben, incident=ref, reason="It is back.")
    await desk.page(incident)
    await desk.settle()
    assert len(desk.vendor.woken) == 2, "what was resolved does not stand any more"
    pages = desk.vendor.incidents if desk.name == "pagerduty" else desk.vendor.alerts
    pages.pop(next(iter(pages)))
    person_ends(desk)
    await desk.settle()
    assert [change for change, _, _ in await desk.heard(incident)] == ["ACKNOWLEDGED", "RESOLVED"]
    assert (await world.incident(incident.id)).stage is Stage.RESPONSE, "nothing advances by itself"
    before = len(desk.vendor.asked)
    await world.do(change_stage, world.ben, incident=ref, stage=Stage.RESOLUTION)
    await desk.settle()
    assert len(desk.vendor.asked) == before, "it knows already"
    assert {state for _, state in await desk.orders()} == {"DONE"}


@pytest.mark.parametrize("how", effort(["decline", "merge"], ["decline", "cancel", "merge"]))
async def test_every_end_resolves_the_page(desk, how):
    world = desk.world
    incident = await desk.report()
    await desk.settle()
    if how == "merge":
        other = await world.do(declare_incident, world.dov, title="The same", severity="SEV1")
        await world.do(merge_incident, world.dov, incident=incident.reference, into=other.reference)
    else:
        await end(world, incident, how)
    await desk.settle()
    assert standing(desk) == "resolved"
    assert await desk.heard(incident) == []
