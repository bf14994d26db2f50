"""The ways by which people want to be paged: shown to work, in their order, with what vendors tell and people reply."""

import json
import re
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from apprise.plugins.discord import NotifyDiscord
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from actions.outward.settings import save_integration
from actions.paging.contacts import (
    delete_contact_method,
    save_contact_method,
    verify_contact_method,
)
from actions.paging.contacts import (
    test_page as try_page,
)
from actions.paging.given import Rule
from actions.paging.preferences import save_notification_rules
from core import ids
from core.errors import DomainError
from core.live import Live
from core.runtime import Runtime
from integrations import twilio_hook
from models.paging.contact import ContactMethod
from models.paging.words import PageWay
from tests.actions.paging.calls import attempts, declared, later, pages, policy, rows, runs, step
from tests.actions.paging.doubles import ACCOUNT, NUMBER, TOKEN, Ntfy, Twilio, sign
from tests.jobs.inline import jobs_with, run_jobs
from tests.jobs.postbox import postbox
from tests.jobs.test_mail import words
from tests.journeys.product import serving
from tests.outward.obeying import Obeying
from tests.outward.slack_double import TOKEN as SLACK_TOKEN
from tests.outward.slack_double import slack_workspace
from tests.outward.test_apprise import URL

BEN = "+4915550123"


@asynccontextmanager
async def connected(world, tmp_path):
    """Twilio and ntfy as doubles, connected, and Muster's own doorway for what Twilio sends."""
    twilio, ntfy = Twilio(), Ntfy()
    async with serving(twilio.app()) as sms, serving(ntfy.app()) as push, postbox() as (box, port):
        more = {"smtp_url": f"smtp://127.0.0.1:{port}", "webhook_allow_private": True}
        with jobs_with(world.database, tmp_path, **more) as settings:
            account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "from_number": NUMBER, "base_url": sms}
            await world.do(save_integration, world.ada, vendor="twilio", configuration=account)
            await world.do(save_integration, world.ada, vendor="ntfy", configuration={"base_url": push})
            runtime = Runtime(settings, world.database, Live(world.database))
            door = httpx.ASGITransport(Starlette(routes=twilio_hook.routes(runtime)))
            async with httpx.AsyncClient(transport=door, base_url=settings.base_url) as client:
                yield SimpleNamespace(twilio=twilio, ntfy=ntfy, box=box, client=client, url=settings.base_url)


async def tells(there, token=TOKEN, **form):
    url = f"{there.url}/hooks/twilio/twilio"
    answer = await there.client.post(url, data=form, headers={"x-twilio-signature": sign(url, form, token)})
    return answer.status_code


async def added(world, there, way, address, person="ben"):
    actor = getattr(world, person)
    method = await world.do(save_contact_method, actor, way=way, address=address)
    await run_jobs(world.database)
    said = there.twilio.took[-1]["Body"] if way is PageWay.SMS else there.ntfy.took[-1]["message"]
    code = re.search(r"Enter (\w+) in", said)[1]
    reference = ids.encode("ContactMethod", method.id)
    await world.do(verify_contact_method, actor, method=reference, code=f"{code[:4].lower()}-{code[4:]}")
    return reference


