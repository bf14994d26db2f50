"""Webhooks, Slack and Teams: a test message that confirms, signed news, and what happens when an address fails."""

import asyncio
import json
from pathlib import Path

import jsonschema_rs
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from actions.update_parts import ClaimInput
from core.secrets import Secrets
from integrations.news_card import NewsCard
from integrations.slack_hook import slack_body
from integrations.teams_hook import teams_card
from models.subscriber import Subscriber
from models.words import ComponentStatus, DeliveryState, PublicStatus
from tests.jobs.receiver import receiver

SCHEMA = Path(__file__).parents[3] / "shared" / "contracts" / "adaptive-card-1.5.0.schema.json"
HOSTILE = "<!channel> *[a](http://evil.example)* <script>&"


async def hooked(page, there, channel="WEBHOOK"):
    """Sign an address up and let it confirm; the signing secret, if there is one."""
    answer = await page.sign_up(there.url, channel)
    assert "A test message is on its way." in answer.text
    await page.work()
    found = [word for word in answer.text.replace("<", " <").replace(">", "> ").split() if word.startswith("whsec_")]
    return found[0] if found else None


async def test_a_webhook_confirms_by_taking_a_signed_ping_and_is_told_signed_news(page):
    async with receiver() as there:
        secret = await hooked(page, there)
        ping = there.arrived[0]
        told = Webhook(secret).verify(ping.body, ping.headers)
        assert told["type"] == "ping"
        assert told["data"]["manageUrl"].startswith("https://status.quillhaven.example/subscriptions/")
        reference = await page.declare()
        claim = [ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE)]
        await page.say(reference, components=claim)
        await page.work()
        news = there.arrived[1]
    told = Webhook(secret).verify(news.body, news.headers)
    assert told["type"] == "update.published"
    status = (await page.client.get("/status.json")).json()["incidents"][0]
    mine = told["data"]["incident"]
    assert {**mine, "components": [each["id"] for each in mine["components"]]} == {
        name: value for name, value in status.items() if name not in ("updates", "postmortem")
    }
    update = {name: value for name, value in status["updates"][0].items() if name != "components"}
    assert told["data"]["update"] == update
    assert mine["components"][0] | {"id": ""} == {"id": "", "name": "Checkout", "status": "MAJOR_OUTAGE"}
    assert [row.state for row in await page.ledger()] == [DeliveryState.DELIVERED]
    with pytest.raises(Exception, match="signature"):
        Webhook("whsec_" + "A" * 44).verify(news.body, news.headers)


@pytest.mark.parametrize("status", [500, 302, 410, None])
async def test_an_address_that_does_not_take_the_ping_is_not_subscribed(page, status):
    async with receiver() as there:
        there.status = status
        await hooked(page, there)
        there.status = 200
        await page.say(await page.declare())
        await page.work()
        assert len(there.arrived) == 1
    assert not (await page.subscribers())[0].active


async def test_an_address_inside_our_network_is_not_posted_to(page):
    page.settings["webhook_allow_private"] = False
    async with receiver() as there:
        await hooked(page, there)
        assert there.arrived == []


async def test_urls_and_secrets_lie_sealed_and_the_form_takes_over_nobodys_subscription(page):
    async with receiver() as there:
        secret = await hooked(page, there)
        page.world.clock.advance(minutes=11)
        other = await hooked(page, there)
        assert other != secret
        assert Webhook(secret).verify(there.arrived[1].body, there.arrived[1].headers)["type"] == "ping"
        (row,) = await page.subscribers()
    assert (row.email, row.host) == (None, "127.0.0.1")
    keys = Secrets(["tests"])
    assert there.url.encode() not in row.sealed_url
    assert (keys.open(row.sealed_url), keys.open(row.sealed_secret)) == (there.url, secret)
    async with page.world.database.reading() as reader:
        assert there.url not in str(await reader.execute(select(Subscriber)))


async def test_an_address_that_is_gone_is_disabled_at_once_and_admins_see_it(page):
    async with receiver() as there:
        await hooked(page, there)
        there.status = 410
        reference = await page.declare()
        await page.say(reference)
        await page.work()
        await page.say(reference, "More.")
        await page.work()
        assert len(there.arrived) == 2
    (row,) = await page.subscribers()
    assert row.disabled_because == "The address answered 410: it is gone."
    (event,) = await page.world.events(None, "subscriber.disabled")
    assert event.visibility == "PRIVATE"


