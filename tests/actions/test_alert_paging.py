"""Alerts that page without an incident, and those about which somebody is asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from actions.alerts.questions import answer_alert, sweep_questions
from actions.alerts.release import sweep_silences
from actions.alerts.silences import save_silence
from actions.paging.links import acknowledge_by_link, answer_by_link, link_of, look_at_page
from actions.paging.policies import save_escalation_policy
from core import ids
from core.errors import DomainError
from models.alert import RoutingRule
from models.paging.run import Page, PagingRun
from models.paging.words import AlertVerdict
from models.words import AlertState, Stage
from tests.actions.alerting import START, Monitor, alerts, firing, id_of, incidents, resolved, rule
from tests.actions.paging.calls import attempts, declared, later, pages, policy, rows, runs, step
from tests.jobs.inline import box, run_jobs
from tests.jobs.test_mail import words

__all__ = ["box"]


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


async def paging(world, **more):
    """A rule that pages by a policy for alerts alone: Ben, then Chi."""
    await policy(world, step(world, "ben"), step(world, "chi"), service=None)
    return await rule(world, create_incident="NEVER", page="Payments", **more)


async def asking(world, **more):
    """A rule that asks whoever the service's policy names: Ben, then Chi."""
    await policy(world, step(world, "ben"), step(world, "chi"))
    return await rule(world, create_incident="ASK", ask_minutes=15, service="checkout-api", **more)


async def token(world, index=0):
    page = (await rows(world, Page))[index]
    return link_of(world.database.keys, "", page.id, world.clock.now()).rpartition("/")[2]


async def states(world):
    return [alert.state.value for alert in await alerts(world)]


async def test_an_alert_pages_step_by_step_until_somebody_acknowledges_it(world, monitor, box):
    await paging(world, severity="SEV3")
    await monitor.sends(firing("a"))
    await monitor.sends(firing("b"))  # of the same group of the monitor: nobody is paged anew
    await run_jobs(world.database)
    (mail,) = box.arrived
    page, text_ = words(mail)
    assert page == text_
    assert mail["Subject"].endswith("An alert pages you: SEV3: a is down")
    assert "/console/alerts/" in str(mail)
    assert await later(world, minutes=5) == []
    assert await pages(world) == [("ben", 1, "SENT"), ("chi", 2, "SENT")]
    assert await incidents(world) == []
    (run,) = await rows(world, PagingRun)
    assert run.plan["urgency"] == "LOW"
    link = await token(world, 1)
    shown = await world.do(look_at_page, link)
    assert (shown.open, shown.incident, shown.alert.title) == (True, None, "a is down")
    shown = await world.do(acknowledge_by_link, link)
    assert (shown.open, shown.taken_by.id) == (False, world.users["chi"].id)
    assert await states(world) == ["ACKNOWLEDGED", "ACKNOWLEDGED"]
    assert await pages(world) == [("ben", 1, "STOPPED"), ("chi", 2, "ACKNOWLEDGED")]
    kinds = [event.kind for event in await world.events(None) if event.kind.startswith(("paging", "page", "alert.ack"))]
    assert kinds == ["paging.started", "page.asked", "page.asked", "page.answered", *["alert.acknowledged"] * 2]
    await monitor.sends(firing("c"))  # somebody has what still fires
    assert (await runs(world), (await alerts(world))[2].paging_run_id) == (["ACKNOWLEDGED"], run.id)
    await monitor.sends(*(resolved(each) for each in "abc"))
    await monitor.sends(firing("d"))
    assert await runs(world) == ["ACKNOWLEDGED", "RUNNING"], "all was over: this is news"