async def test_push_at_once_then_a_text_message_whose_delivery_and_reply_are_heard(world, tmp_path):
    async with connected(world, tmp_path) as there:
        push = await added(world, there, PageWay.PUSH, "ben-secret-topic")
        sms = await added(world, there, PageWay.SMS, "+49 1555 0123")
        there.twilio.took.clear()
        rules = [Rule(sms, 2), Rule(push, 0)]
        await world.do(save_notification_rules, world.ben, high=rules)
        await policy(world, step(world, "ben", minutes=10))
        incident = await declared(world, title="Checkout is down")
        await run_jobs(world.database)
        sent = there.ntfy.took[-1]
        assert (sent["topic"], sent["priority"]) == ("ben-secret-topic", 5)
        assert sent["title"] == f"{incident.reference} SEV2: Checkout is down"
        (button,) = sent["actions"]
        assert (button["method"], button["url"].rpartition("/")[0]) == ("POST", f"{there.url}/auth/paged")
        assert there.twilio.took == []
        await later(world, minutes=2)
        (text,) = there.twilio.took
        assert (text["To"], text["From"]) == (BEN, NUMBER)
        assert text["StatusCallback"] == f"{there.url}/hooks/twilio/twilio"
        assert "reply ACK" in text["Body"]
        assert len(text["Body"]) <= 480
        assert there.twilio.faults + there.ntfy.faults == []
        assert await attempts(world) == ["SENT", "SENT"]
        sid = there.twilio.sid(0)
        assert await tells(there, MessageSid=sid, MessageStatus="delivered", token="wrong") == 401
        assert await tells(there, MessageSid=sid, MessageStatus="sent") == 200
        assert await attempts(world) == ["SENT", "SENT"]
        assert await tells(there, MessageSid=sid, MessageStatus="delivered") == 200
        assert (await attempts(world), await pages(world)) == (["SENT", "DELIVERED"], [("ben", 1, "DELIVERED")])
        assert await tells(there, From="+15559999", Body="ACK") == 200  # of somebody else
        assert await tells(there, From=BEN, Body="who is this?") == 200
        assert await runs(world) == ["RUNNING"]
        assert await tells(there, From=BEN, Body=" Ack. ") == 200
        assert (await runs(world), await pages(world)) == (["ACKNOWLEDGED"], [("ben", 1, "ACKNOWLEDGED")])


async def test_when_all_ways_of_ones_own_fail_mail_is_tried_and_nothing_is_lost_while_a_vendor_is_down(world, tmp_path):
    async with connected(world, tmp_path) as there:
        sms = await added(world, there, PageWay.SMS, BEN)
        await world.do(save_notification_rules, world.ben, high=[Rule(sms, 0)])
        await policy(world, step(world, "ben", minutes=30))
        await declared(world)
        there.twilio.down = True
        (put_off,) = await run_jobs(world.database)
        assert put_off[1].seconds == 60  # it may have been sent: not twice within a minute
        assert await attempts(world) == ["UNKNOWN"]
        there.twilio.down = False
        await later(world, seconds=60)
        assert await attempts(world) == ["SENT"]
        assert await tells(there, MessageSid=there.twilio.sid(1), MessageStatus="undelivered", ErrorCode="30003") == 200
        await run_jobs(world.database)
        assert await attempts(world) == ["FAILED", "SENT"]
        assert [mail["To"].addresses[0].username for mail in there.box.arrived] == ["ben"]


