"""What Muster sends to PagerDuty, what it takes from there, and what PagerDuty's refusals mean."""

import json

import pytest
from sqlalchemy import select
from starlette.responses import HTMLResponse

from actions.reports import acknowledge_incident
from integrations.failures import Ambiguous, Permanent, Retryable
from integrations.ports import Paging
from models.integration import Integration
from models.words import OutwardState, Stage
from tests.outward.desk import MATTER
from tests.outward.pager_desk import pager_adaptor, pager_at
from tests.outward.pagerduty_double import FROM, KEY, REST, SEARCH_KEY
from tests.outward.vendor_contract import contract

PAGING = Paging("muster-INC-1-1-aaaaaaaaaaaaaaaa", None, None)
POLICY = Paging(PAGING.mark, "PPOLICY2", None)


@pytest.fixture
async def desk(world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, "pagerduty", monkeypatch) as made:
        yield made


def events(vendor):
    return [json.loads(body) for body in vendor.posts("/enqueue")]


def test_the_contract_finds_what_is_wrong():
    known = contract(REST)
    if not known.there:
        pytest.skip("the contract of PagerDuty is not on this machine")
    headers = {"Accept": "a", "Content-Type": "b"}
    assert known.faults("GET", "/oncalls", {"limit": "1"}, headers, b"") == []
    assert known.faults("GET", "/oncalls", {"colour": "1"}, headers, b"") == ["/oncalls takes no colour"]
    assert known.faults("GET", "/oncalls", {}, {}, b"") != []
    wish = b'{"message": "Help", "responder_request_targets": []}'
    assert "requester_id" in known.faults("POST", "/incidents/P1/responder_requests", {}, headers, wish)[0]
    assert known.faults("GET", "/nothing", {}, headers, b"") == ["there is no GET /nothing"]


async def test_an_event_has_the_link_the_severity_and_the_key_of_the_service(clock):
    async with pager_adaptor("pagerduty", clock, severities={"SEV1": "error"}) as (vendor, pager):
        await pager.page(MATTER, PAGING, again=False)
        await pager.page(MATTER, Paging("muster-INC-1-2-aaaaaaaaaaaaaaaa", "SEARCH", None), again=False)
    one, two = events(vendor)
    assert (one["routing_key"], two["routing_key"]) == (KEY, SEARCH_KEY)
    assert (one["dedup_key"], one["event_action"]) == (PAGING.mark, "trigger")
    assert one["payload"]["summary"] == "[INC-1] Checkout is down"
    assert one["payload"]["severity"] == "error"
    assert one["client_url"] == one["links"][0]["href"] == MATTER.url
    assert vendor.faults == []


async def test_a_policy_is_asked_to_join_the_page_that_stands(desk):
    incident = await desk.report()
    await desk.page(incident, target="PPOLICY2")
    await desk.settle()
    assert desk.vendor.woken == ["Shop"]
    (target,) = desk.vendor.only()["asked"]
    assert target["responder_request_target"] == {"id": "PPOLICY2", "type": "escalation_policy_reference"}
    assert await desk.orders() == [("page/1", "DONE"), ("page/2", "DONE")]


async def test_a_policy_waits_until_the_page_is_listed_and_is_asked_once(desk):
    desk.vendor.lists = False
    incident = await desk.report(target="PPOLICY2")
    (wait,) = await desk.run()
    assert 5 <= wait < 60
    desk.vendor.lists = True
    await desk.run_on()
    await desk.settle()
    assert desk.vendor.woken == ["Shop"], "without a page to join, there is one first"
    assert len(desk.vendor.only()["asked"]) == 1
    await desk.world.do(acknowledge_incident, desk.world.ben, incident=incident.reference)
    await desk.settle()
    assert desk.vendor.only()["status"] == "acknowledged"


async def test_after_a_lost_answer_a_policy_is_not_asked_twice(clock):
    async with pager_adaptor("pagerduty", clock) as (vendor, pager):
        vendor.does = [None, None, None, "failed afterwards"]
        with pytest.raises(Ambiguous):
            await pager.page(MATTER, POLICY, again=False)
        assert len(vendor.only()["asked"]) == 1
        await pager.page(MATTER, POLICY, again=True)
        assert len(vendor.only()["asked"]) == 1