async def test_paging_ends_when_the_last_of_its_alerts_does(world, monitor):
    await paging(world, group_by=["job"])
    other = await Monitor.create(world, "Grafana")
    await monitor.sends(firing("a", job="web"))
    await other.sends(firing("b", job="web"))
    await other.sends(firing("c", job="db"))
    assert await runs(world) == ["RUNNING", "RUNNING"]
    await monitor.sends(resolved("a", job="web"))
    assert await runs(world) == ["RUNNING", "RUNNING"]
    await other.sends(resolved("b", job="web"))
    assert await runs(world) == ["STOPPED", "RUNNING"]
    await world.do(resolve_alert, world.ben, alert=id_of((await alerts(world))[2]))
    assert await runs(world) == ["STOPPED", "STOPPED"]
    assert (await attempts(world))[0] == "SUPPRESSED"


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("how", ["acknowledged", "linked", "silenced"])
async def test_what_people_do_with_the_alert_ends_its_paging(world, monitor, how):
    await paging(world)
    await monitor.sends(firing("a", job="web"))
    (alert,) = await alerts(world)
    if how == "acknowledged":
        await world.do(acknowledge_alert, world.ben, alert=id_of(alert))
    elif how == "linked":
        incident = await declared(world, services=[])
        await world.do(link_alert, world.ben, alert=id_of(alert), incident=incident.reference)
    else:
        until = world.clock.now() + timedelta(hours=1)
        given = {"matchers": {"job": "web"}, "reason": "Known", "ends_at": until}
        await world.do(save_silence, world.ben, **given)
    assert (await runs(world))[-1:] == ["ACKNOWLEDGED" if how == "acknowledged" else "STOPPED"]
    await later(world, minutes=5)
    assert len(await pages(world)) == 1


@pytest.mark.usefixtures("box")
async def test_the_last_resort_is_paged_for_an_alert_too(world, monitor):
    await policy(world, step(world, "ben", minutes=3), service=None)
    await rule(world, create_incident="NEVER", page="Payments")
    await monitor.sends(firing("a"))
    await later(world, minutes=3)
    assert (await runs(world), (await pages(world))[-1][:2]) == (["UNANSWERED"], ("ada", 0))
    await world.do(acknowledge_by_link, await token(world, 1))
    assert await runs(world) == ["ACKNOWLEDGED"]


async def test_a_question_is_asked_quietly_and_an_answer_opens_the_incident(world, monitor, box):
    await asking(world, severity="SEV1")
    await monitor.sends(firing("a"), firing("b"))
    await run_jobs(world.database)
    (mail,) = box.arrived
    page, text_ = words(mail)
    assert page == text_
    assert mail["Subject"].endswith("Is it an incident? SEV1 a is down".replace("SEV1 ", "SEV1: "))
    assert "Unanswered, it becomes an incident at" in str(mail.get_body(("plain",)).get_content()).replace("\n", " ")
    (run,) = await rows(world, PagingRun)
    assert (run.plan["urgency"], run.plan["through_quiet"]) == ("LOW", False)
    assert (await incidents(world), await states(world)) == ([], ["FIRING", "FIRING"])
    link = await token(world)
    assert (await world.do(look_at_page, link)).asks
    shown = await world.do(answer_by_link, link, AlertVerdict.INCIDENT, None)
    assert (shown.asks, shown.verdict) == (False, "INCIDENT")
    (incident,) = await incidents(world)
    assert (incident.stage, incident.title) == (Stage.TRIAGE, "InstanceDown on Checkout API")
    assert {alert.incident_id for alert in await alerts(world)} == {incident.id}
    assert await runs(world) == ["ACKNOWLEDGED"]
    assert len(await world.events(incident.id, "alert.linked")) == 2
    assert len(await world.events(incident.id, "alerts.judged")) == 1
    await monitor.sends(firing("c"))  # it joins what was opened
    assert (await alerts(world))[2].incident_id == incident.id
    with pytest.raises(DomainError, match="Nobody is asked"):
        await world.do(answer_by_link, link, AlertVerdict.NOISE, "Late")


