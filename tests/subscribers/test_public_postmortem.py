"""The postmortem that customers read: on the page, in feeds and the API, in mails and hooks, and gone again."""

import json

import pytest
from standardwebhooks import Webhook

from actions.postmortems.public import (
    edit_public_postmortem,
    publish_postmortem_publicly,
    withdraw_public_postmortem,
)
from actions.stages import change_stage
from actions.visibility_changes import change_visibility
from models.words import DeliveryState, PublicStatus, Stage, Visibility
from tests.jobs.receiver import receiver
from tests.statuspage.conftest import name_organisation
from tests.subscribers.test_hooks import hooked

WORDS = "A disk was full.\n\n## What we change\n\n- An *alarm* comes earlier. <script>alert(1)</script>"


async def over(page):
    """An incident that is resolved, and of which customers read that."""
    reference = await page.declare()
    await page.say(reference)
    page.world.clock.advance(minutes=42)
    await page.say(reference, "Orders go through.", PublicStatus.RESOLVED)
    for stage in (Stage.MITIGATION, Stage.RESOLUTION):
        await page.world.do(change_stage, page.world.ada, incident=reference, stage=stage)
    await page.work()
    return reference


async def act(page, action, reference, **given):
    await page.world.do(action, page.world.ada, incident=reference, **given)
    await page.work()


async def seen(page, reference):
    """Everywhere that it can be read: the page, the history, the feeds, the API."""
    page.world.clock.advance(seconds=31)
    addresses = {
        "page": f"/incidents/{reference}",
        "history": "/history",
        "atom": "/history.atom",
        "rss": "/history.rss",
        "json": "/feed.json",
        "api": "/api/v2/incidents.json",
        "status": "/status.json",
    }
    return {name: (await page.client.get(address)).text for name, address in addresses.items()}


def learned(shown):
    """What `/status.json` tells of the one incident."""
    (incident,) = json.loads(shown["status"])["incidents"]
    return incident["postmortem"]


async def test_a_postmortem_is_published_edited_and_withdrawn_everywhere(page):
    await page.subscribe()
    reference = await over(page)
    before = await seen(page, reference)
    assert not any("A disk was full." in text for text in before.values())
    assert "postmortem_body" not in json.loads(before["api"])["incidents"][0]
    page.box.arrived.clear()

    await act(page, publish_postmortem_publicly, reference, body=WORDS)
    shown = await seen(page, reference)
    assert '<h2 id="postmortem">What we learned</h2>' in shown["page"]
    assert "<em>alarm</em>" in shown["page"]
    pages = (text for name, text in shown.items() if name not in ("api", "status"))
    assert not any("<script>alert" in text for text in pages), "those two are not HTML"
    assert f'href="/incidents/{reference}#postmortem">Postmortem</a>' in shown["history"]
    for name in ("atom", "rss", "json"):
        assert f"/incidents/{reference}#postmortem" in shown[name]
        assert "Orders can't be placed: Postmortem" in shown[name].replace("&#39;", "'")
    at = json.loads(shown["status"])["updatedAt"]
    assert learned(shown) == {"body": WORDS, "publishedAt": at, "editedAt": None}
    told = json.loads(shown["api"])["incidents"][0]
    assert told["postmortem_body"] == WORDS
    assert told["postmortem_published_at"] == told["postmortem_body_last_updated_at"]
    (mail,) = page.box.arrived
    assert mail["Subject"] == "[Quillhaven] Postmortem: Orders can't be placed"
    assert mail["References"] is not None, "it is in the thread of its incident"
    assert f"/incidents/{reference}#postmortem" in mail.get_body(("plain",)).get_content()
    assert "<em>alarm</em>" in mail.get_body(("html",)).get_content()

    await act(page, edit_public_postmortem, reference, body="A disk was full. We doubled it.", expected_version=1)
    assert len(page.box.arrived) == 1, "an edit is told only if it is to be"
    shown = await seen(page, reference)
    assert "Edited" in shown["page"].partition('id="postmortem"')[2].partition("</header>")[0]
    told = json.loads(shown["api"])["incidents"][0]
    assert told["postmortem_body"] == "A disk was full. We doubled it."
    assert told["postmortem_published_at"] < told["postmortem_body_last_updated_at"]
    assert learned(shown)["publishedAt"] == at < learned(shown)["editedAt"]
    await act(page, edit_public_postmortem, reference, body="A disk was full; we doubled it.", notify=True)
    assert "Corrected: What we learned" in page.box.arrived[1].get_body(("plain",)).get_content()

    await act(page, withdraw_public_postmortem, reference, reason="Names a supplier.")
    await act(page, withdraw_public_postmortem, reference, reason="Again.")
    gone = await seen(page, reference)
    assert not any("A disk was full" in text or "#postmortem" in text for text in gone.values())
    assert not any("Names a supplier" in text for text in gone.values())
    assert "postmortem_body" not in json.loads(gone["api"])["incidents"][0]
    assert learned(gone) is None
    assert len(page.box.arrived) == 2
    await act(page, publish_postmortem_publicly, reference, body="Once more.", notify=False)
    assert "Once more." in (await seen(page, reference))["page"]
    assert len(page.box.arrived) == 2
    kinds = [event.kind for event in await page.world.events() if event.kind.startswith("public_postmortem.")]
    assert kinds == [
        f"public_postmortem.{what}" for what in ("published", "edited", "edited", "withdrawn", "published")
    ]