async def test_a_key_of_the_rest_api_that_was_revoked_keeps_nobody_from_being_paged(desk):
    desk.vendor.token = "another"
    incident = await desk.report()
    assert await desk.run() == []
    assert desk.vendor.woken == ["Shop"]
    desk.vendor.acts("PUSER01", "acknowledged")
    await desk.deliver()
    assert (await desk.world.incident(incident.id)).stage is Stage.TRIAGE
    assert await desk.heard(incident) == [("ACKNOWLEDGED", None, "Ben Silva")]
    await desk.page(incident, target="PPOLICY2")
    await desk.run()
    assert (await desk.action()).state is OutwardState.FAILED
    assert "enter a new `token`" in (await desk.action()).error
    async with desk.world.database.reading() as reader:
        signed_out = await reader.scalar(select(Integration.signed_out_at).where(Integration.id == desk.account.id))
    assert signed_out is None


@pytest.mark.parametrize("with_token", [True, False])
async def test_without_its_key_a_page_is_known_by_what_the_vendor_calls_it(desk, with_token):
    """PagerDuty leaves the incident's key out where it groups alerts."""
    desk.vendor.tells_key = False
    if not with_token:
        await desk.configure(token=None)
    desk.vendor.lists = False
    incident = await desk.report()
    await desk.settle()
    assert (await desk.action()).url is None or with_token
    desk.vendor.acts("PUSER01", "acknowledged")
    await desk.deliver()
    found = (await desk.world.incident(incident.id)).stage
    assert found is (Stage.TRIAGE if with_token else Stage.DETECTION)


async def test_what_is_said_there_stands_on_the_timeline(desk):
    incident = await desk.report()
    await desk.settle()
    page = desk.vendor.only()
    ben = {"id": "PUSER01", "type": "user_reference", "summary": "Ben Silva"}
    sam = {"id": "PUSER02", "type": "user_reference", "summary": "Sam Out"}
    reference = {"id": page["id"], "type": "incident_reference", "html_url": "https://acme.pagerduty.com/x"}
    note = {"incident": reference, "id": "PNOTE1", "type": "incident_note", "content": "Disk is\nfull\u0000"}
    responder = {"incident": reference, "type": "incident_responder", "user": sam, "state": "accepted"}
    desk.vendor.change(page, "incident.annotated", sam, data=note)
    desk.vendor.change(page, "incident.responder.replied", ben, data=responder)
    desk.vendor.change(page, "incident.escalated", None, data={"assignees": [ben, sam]})
    desk.vendor.change(page, "incident.priority_updated", ben)
    assert await desk.deliver() == [202] * 4
    assert await desk.heard(incident) == [
        ("ANNOTATED", None, "Sam Out: Disk is full"),
        ("RESPONDER_REPLIED", desk.world.ben.id, "Sam Out: accepted"),
        ("ESCALATED", None, "to Ben Silva, Sam Out"),
    ]


async def test_an_acknowledgement_that_ran_out_there_can_be_given_again(desk):
    incident = await desk.report()
    await desk.settle()
    desk.vendor.acts("PUSER02", "acknowledged")
    await desk.settle()
    desk.vendor.change(desk.vendor.only(), "incident.unacknowledged", None, status="triggered")
    await desk.settle()
    assert [change for change, _, _ in await desk.heard(incident)] == ["ACKNOWLEDGED", "UNACKNOWLEDGED"]
    assert (await desk.orders())[-1] == ("page/1/acknowledge", "CALLED_OFF")
    assert (await desk.world.incident(incident.id)).stage is Stage.TRIAGE


def _other_key(vendor):
    vendor.services.pop(KEY)


def _no_events(vendor):
    vendor.does = [HTMLResponse("<title>Sign in</title>")]


REFUSALS = {
    _other_key: (PAGING, "does not know the integration key (400)"),
    _no_events: (PAGING, "nobody was paged: correct `events_url`"),
    (lambda _: None): (Paging(PAGING.mark, "databases", None), "It knows: search."),
    (lambda vendor: vendor.people.pop("PUSER09")): (POLICY, f"no user {FROM}: correct `from_email`"),
    (lambda vendor: vendor.scopes.remove("incidents")): (POLICY, "read or change incidents (403)"),
}


@pytest.mark.parametrize("number", range(len(REFUSALS)))
async def test_refusals_say_what_to_mend(clock, number):
    change, (paging, words) = list(REFUSALS.items())[number]
    async with pager_adaptor("pagerduty", clock) as (vendor, pager):
        change(vendor)
        with pytest.raises(Permanent) as refused:
            await pager.page(MATTER, paging, again=False)
    assert words in refused.value.words
    assert type(refused.value) is Permanent, "the others of this integration go on"


async def test_a_page_that_is_not_listed_yet_is_waited_for(clock):
    async with pager_adaptor("pagerduty", clock) as (vendor, pager):
        vendor.lists = False
        with pytest.raises(Retryable):
            await pager.page(MATTER, POLICY, again=False)
