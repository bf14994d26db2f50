"""The form: what it answers tells nothing of who is known, and nobody's mailbox is flooded with it."""

import re

import pytest
from sqlalchemy import event, text

from actions.subscribers.links import MANAGE
from core.secrets import Secrets
from core.signing import Signed, sign
from tests.statuspage.conftest import cut
from tests.subscribers.conftest import page_of

__all__ = ["cut"]

EVERY_JOB = "subscriber.sign_up"


async def statements(page, address):
    """What the form makes the database do for an address."""
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    engine = page.world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = await page.sign_up(address)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return answer, seen


async def refuse_for_good(page, address):
    page.box.answers[address] = "550 5.1.1 no such user"
    await page.sign_up(address)
    await page.work()
    del page.box.answers[address]


async def test_the_answer_and_the_work_are_the_same_whatever_is_known_of_an_address(page):
    await page.subscribe("confirmed@example.org")
    await page.sign_up("waiting@example.org")
    await page.work()
    await refuse_for_good(page, "suppressed@example.org")
    await page.subscribe("gone@example.org")
    (*_, gone) = await page.subscribers()
    await page.client.post(f"/subscriptions/{sign(Secrets(['tests']), Signed(MANAGE, gone.id))}/unsubscribe")
    page.world.clock.advance(hours=1)
    page.box.arrived.clear()
    found = [
        await statements(page, f"{name}@example.org") for name in ("new", "confirmed", "waiting", "suppressed", "gone")
    ]
    answers = {(it.status_code, it.text, tuple(sorted(it.headers.items()))) for it, _ in found}
    assert len({(status, re.sub(r"\d\d:\d\d", "", body)) for status, body, _ in answers}) == 1
    assert len({tuple(sorted(name for name, _ in headers)) for _, _, headers in answers}) == 1
    assert len({tuple(seen) for _, seen in found}) == 1, "the same statements"
    await page.work()
    assert sorted(mail["To"] for mail in page.box.arrived) == [
        f"{name}@example.org" for name in ("confirmed", "gone", "new", "waiting")
    ]


async def test_an_address_gets_one_letter_in_ten_minutes_and_five_a_day(page):
    for _ in range(3):
        await page.sign_up()
    await page.work()
    assert len(page.box.arrived) == 1
    for _ in range(10):
        page.world.clock.advance(minutes=11)
        await page.sign_up()
        await page.work()
        page.wait_a_minute()
    assert len(page.box.arrived) == 5
    page.world.clock.advance(hours=24)
    await page.sign_up()
    await page.work()
    assert len(page.box.arrived) == 6


async def test_a_network_is_throttled_and_told_when_to_come_again(page):
    answers = [await page.sign_up(f"a{n}@example.org") for n in range(12)]
    assert [it.status_code for it in answers] == [200] * 10 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 0
    assert "sent many times" in answers[-1].text


async def test_one_recipient_is_throttled_silently_however_many_ask(page):
    answers = [await page.sign_up() for _ in range(6)]
    assert {it.status_code for it in answers} == {200}
    assert len(await page.world.jobs(EVERY_JOB)) == 3


@pytest.mark.parametrize(
    ("channel", "address", "words"),
    [
        ("EMAIL", "eve", "is not an e-mail address"),
        ("EMAIL", "eve@localhost", "is not an e-mail address"),
        ("EMAIL", '"a b"@example.org', "is not an e-mail address"),
        ("EMAIL", "eve@example.org\r\nBcc: all@example.org", "is not an e-mail address"),
        ("EMAIL", "a" * 300 + "@example.org", "at most 254"),
        ("EMAIL", "", "The address is missing."),
        ("EMAIL", "e\u00e9@example.org", "is not an e-mail address"),
        ("WEBHOOK", "ftp://example.org/x", "is not a web address"),
        ("WEBHOOK", "https://user:pw@example.org/x", "credentials"),
        ("SLACK", "https://example.org/services/T/B/X", "is not a host of Slack"),
        ("TEAMS", "https://webhook.office.com.evil.example/x", "Microsoft Teams"),
        ("PIGEON", "https://example.org", "Choose one of the ways."),
    ],
)
async def test_what_is_no_address_is_refused_beside_its_field_and_kept_in_it(page, channel, address, words):
    answer = await page.sign_up(address, channel)
    assert answer.status_code == 400
    assert words in answer.text
    assert await page.world.jobs(EVERY_JOB) == []
    if channel == "SLACK":
        assert address in answer.text