async def test_one_that_fails_for_three_days_is_disabled_and_one_that_recovers_is_not(page):
    async with receiver() as there:
        await hooked(page, there)
        there.status = 500
        reference = await page.declare()
        await page.say(reference)
        waits = []
        for _ in range(400):
            put_off = await page.work()
            if not put_off:
                break
            waits.append(put_off[0][1].seconds)
            page.world.clock.advance(seconds=waits[-1] + 1)
        (row,) = await page.subscribers()
        assert row.disabled_because.startswith("Nothing has arrived since")
        assert 3 * 86400 <= sum(waits) + len(waits) < 3.2 * 86400  # a second passes after each
        assert len(there.arrived) < 150
        assert [each.state for each in await page.ledger()] == [DeliveryState.FAILED]
        there.status = 200
        page.world.clock.advance(minutes=11)
        await hooked(page, there)
        (row,) = await page.subscribers()
        assert row.active
        assert row.failing_since is None


async def test_a_webhook_that_recovers_gets_what_it_missed(page):
    async with receiver() as there:
        await hooked(page, there)
        there.status = None
        await page.say(await page.declare())
        ((_, later),) = await page.work()
        assert (await page.ledger())[0].state is DeliveryState.UNKNOWN
        there.status = 204
        page.world.clock.advance(seconds=later.seconds + 1)
        await page.work()
        first, second = there.arrived[1:]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    (row,) = await page.subscribers()
    assert (row.failing_since, row.next_attempt_at) == (None, None)


async def test_one_that_never_answers_delays_no_other(page, monkeypatch):
    monkeypatch.setattr("integrations.webhook.SECONDS", 3.0)
    hanging = asyncio.Event()

    async def hang(_reader, writer):
        await hanging.wait()
        writer.close()

    async with receiver() as dead, receiver() as well:
        for number, there in enumerate((dead, *[well] * 30)):
            await page.sign_up(f"{there.url}/{number}", "WEBHOOK")
            page.wait_a_minute()
        await page.work()
        well.arrived.clear()
        stuck = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = stuck.sockets[0].getsockname()[1]

        async def strand(session):
            row = await session.get(Subscriber, 1)
            row.sealed_url = Secrets(["tests"]).seal(f"http://127.0.0.1:{port}/")

        await page.world.do(strand)
        await page.say(await page.declare())
        began = asyncio.get_running_loop().time()
        working = asyncio.create_task(page.work())
        while len(well.arrived) < 30:
            await asyncio.sleep(0.01)
            assert asyncio.get_running_loop().time() - began < 30
        assert not working.done(), "the others have it while it still hangs"
        ((_, later),) = await working
        assert later.seconds > 0
        hanging.set()
        stuck.close()
        await stuck.wait_closed()


@pytest.mark.parametrize(("channel", "gone"), [("SLACK", 404), ("TEAMS", 410)])
async def test_a_chat_confirms_by_taking_a_message_and_is_told_in_cards(page, channel, gone):
    async with receiver() as there:
        await hooked(page, there, channel)
        reference = await page.declare()
        claim = [ClaimInput(page.component("checkout"), ComponentStatus.MAJOR_OUTAGE)]
        await page.say(reference, f"We know. {HOSTILE}", components=claim)
        await page.work()
        welcome, news = (json.loads(each.body) for each in there.arrived)
        for message in (welcome, news):
            text = json.dumps(message)
            assert "https://status.quillhaven.example/subscriptions/" in text
            assert "webhook-signature" not in there.arrived[0].headers
        told = json.dumps(news)
        for words in ("Orders can't be placed", "Major outage", "We are investigating", "Checkout", reference):
            assert words in told, words
        there.status = gone
        await page.say(reference, "Over.", PublicStatus.RESOLVED)
        await page.work()
    assert not (await page.subscribers())[0].active


CARD = NewsCard(
    "Quillhaven: Orders",
    "Major outage",
    "bad",
    "We know",
    HOSTILE * 200,
    (("Checkout", "Major outage"),) * 30,
    "Next update by 04:00 UTC.",
    (("All updates", "https://status.quillhaven.example/incidents/INC-1"),),
)


def test_slack_shows_what_was_written_and_mentions_nobody():
    message = json.loads(slack_body(CARD))
    text = json.dumps(message["blocks"])
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    assert message["text"].startswith("Quillhaven: Orders: Major outage.")
    for block in message["blocks"]:
        if block["type"] == "section" and "text" in block:
            assert len(block["text"]["text"]) <= 3000
        assert len(block.get("fields", ())) <= 10
    assert len(message["blocks"][0]["text"]["text"]) <= 150


def test_the_card_for_teams_is_an_adaptive_card():
    card = teams_card(CARD)
    assert card["fallbackText"]
    assert "[a](http" not in card["body"][3]["text"]
    if not SCHEMA.exists():
        pytest.skip("the schema of Adaptive Cards is not on this machine")
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text())).validate(card)
