"""Adaptors speak to prism, which serves the vendors' own documents: it takes what they send, they read its answers."""

from dataclasses import replace

import httpx
import pytest

from integrations.pagerduty_configuration import PagerDutyConfiguration
from integrations.pagerduty_rest import Rest
from integrations.ports import Member, Paging, Remark
from tests.effort import proof
from tests.outward.desk import MATTER as BARE
from tests.outward.prism import prism
from tests.outward.prism_documents import (
    examples_alone,
    forms_as_json,
    newer_jira,
    newer_slack,
    not_acknowledged,
    versioned,
)

pytestmark = pytest.mark.slow

MATTER = replace(BARE, members=(Member(1, "ada@quillhaven.example"),), ticket="https://jira.example/OPS-1")
PAGING = Paging("muster-INC-1", None, None)
REMARK = Remark("muster-1", "We know *what* it is. <here>")
SLACK = (newer_slack, forms_as_json, examples_alone)
KEY = "r" * 32


async def test_prism_takes_the_events_that_page_and_refuses_what_is_none(tmp_path):
    async with prism("pagerduty-events-v2.openapi.json", tmp_path) as served:
        pager = served.adaptor("pagerduty", routing_key=KEY, events_url=served.address)
        await pager.page(MATTER, PAGING, again=False)
        await pager.acknowledge_page(PAGING)
        await pager.resolve_page(PAGING)
        assert await served.wrong() == []
        assert served.asked == ["post /v2/enqueue"] * 3
        async with httpx.AsyncClient(base_url=served.address) as client:
            assert (await client.post("/v2/enqueue", json={"event_action": "shout"})).status_code == 400
        assert await served.wrong() != []


@proof
async def test_prism_takes_what_is_asked_of_pagerduty(tmp_path):
    async with prism("pagerduty-rest-v2.trimmed.openapi.json", tmp_path, versioned) as served:
        asker = "125.greenholt.earline@graham.name"  # who is in the document's examples
        told = {"routing_key": KEY, "token": "t", "from_email": asker, "api_url": served.address}
        configuration = PagerDutyConfiguration(**told)
        rest = Rest(configuration, "t", served.speak)
        assert all(each.name and each.rota for each in await rest.on_call())
        assert await rest.policies()
        assert (await rest.page_by("muster-INC-1")).url.startswith("https://")
        await rest.ask_responders("PT4KHLK", "PT20YPA", "Come", again=True)
        assert await rest.mark_of("PT4KHLK")
        assert await rest.email_of("PXPGF42") == asker
        assert await served.wrong() == []
        assert "post /incidents/PT4KHLK/responder_requests" in served.asked


@proof
async def test_prism_takes_what_is_sent_to_opsgenie(tmp_path):
    async with prism("opsgenie-rest-2.0.0.trimmed.swagger2.json", tmp_path, not_acknowledged) as served:
        pager = served.adaptor("opsgenie", api_key="k", base_url=served.address, responders="team:Ops")
        for again in (True, False):
            assert (await pager.page(MATTER, PAGING, again=again)).external_id
        await pager.acknowledge_page(PAGING)
        await pager.resolve_page(PAGING)
        assert await pager.on_call()
        assert [each.result for each in await pager.check()] == ["OK", "OK", "MISSING"]
        assert await served.wrong() == []
        posted = ["", "/muster-INC-1/acknowledge", "/muster-INC-1/close"]
        assert [each for each in served.asked if "post" in each] == [f"post /v2/alerts{path}" for path in posted]


@proof
async def test_prism_takes_what_is_sent_to_jira(tmp_path):
    async with prism("jira-cloud-v3.trimmed.openapi.json", tmp_path, newer_jira) as served:
        given = {"email": "ada@quillhaven.example", "token": "t", "project": "OPS", "base_url": served.address}
        tickets = served.adaptor("jira", **given, labels="shop", fields={"priority": {"name": "High"}})
        assert (await tickets.open_ticket(MATTER)).external_id == "ED-24"
        assert await tickets.find_ticket(MATTER) is None
        assert (await tickets.comment(MATTER, "OPS-1", REMARK)).external_id == "10000"
        assert await tickets.find_comment(MATTER, "OPS-1", REMARK) is None
        assert {"project", "issue_type", "customfield_1"} <= {each.subject for each in await tickets.check()}
        assert await served.wrong() == []
        assert "post /rest/api/3/issue/ED-24/remotelink" in served.asked


@proof
async def test_prism_takes_what_is_sent_to_zoom(tmp_path, monkeypatch):
    async with prism("zoom-api-v2-2021.trimmed.json", tmp_path) as served:
        app = {"account_id": "a", "client_id": "c", "client_secret": "s", "oauth_url": served.address}
        calls = served.adaptor("zoom", **app, host="ops@quillhaven.example", base_url=f"{served.address}/v2")
        monkeypatch.setattr(calls, "_token", token)  # who gives those is no part of the document
        assert (await calls.open_bridge(MATTER)).url
        assert await calls.find_bridge(MATTER) is None
        assert await served.wrong() == []


async def token():
    return "t"


@proof
async def test_prism_takes_what_is_sent_to_slack(tmp_path):
    async with prism("slack-web-api-1.7.0.trimmed.swagger2.json", tmp_path, *SLACK) as served:
        place, stamp = "C012AB3CD", "1503435956.000247"
        told = {"token": "xoxb-1", "signing_secret": "s", "announcement_channel": place}
        chat = served.adaptor("slack", **told, base_url=f"{served.address}/api")
        for again in (False, True):
            assert (await chat.open_channel(MATTER, again=again)).external_id == "C0EAQDV4Z"
        await chat.follow_channel(MATTER, place, invite=True)
        assert (await chat.say(MATTER, place, REMARK)).external_id == f"{place}/{stamp}"
        assert await chat.find_said(place, REMARK) is None
        announced = (await chat.announce(MATTER)).external_id
        assert await chat.find_announcement(MATTER) is None
        await chat.follow_announcement(MATTER, announced)
        await chat.relay(MATTER, announced, REMARK)
        assert await chat.find_relayed(MATTER, announced, REMARK) is None
        await chat.test_send()
        await chat.archive_channel(place)
        assert (await chat.who_is("W012A3CDE", "T012AB3C4")).name == "spengler"
        assert await chat.message(place, stamp) is None
        await chat.whisper(place, "W012A3CDE", "Only you read this.")
        await chat.open_form("1.2.3", "key")
        await chat.fill_form("key", {"type": "modal", "blocks": []})
        assert len(await chat.check()) > 10
        assert await served.wrong() == []
        assert {"post /api/bookmarks.add", "post /api/pins.add", "post /api/views.update"} <= set(served.asked)