async def test_a_form_that_is_none_is_refused_in_words(page):
    for body, kind in ((b"\xff=1", "application/x-www-form-urlencoded"), (b"{}", "application/json")):
        answer = await page.client.post("/subscribe", content=body, headers={"content-type": kind})
        assert answer.status_code == 400
        assert "form" in answer.text
    huge = await page.client.post("/subscribe", data={"address": "a" * 100_000})
    assert huge.status_code == 400


async def test_production_takes_only_https_and_the_hosts_of_slack_and_teams(world, tmp_path):
    async with page_of(world, tmp_path) as page:
        plain = await page.sign_up("http://example.org/hook", "WEBHOOK")
        assert "does not begin with https" in plain.text
        for channel, address in (
            ("SLACK", "https://hooks.slack.com/services/T0/B0/x"),
            ("TEAMS", "https://prod-12.westus.logic.azure.com:443/workflows/x"),
            ("TEAMS", "https://contoso.webhook.office.com/webhookb2/x"),
            ("TEAMS", "https://default1.2.environment.api.powerplatform.com:443/powerautomate/x"),
        ):
            assert (await page.sign_up(address, channel)).status_code == 200, address


async def test_the_form_stands_while_the_database_is_away_and_says_that_nothing_was_taken(page, cut):
    assert (await page.client.get("/subscribe")).status_code == 200
    await cut(answering=False)
    assert (await page.client.get("/subscribe")).status_code == 200
    answer = await page.sign_up()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_links_are_over_after_two_days_and_forged_ones_look_the_same(page):
    await page.sign_up()
    await page.work()
    confirm = page.links()[0]
    forged = [
        confirm[:-1] + ("0" if confirm[-1] != "0" else "1"),
        confirm.replace("/confirm/1.", "/confirm/2."),
        "/subscribe/confirm/" + sign(Secrets(["other"]), Signed("confirm a subscription", 1)),
        "/subscribe/confirm/" + sign(Secrets(["tests"]), Signed("manage a subscription", 1)),
        "/subscribe/confirm/1.2.3",
        "/subscribe/confirm/" + "9" * 5000,
        "/subscribe/confirm/1.9.\u00e9",
        f"/subscriptions/{confirm.rpartition('/')[2]}",
    ]
    page.world.clock.advance(hours=49)
    over = await page.client.post(confirm)
    assert over.status_code == 404
    for path in forged:
        for ask in (page.client.get, page.client.post):
            answer = await ask(path)
            assert (answer.status_code, answer.text) == (404, over.text), path
    assert not (await page.subscribers())[0].active


async def test_a_confirmation_counts_no_more_once_somebody_left(page):
    await page.subscribe()
    confirm = page.links()[0]
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    manage = page.links()[0]
    for _ in range(2):
        assert (await page.client.post(f"{manage}/unsubscribe")).status_code == 200
    assert "not subscribed any more" in (await page.client.get(manage)).text
    assert (await page.client.post(confirm)).status_code == 404
    assert not (await page.subscribers())[0].active
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    await page.client.post(page.links()[0])
    assert (await page.subscribers())[0].active


async def test_links_stay_good_while_the_key_is_replaced(page):
    await page.subscribe()
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    manage = page.links()[0]
    page.world.database.secrets = Secrets(["new", "tests"])
    assert (await page.client.get(manage)).status_code == 200
    page.world.database.secrets = Secrets(["new"])
    assert (await page.client.get(manage)).status_code == 404


async def test_no_get_changes_anything(page):
    await page.subscribe()
    page.world.clock.advance(minutes=11)
    await page.sign_up()
    await page.work()
    manage = page.links()[0]

    async def everything():
        async with page.world.database.reading() as reader:
            return [
                await reader.execute(text(f"select * from {table} order by 1"))
                for table in ("subscriber", "job", "event", "subscriber_component")
            ]

    before = await everything()
    for path in ("/subscribe", manage, f"{manage}/unsubscribe", page.links(0)[0]):
        for ask in (page.client.get, page.client.head):
            assert (await ask(path)).status_code == 200
    assert await everything() == before


async def test_pages_with_a_link_of_ones_own_are_kept_by_nobody_and_told_to_nobody(page):
    await page.sign_up()
    await page.work()
    answer = await page.client.get(page.links()[0])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