async def test_noise_needs_a_reason_is_kept_with_it_and_comes_no_more(world, monitor):
    await asking(world)
    await monitor.sends(firing("a"))
    (alert,) = await alerts(world)
    with pytest.raises(DomainError, match="Why is it noise") as refused:
        await world.do(answer_alert, world.ben, alert=id_of(alert), verdict=AlertVerdict.NOISE)
    assert refused.value.field == "reason"
    with pytest.raises(DomainError, match="permission “alert”"):
        await world.do(answer_alert, world.eve, alert=id_of(alert), verdict=AlertVerdict.INCIDENT)
    told = await world.do(answer_alert, world.ben, alert=id_of(alert), verdict=AlertVerdict.NOISE, reason="A test")
    assert (told.state, told.suppressed_because) == (AlertState.SUPPRESSED, "Noise, says Ben Silva: A test")
    assert await runs(world) == ["ACKNOWLEDGED"]
    await monitor.sends(firing("a"))
    world.clock.advance(minutes=20)
    assert await sweep_questions(world.database) == 0
    assert await incidents(world) == []
    await monitor.sends(firing("a", starts_at=START + timedelta(minutes=5)))
    assert await runs(world) == ["ACKNOWLEDGED", "RUNNING"], "it fires anew: that is asked again"


async def test_what_a_silence_held_pages_when_it_is_over(world, monitor):
    await paging(world)
    until = world.clock.now() + timedelta(minutes=10)
    await world.do(save_silence, world.ben, matchers={"job": "web"}, reason="Known", ends_at=until)
    await monitor.sends(firing("a", job="web"))
    assert await runs(world) == []
    world.clock.advance(minutes=11)
    assert await sweep_silences(world.database) >= 1
    assert await pages(world) == [("ben", 1, "ASKED")]


@pytest.mark.parametrize("seen", [False, True])
async def test_without_an_answer_it_becomes_an_incident(world, monitor, seen):
    await asking(world)
    await monitor.sends(firing("a"))
    if seen:  # to look at it is no answer
        await world.do(acknowledge_by_link, await token(world))
    world.clock.advance(minutes=14)
    assert await sweep_questions(world.database) == 0
    world.clock.advance(minutes=1)
    assert await sweep_questions(world.database) == 1
    (incident,) = await incidents(world)
    assert incident.stage is Stage.DETECTION
    assert await runs(world) == ["ACKNOWLEDGED" if seen else "STOPPED"]
    assert await sweep_questions(world.database) == 0
    (event,) = await world.events(incident.id, "alerts.judged")
    assert event.data["in_time"] is False


async def test_what_ends_before_an_answer_is_asked_about_no_more(world, monitor):
    await asking(world)
    await monitor.sends(firing("a"))
    await world.do(acknowledge_by_link, await token(world))
    await monitor.sends(resolved("a"))
    world.clock.advance(minutes=20)
    assert await sweep_questions(world.database) == 0
    assert await incidents(world) == []


async def test_where_nobody_can_be_asked_it_is_an_incident_at_once(world, monitor):
    await rule(world, create_incident="ASK", ask_minutes=15)
    await monitor.sends(firing("a"), firing("b"))
    (incident,) = await incidents(world)
    assert {alert.incident_id for alert in await alerts(world)} == {incident.id}
    assert await runs(world) == []


async def test_rules_that_make_no_sense_are_refused_and_a_policy_that_a_rule_names_stays(world):
    saved = await policy(world, step(world, "ben"), service=None)
    for given, field in {
        ("create_incident", "ASK"): "ask_minutes",
        ("page", "Payments"): "page",
        ("page", "Nights"): "page",
    }.items():
        with pytest.raises(DomainError) as refused:
            await rule(world, **dict([given]))
        assert refused.value.field == field
    with pytest.raises(DomainError, match="dropped"):
        await rule(world, create_incident="NEVER", page="Payments", drop_reason="Noise")
    await rule(world, create_incident="NEVER", page="payments")
    async with world.database.reading() as reader:
        (row,) = await reader.rows(RoutingRule, select(RoutingRule))
    assert row.page_policy_id == saved.id
    key = ids.encode("EscalationPolicy", saved.id)
    with pytest.raises(DomainError, match="pages by it"):
        await world.do(save_escalation_policy, world.dov, id=key, archived=True)
