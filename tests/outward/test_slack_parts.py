"""Names, refusals and configurations of Slack, each by itself."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import parse, validate

from actions.outward.vendors import checked
from core.errors import DomainError
from integrations.failures import Ambiguous, AuthExpired, Permanent, Retryable
from integrations.pointing import points_to
from integrations.ports import Matter, Member
from integrations.slack import VENDOR
from integrations.slack_api import Refused, failure
from integrations.slack_guests import MOST_INVITED, invite
from integrations.slack_names import is_channel_of, names
from integrations.slack_scopes import INBOUND, SCOPES
from integrations.slack_summary import ABOUT, summary, topic
from models.words import Stage
from schema.build import core
from tests.outward.slack_double import BOT, slack_workspace
from tests.outward.slack_journey import Journey

MATTER = Matter(
    "INC-7",
    "Checkout is down",
    "SEV1",
    "https://muster.example/console/incidents/INC-7",
    private=False,
    drill=False,
    stage=Stage.RESPONSE,
    commander=None,
    members=(),
)


def named(pattern="{reference}-{slug}", **changed):
    return next(names(pattern, replace(MATTER, **changed)))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout is down", "inc-7-checkout-is-down"),
        ("  Zahlungen: 50 % fehlen – größtenteils!", "inc-7-zahlungen-50-fehlen-grosstenteils"),
        ("結帳壞了", "inc-7"),
        ("é" * 300, "inc-7-" + "e" * 72),
    ],
)
def test_names_are_of_the_title_within_slacks_rules(title, name):
    assert named(title=title) == name
    for each in names("{reference}-{slug}", replace(MATTER, title=title)):
        assert re.fullmatch(r"[a-z0-9_-]{1,80}", each)


def test_names_of_drills_and_of_private_incidents_say_so_and_nothing():
    assert named(drill=True) == "drill-inc-7-checkout-is-down"
    assert named(private=True) == "inc-7"
    assert named("war_{slug}_{reference}", private=True) == "war_inc-7"
    assert list(names("{reference}", MATTER))[:3] == ["inc-7", "inc-7-2", "inc-7-3"]


@pytest.mark.parametrize(
    "pattern", ["{reference}-{slug}", "{slug}-{reference}", "war_{reference}_{slug}", "{reference}"]
)
@pytest.mark.parametrize("title", ["Checkout is down", "Like INC-70", "結帳", "x" * 200])
@pytest.mark.parametrize("drill", [True, False])
def test_a_channel_without_a_purpose_is_known_by_its_name(pattern, title, drill):
    matter = replace(MATTER, title=title, drill=drill)
    for name in names(pattern, matter):
        made = {"name": name, "creator": BOT, "is_private": False}
        assert is_channel_of(made, replace(matter, title="Another"), pattern, BOT)
        assert not is_channel_of({**made, "creator": "U1"}, matter, pattern, BOT)
        assert not is_channel_of(made, replace(matter, private=True), pattern, BOT)
        assert not is_channel_of({**made, "purpose": {"value": "Lunch"}}, matter, pattern, BOT)
        for other in ("INC-70", "INC-77", "INC-8"):
            assert not is_channel_of(made, replace(matter, reference=other), pattern, BOT)


def test_an_address_is_not_that_of_another_that_begins_like_it():
    assert points_to(f"<{MATTER.url}> · x", MATTER.url)
    assert points_to(MATTER.url, MATTER.url)
    assert not points_to(f"<{MATTER.url}0>", MATTER.url)
    assert not points_to(f"<{MATTER.url}/events>", MATTER.url)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("incident", "Let {reference} be part"),
        ("{reference}{slug}", "Let {reference} be part"),
        ("INC-{reference}", "Use a-z"),
        ("{reference}-{title}", "Use a-z"),
        ("{reference}-" + "x" * 30, "Use a-z"),
        ("", "Use a-z"),
    ],
)
def test_patterns_that_can_not_be_meant_are_refused(pattern, said):
    with pytest.raises(DomainError, match=re.escape(said)) as refused:
        checked(VENDOR, {"token": "xoxb-1", "channel_name": pattern})
    assert refused.value.field == "configuration.channel_name"


def test_the_token_is_kept_sealed():
    secret = {"token": "xoxb-1", "signing_secret": "s1", "previous_signing_secret": "s0"}
    plain, sealed = checked(VENDOR, secret)
    assert sealed == secret
    assert plain == {
        "base_url": "https://slack.com/api",
        "channel_name": "{reference}-{slug}",
        "pin_reaction": "pushpin",
        "private_channels": False,
        "announcement_channel": None,
    }


MEANS = {
    "invalid_auth": AuthExpired,
    "token_revoked": AuthExpired,
    "account_inactive": AuthExpired,
    "ratelimited": Retryable,
    "team_added_to_org": Retryable,
    "channel_not_found": Refused,
    "is_archived": Refused,
    "restricted_action": Refused,
    "missing_scope": Refused,
    "something_new": Refused,
}


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("code", MEANS)
def test_what_refusals_mean(code, once):
    found = failure({"ok": False, "error": code, "needed": "pins:write", "provided": "chat:write"}, once=once)
    assert type(found) is MEANS[code]
    assert code in found.words
    assert ("lacks the scope pins:write." in found.words) is (code == "missing_scope")
    assert issubclass(Refused, Permanent)


def test_where_slack_does_not_know_itself_what_it_did_it_is_in_doubt():
    assert type(failure({"error": "fatal_error"}, once=True)) is Ambiguous
    assert type(failure({"error": "internal_error"}, once=False)) is Retryable


def test_texts_keep_to_slacks_limits():
    long = replace(MATTER, title="<&>" * 300, commander="&" * 400, private=True, drill=True)
    assert len(topic(long)) <= ABOUT
    header = summary(long)["blocks"][0]["text"]
    assert len(header["text"]) <= 150
    assert header["text"].startswith("DRILL · INC-7: <&>"), "plain text needs no escapes"


@pytest.fixture
async def slack():
    async with slack_workspace() as made:
        yield made


def crowd(slack, size):
    emails = [f"p{n}@quillhaven.example" for n in range(size)]
    slack.know(*emails)
    return tuple(Member(n, email) for n, email in enumerate(emails))


async def test_those_who_can_not_be_let_in_hold_up_nobody(slack):
    api = Journey(None, slack, None).adaptor()._api  # noqa: SLF001
    channel = slack.add_channel("inc-7", creator=BOT)
    members = crowd(slack, 3)
    slack.plan["conversations.invite"] = ["user_is_restricted", None, "user_is_restricted"]
    assert await invite(api, channel["id"], members, fresh=True) == (1,)
    assert await invite(api, channel["id"], members, fresh=False) == ()
    assert len(channel["people"]) == 4
    slack.plan["conversations.invite"] = ["is_archived"]
    with pytest.raises(Refused, match="archive"):
        await invite(api, channel["id"], crowd(slack, 1), fresh=True)


async def test_of_a_crowd_the_first_are_invited_and_the_rest_named(slack):
    api = Journey(None, slack, None).adaptor()._api  # noqa: SLF001
    channel = slack.add_channel("inc-7", creator=BOT)
    assert await invite(api, channel["id"], crowd(slack, MOST_INVITED + 2), fresh=True) == (
        MOST_INVITED,
        MOST_INVITED + 1,
    )
    assert len(channel["people"]) == MOST_INVITED + 1


async def test_what_answers_and_is_not_slack_is_told(slack):
    adaptor = Journey(None, slack, None).adaptor(base_url=slack.base_url.removesuffix("/api") + "/openapi")
    with pytest.raises(Permanent, match="404"):
        await adaptor.check()


GUIDE = (Path(__file__).parents[2] / "docs/guides/slack.md").read_text()


def test_the_guide_asks_for_the_scopes_that_are_needed_and_no_more():
    (manifest,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert set(json.loads(manifest)["oauth_config"]["scopes"]["bot"]) == {*SCOPES, *INBOUND}


@pytest.mark.parametrize(
    "document",
    re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL),
    ids=["save", "open", "announce", "archive", "chat", "reading"],
)
def test_what_the_guide_sends_is_understood(document):
    assert validate(core, parse(document)) == []


def test_the_guide_names_every_field():
    fields = VENDOR.configuration.model_fields
    assert {name for name in fields if f"| `{name}` |" not in GUIDE} == set()
    assert all(field.description for field in fields.values())
    assert f"{MOST_INVITED} at most" in GUIDE