async def test_a_way_counts_only_once_its_code_was_entered_and_is_ones_own(world, tmp_path):
    with pytest.raises(DomainError, match="No twilio account") as refused:
        await world.do(save_contact_method, world.ben, way=PageWay.SMS, address=BEN)
    assert refused.value.field == "way"
    async with connected(world, tmp_path) as there:
        for way, bad in ((PageWay.SMS, "0155"), (PageWay.PUSH, "a b"), (PageWay.MAIL, "x"), (PageWay.APPRISE, "x")):
            with pytest.raises(DomainError) as refused:
                await world.do(save_contact_method, world.ben, way=way, address=bad)
            assert refused.value.field == "address"
        method = await world.do(save_contact_method, world.ben, way=PageWay.SMS, address=BEN)
        ref = {"method": ids.encode("ContactMethod", method.id)}
        with pytest.raises(DomainError, match="was not verified"):
            await world.do(save_notification_rules, world.ben, high=[Rule(ref["method"], 0)])
        with pytest.raises(DomainError, match="another code"):
            await world.do(verify_contact_method, world.ben, **ref, code="AAAAAAAA")
        with pytest.raises(DomainError, match="no contact method"):
            await world.do(verify_contact_method, world.chi, **ref, code="AAAAAAAA")
        with pytest.raises(DomainError, match="a moment ago"):
            await world.do(verify_contact_method, world.ben, **ref)
        with pytest.raises(DomainError, match="by this way yet"):
            await world.do(try_page, world.ben, **ref)
        world.clock.advance(minutes=16)
        with pytest.raises(DomainError, match="any more"):
            await world.do(verify_contact_method, world.ben, **ref, code="AAAAAAAA")
        await world.do(verify_contact_method, world.ben, **ref)
        await run_jobs(world.database)
        code = re.search(r"Enter (\w+) in", there.twilio.took[-1]["Body"])[1]
        await world.do(verify_contact_method, world.ben, **ref, code=code)
        world.clock.advance(minutes=1)
        await world.do(try_page, world.ben, **ref)
        await run_jobs(world.database)
        assert there.twilio.took[-1]["Body"].startswith("Test page from Muster")
        await world.do(save_notification_rules, world.ben, high=[Rule(ref["method"], 0)])
        await world.do(delete_contact_method, world.ben, **ref)
        (row,) = await rows(world, ContactMethod)
        assert row.sealed_address is None
        await policy(world, step(world, "ben"))
        await declared(world)
        await run_jobs(world.database)
        assert [mail["To"].addresses[0].username for mail in there.box.arrived] == ["ben"]  # mail, since no way is left
        there.box.arrived.clear()
        await world.do(save_contact_method, world.ben, way=PageWay.MAIL, address="ben@home.example")
        await run_jobs(world.database)
        page, text_ = words(there.box.arrived[0])
        assert page == text_
        wrong = await world.do(save_contact_method, world.chi, way=PageWay.SMS, address="+9991234567")
        await run_jobs(world.database)
        assert [row.error for row in await rows(world, ContactMethod) if row.id == wrong.id] == [
            "Twilio refuses this number or message (error 21211)."
        ]
        for given, field in (
            ({"quiet_from": "22:00"}, "quiet_until"),
            ({"quiet_from": "25:00", "quiet_until": "07:00"}, "quiet_from"),
            ({"high": [Rule(None, 121)]}, "high.0.after_minutes"),
            ({"zone": "Mars"}, "zone"),
        ):
            with pytest.raises(DomainError) as refused:
                await world.do(save_notification_rules, world.ben, **given)
            assert refused.value.field == field


class Discord(Obeying):
    """A place of Apprise's on loopback: what was posted stands in `messages`."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def answer(self, request, body):
        assert request.method == "POST"
        self.messages.append(json.loads(body))
        return Response(status_code=204)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_a_direct_message_in_slack_and_a_place_of_apprise_page_and_somebody_gone_is_a_failed_attempt(
    world, tmp_path, monkeypatch
):
    ben, discord = "ben@quillhaven.example", Discord()
    places = Starlette(routes=[Route("/{path:path}", discord.handle, methods=["POST"])])
    async with slack_workspace() as slack, serving(places) as there, postbox() as (_, port):
        monkeypatch.setattr(NotifyDiscord, "notify_url", there)
        slack.know(ben)
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}", webhook_allow_private=True):
            account = {"token": SLACK_TOKEN, "base_url": slack.base_url}
            await world.do(save_integration, world.ada, vendor="slack", configuration=account)
            told = await confirmed(world, PageWay.SLACK, ben, lambda: slack.direct[-1][1])
            spot = await confirmed(world, PageWay.APPRISE, URL, lambda: str(discord.messages[-1]))
            await world.do(save_notification_rules, world.ben, high=[Rule(told, 0), Rule(spot, 3)])
            await policy(world, step(world, "ben", minutes=10))
            incident = await declared(world, title="<!channel> is down")
            await run_jobs(world.database)
            page = slack.direct[-1][1]
            assert f"*{incident.reference} SEV2: &lt;!channel&gt; is down*" in page
            assert "/auth/paged/" in page
            before = len(discord.messages)
            await later(world, minutes=3)
            assert f"{incident.reference} SEV2" in str(discord.messages[before:])
            assert await attempts(world) == ["SENT", "SENT"]
            slack.people.clear()
            discord.does = [Response(status_code=404)]
            await declared(world, title="Search is down")
            await run_jobs(world.database)
            await later(world, minutes=3)
            assert "FAILED" in await attempts(world)


async def confirmed(world, way, address, last):
    """A way of Ben's own, with the code that came by it entered."""
    method = await world.do(save_contact_method, world.ben, way=way, address=address)
    await run_jobs(world.database)
    code = re.search(r"Enter (\w+) in", last())[1]
    reference = ids.encode("ContactMethod", method.id)
    await world.do(verify_contact_method, world.ben, method=reference, code=code)
    return reference
