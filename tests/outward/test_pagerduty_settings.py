"""What Muster must be told of PagerDuty, and what an examination of it finds."""

import orjson
import pytest

from actions.outward.vendors import checked
from core.errors import DomainError
from core.secrets import Secrets
from integrations.failures import Permanent
from integrations.pagerduty import VENDOR
from integrations.pagerduty_configuration import API, EVENTS, PagerDutyConfiguration
from models.on_call import OnCall
from tests.outward.desk import read
from tests.outward.pager_desk import pager_adaptor, pager_at
from tests.outward.pagerduty_double import KEY, SEARCH_KEY, SECRET


@pytest.fixture
async def desk(world, tmp_path, monkeypatch):
    async with pager_at(world, tmp_path, "pagerduty", monkeypatch) as made:
        yield made


async def test_an_examination_looks_at_each_key_and_each_scope_and_wakes_nobody(clock):
    async with pager_adaptor("pagerduty", clock) as (vendor, pager):
        found, words = read(await pager.check())
        assert set(found.values()) == {"OK"}, words
        assert list(found) == [
            *("routing_key", "services.search", "escalation_policies.read", "oncalls.read", "from_email"),
            "webhook_secret",
        ]
        vendor.services.pop(SEARCH_KEY)
        vendor.scopes = {"users"}
        vendor.people.pop("PUSER09")
        found, words = read(await pager.check())
    assert found == {
        "routing_key": "OK",
        "services.search": "WRONG",
        "escalation_policies.read": "MISSING",
        "oncalls.read": "MISSING",
        "from_email": "WRONG",
        "webhook_secret": "OK",
    }
    assert "give it that scope" in words["oncalls.read"]
    assert (vendor.incidents, vendor.woken, vendor.faults) == ({}, [], [])


async def test_who_is_on_call_is_asked_for(clock):
    async with pager_adaptor("pagerduty", clock) as (_, pager):
        (one,) = await pager.on_call()
    assert one == OnCall("Ben Silva", "ben@quillhaven.example", "Shop")
    async with pager_adaptor("pagerduty", clock, token=None) as (_, pager):
        with pytest.raises(Permanent, match="enter `token`"):
            await pager.on_call()
        found, _ = read(await pager.check())
    assert "oncalls.read" not in found


def test_each_region_has_its_own_addresses():
    assert {EVENTS[region] for region in ("us", "eu")} == {
        "https://events.pagerduty.com",
        "https://events.eu.pagerduty.com",
    }
    assert API["eu"] == "https://api.eu.pagerduty.com"
    assert PagerDutyConfiguration(routing_key=KEY).region == "us"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"routing_key": "short"}, "routing_key"),
        ({"routing_key": KEY, "services": "search"}, "services"),
        ({"routing_key": KEY, "services": f"={SEARCH_KEY}"}, "services"),
        ({"routing_key": KEY, "region": "mars"}, "region"),
        ({"routing_key": KEY, "severities": {"SEV1": "dire"}}, "severities"),
        ({"routing_key": KEY, "from_email": "nobody"}, "from_email"),
        ({"routing_key": KEY, "token": ""}, "token"),
        ({"routing_key": KEY, "on_call_policies": "search=nothing"}, "on_call_policies"),
    ],
)
def test_a_configuration_that_can_not_be_is_refused_at_its_field(given, field):
    with pytest.raises(DomainError) as refused:
        checked(VENDOR, given)
    assert refused.value.field == f"configuration.{field}"
    assert SEARCH_KEY not in f"{refused.value.message}{refused.value.hint}"


async def test_every_key_is_sealed(desk):
    hidden = orjson.loads(Secrets(["tests"]).open(desk.account.sealed_secrets))
    assert hidden == {
        "routing_key": KEY,
        "services": f"search={SEARCH_KEY}",
        "token": "rest-key",
        "webhook_secret": SECRET,
    }
    assert not {*hidden} & {*desk.account.configuration}
