"""The doorway for Slack: who gets in, and that nothing comes in twice."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from actions.outward.settings import save_integration
from core import ids
from integrations.slack_deliveries import UnreadableError, read_delivery
from integrations.slack_refusal import REFUSED
from integrations.slack_signature import Verdict, judge, sign
from models.integration import Integration
from tests.conftest import BEGINNING
from tests.outward.slack_posting import FORM, SECRET

DOCUMENTED = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
"""Slack's own example, with the secret of these tests (docs.slack.dev, "Verifying requests from Slack")."""


def test_slacks_own_example_has_the_signature_that_slack_gives():
    made = sign(DOCUMENTED.encode(), "1531420618", SECRET)
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


NOW = str(int(BEGINNING.timestamp()))
GOOD = sign(b"body", NOW, "new")


SIGNATURES = [
    ("good", NOW, GOOD, Verdict.GENUINE),
    ("by the secret before", NOW, sign(b"body", NOW, "old"), Verdict.GENUINE),
    ("by another secret", NOW, sign(b"body", NOW, "wrong"), Verdict.FORGED),
    ("of another body", NOW, sign(b"body ", NOW, "new"), Verdict.FORGED),
    ("of another moment", str(int(NOW) - 1), GOOD, Verdict.FORGED),
    ("just fresh", str(int(NOW) - 299), sign(b"body", str(int(NOW) - 299), "new"), Verdict.GENUINE),
    ("old", str(int(NOW) - 301), sign(b"body", str(int(NOW) - 301), "new"), Verdict.STALE),
    ("from the future", str(int(NOW) + 301), sign(b"body", str(int(NOW) + 301), "new"), Verdict.STALE),
    ("missing", NOW, "", Verdict.UNSIGNED),
    ("without a moment", "", GOOD, Verdict.UNSIGNED),
    ("with no number", "１２３", GOOD, Verdict.UNSIGNED),
    ("no signature at all", NOW, "v0=ünsigned", Verdict.UNSIGNED),
    ("of another version", NOW, GOOD.replace("v0", "v1"), Verdict.UNSIGNED),
]


@pytest.mark.parametrize(
    ("timestamp", "signature", "verdict"), [case[1:] for case in SIGNATURES], ids=[case[0] for case in SIGNATURES]
)
def test_a_signature(timestamp, signature, verdict):
    assert judge(b"body", timestamp, signature, ["new", "old"], BEGINNING) is verdict


@given(st.binary(max_size=300), st.sampled_from([FORM, "application/json", "", "text/plain; charset=x"]))
def test_a_body_is_read_or_refused_whatever_it_is(body, kind):
    with contextlib.suppress(UnreadableError):
        read_delivery(body, kind)


SCALARS = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_of_any_shape_is_read_or_refused(value):
    whole = {"type": "event_callback", "event_id": "E1"}
    fields = dict.fromkeys(("message", "item", "user", "text", "files", "edited", "ts", "bot_id"), value)
    kinds = ({"type": "message"}, {"type": "message", "subtype": "message_changed"}, {"type": "pin_added"})
    for body in (
        value,
        {**whole, "event": value},
        *({**whole, "event": {**fields, "channel": "C1", **k}} for k in kinds),
    ):
        with contextlib.suppress(UnreadableError):
            read_delivery(json.dumps(body).encode(), "application/json")


async def the_one(world):
    """The id of the integration."""
    async with world.database.reading() as reader:
        return ids.encode("Integration", await reader.scalar(select(Integration.id)))


def count(reason):
    return REFUSED.labels(reason)._value.get()  # noqa: SLF001 (the client has no other way to read a counter)


async def test_slack_sees_that_the_address_is_ours(sender):
    body = json.dumps({"token": "x", "challenge": "3eZbrw1aB", "type": "url_verification"}).encode()
    answer = await sender.send(body)
    assert answer.json() == {"challenge": "3eZbrw1aB"}
    assert (await sender.send(body, secret="another")).status_code == 401


async def test_who_has_no_good_signature_is_refused_counted_and_noted(sender):
    body = sender.command("ben", "status")
    before = {reason: count(reason) for reason in ("forged", "stale", "unsigned")}
    forged = await sender.send(body, FORM, secret="wrong")
    stale = await sender.send(body, FORM, age=400)
    bare = await sender.client.post("/hooks/slack/slack", content=body, headers={"content-type": FORM})
    assert [each.status_code for each in (forged, stale, bare)] == [401, 401, 401]
    assert {reason: count(reason) - was for reason, was in before.items()} == dict.fromkeys(before, 1)
    assert sender.refusals.noted == [("UNAUTHENTICATED", "hook slack")] * 3
    assert await sender.world.jobs() == []
    assert SECRET not in forged.text


async def test_one_that_is_not_connected_or_has_no_signing_secret_takes_nothing(sender, world):
    assert (await sender.client.post("/hooks/slack/nowhere", content=b"x")).status_code == 404
    await world.do(save_integration, world.ada, id=await the_one(world), configuration={"signing_secret": None})
    answer = await sender.send(sender.command("ben", "help"), FORM)
    assert answer.status_code == 404
    assert "signing_secret" in answer.json()["error"]["hint"]


async def test_while_the_secret_is_being_replaced_both_are_good(sender, world):
    fresh = {"signing_secret": "fresh", "previous_signing_secret": SECRET}
    await world.do(save_integration, world.ada, id=await the_one(world), configuration=fresh)
    for secret, status in (("fresh", 200), (SECRET, 200), ("neither", 401)):
        assert (await sender.send(sender.command("ben", "help"), FORM, secret=secret)).status_code == status


async def test_what_is_sent_again_is_taken_once_and_a_replay_is_refused(sender):
    event = json.dumps(
        sender.envelope("Ev1", type="message", channel="C1", user="U1", text="x", ts="1700000000.000100")
    )
    first = await sender.send(event.encode())
    again = await sender.send(event.encode(), **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
    replayed = await sender.client.post("/hooks/slack/slack", content=event, headers=dict(first.request.headers))
    assert [first.status_code, again.status_code, replayed.status_code] == [200, 401, 401], "the same second"
    sender.world.clock.advance(seconds=60)
    again = await sender.send(event.encode(), **{"x-slack-retry-num": "2", "x-slack-retry-reason": "http_timeout"})
    assert again.status_code == 200
    assert len(await sender.world.jobs("chat.hear")) == 1


async def test_a_body_is_bounded_and_must_be_slacks(sender):
    assert (await sender.send(b"x" * 1_000_001)).status_code == 413
    assert (await sender.send(b"{")).status_code == 400
    assert (await sender.send(b"\xff\xfe=1&command=x", FORM)).status_code == 400
    assert (await sender.send(b"ssl_check=1&token=x", FORM)).status_code == 200, "Slack's look at our certificate"
    assert (await sender.send(b'{"type": "app_rate_limited", "minute_rate_limited": 1}')).status_code == 200
    assert await sender.world.jobs() == []


async def test_a_command_is_acknowledged_at_once_and_privately(sender):
    answer = await sender.send(sender.command("ben", "status"), FORM)
    assert answer.json() == {"response_type": "ephemeral", "text": "Working on it…"}
    assert sender.slack.asked == [], "nobody waits for Slack"
    assert [job.name for job in await sender.world.jobs()] == ["chat.obey"]
