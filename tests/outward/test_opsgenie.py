"""What Muster sends to Opsgenie, which accepts first and does it later."""

import json

import pytest

from actions.outward.vendors import checked
from core.errors import DomainError
from integrations import opsgenie
from integrations.failures import Ambiguous, AuthExpired, Permanent
from integrations.opsgenie import API, VENDOR
from integrations.ports import Paging
from tests.outward.desk import MATTER, read
from tests.outward.pager_desk import pager_adaptor

PAGING = Paging("muster-INC-1-1-aaaaaaaaaaaaaaaa", None, None)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(opsgenie, "PAUSE", 0)


async def test_an_alert_has_the_link_the_alias_and_whom_it_is_for(clock):
    async with pager_adaptor("opsgenie", clock, responders="schedule:Night") as (vendor, pager):
        made = await pager.page(MATTER, PAGING, again=False)
        await pager.page(MATTER, Paging("x", "user:ben@quillhaven.example", None), again=False)
    one, two = map(json.loads, vendor.posts("/alerts"))
    assert (one["alias"], one["message"], one["priority"]) == (PAGING.mark, "[INC-1] Checkout is down", "P1")
    assert one["details"]["url"] == MATTER.url
    assert one["responders"] == [{"type": "schedule", "name": "Night"}]
    assert two["responders"] == [{"type": "user", "username": "ben@quillhaven.example"}]
    assert made.external_id in vendor.alerts
    assert vendor.faults == []


async def test_what_it_accepted_is_asked_for_until_it_is_done(clock):
    async with pager_adaptor("opsgenie", clock) as (vendor, pager):
        vendor.slow = 2
        await pager.page(MATTER, PAGING, again=False)
        vendor.slow = 99
        with pytest.raises(Ambiguous, match="does not say yet"):
            await pager.resolve_page(PAGING)
        await pager.resolve_page(PAGING)
    assert vendor.only()["status"] == "closed"
    assert len(vendor.posts("/close")) == 1, "what is closed already is not closed again"


async def test_what_it_accepted_and_could_not_do_is_told(clock):
    async with pager_adaptor("opsgenie", clock) as (vendor, pager):
        with pytest.raises(Permanent, match=r"Team \[Nobody\] does not exist"):
            await pager.page(MATTER, Paging(PAGING.mark, "Nobody", None), again=False)
    assert vendor.woken == []


async def test_while_we_ask_what_became_of_it_a_failure_leaves_it_open(clock):
    async with pager_adaptor("opsgenie", clock) as (vendor, pager):
        vendor.does = [None, "failed afterwards"]
        with pytest.raises(Ambiguous):
            await pager.page(MATTER, PAGING, again=False)
        await pager.page(MATTER, PAGING, again=True)
    assert len(vendor.posts("/alerts")) == len(vendor.woken) == 1


async def test_a_page_that_is_gone_or_over_needs_nothing(clock):
    async with pager_adaptor("opsgenie", clock) as (vendor, pager):
        with pytest.raises(Permanent, match="no such alert"):
            await pager.acknowledge_page(PAGING)
        await pager.page(MATTER, PAGING, again=False)
        vendor.change(vendor.only(), "Close", "sam@elsewhere.example")
        await pager.acknowledge_page(PAGING)
    assert vendor.posts("/acknowledge") == []


async def test_an_examination_and_who_is_on_call(clock):
    async with pager_adaptor("opsgenie", clock) as (vendor, pager):
        assert read(await pager.check())[0] == {"api_key": "OK", "on-calls": "OK"}
        (one,) = await pager.on_call()
        assert (one.email, one.rota) == ("ben@quillhaven.example", "Shop rota")
        vendor.may = False
        found, words = read(await pager.check())
        assert found == {"api_key": "MISSING", "on-calls": "MISSING"}
        assert "access rights" in words["api_key"]
        vendor.key = "another"
        with pytest.raises(AuthExpired):
            await pager.page(MATTER, PAGING, again=False)
    async with pager_adaptor("opsgenie", clock, webhook_token=None) as (_, pager):
        assert read(await pager.check())[0]["webhook_token"] == "MISSING"


def test_each_region_has_its_own_address():
    assert API == {"us": "https://api.opsgenie.com", "eu": "https://api.eu.opsgenie.com"}


@pytest.mark.parametrize(
    ("given", "field"), [({}, "api_key"), ({"api_key": "x", "webhook_token": "y"}, "webhook_token")]
)
def test_a_configuration_that_can_not_be_is_refused_at_its_field(given, field):
    with pytest.raises(DomainError) as refused:
        checked(VENDOR, given)
    assert refused.value.field == f"configuration.{field}"