async def test_a_webhook_and_a_chat_are_told(page):
    async with receiver() as there, receiver() as chat:
        secret = await hooked(page, there)
        await hooked(page, chat, "SLACK")
        reference = await over(page)
        await act(page, publish_postmortem_publicly, reference, body=WORDS)
        news = there.arrived[-1]
        message = json.loads(chat.arrived[-1].body)
    told = Webhook(secret).verify(news.body, news.headers)
    assert told["type"] == "public_postmortem.published"
    assert told["data"].keys() == {"page", "incident", "postmortem", "manageUrl"}
    assert told["data"]["postmortem"] | {"publishedAt": ""} == {"body": WORDS, "publishedAt": "", "editedAt": None}
    assert told["data"]["incident"]["reference"] == reference
    assert "What we learned" in json.dumps(message)


@pytest.mark.parametrize("hidden", ["withdrawn", "private"])
async def test_what_was_taken_back_before_its_turn_goes_to_nobody(page, hidden):
    await page.subscribe()
    reference = await over(page)
    page.box.arrived.clear()
    ada = page.world.ada
    await page.world.do(publish_postmortem_publicly, ada, incident=reference, body=WORDS)
    await page.work("broadcast.list")
    if hidden == "withdrawn":
        await page.world.do(withdraw_public_postmortem, ada, incident=reference, reason="Wrong.")
    else:
        private = {"visibility": Visibility.PRIVATE, "reason": "Security"}
        await page.world.do(change_visibility, ada, incident=reference, **private)
    await page.work()
    assert page.box.arrived == []
    assert (await page.ledger())[-1].state is DeliveryState.SUPPRESSED
    page.world.clock.advance(seconds=31)
    assert WORDS[:10] not in (await page.client.get(f"/incidents/{reference}")).text


async def test_a_german_page_tells_it_in_german(page):
    await page.world.do(name_organisation, language="de", time_zone="Europe/Berlin")
    await page.subscribe()
    reference = await over(page)
    await act(page, publish_postmortem_publicly, reference, body=WORDS)
    await act(page, edit_public_postmortem, reference, body="Anders.", notify=True)
    first, second = page.box.arrived[-2:]
    assert first["Subject"] == "[Quillhaven] Nachbetrachtung: Orders can't be placed"
    assert "Was wir gelernt haben" in first.get_body(("plain",)).get_content()
    assert "Korrigiert" in second.get_body(("plain",)).get_content()
    shown = (await seen(page, reference))["page"]
    assert '<h2 id="postmortem">Was wir gelernt haben</h2>' in shown
    assert "Geändert" in shown.partition('id="postmortem"')[2].partition("</header>")[0]
