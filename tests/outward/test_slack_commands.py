"""What is written behind /muster, and what is understood by it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.chat.wishes import Verb, Wish
from core.errors import DomainError
from integrations.slack_commands import USAGE, help_text, opens_form, parse
from integrations.slack_deliveries import Call
from integrations.slack_text import kept, plain
from models.words import Audience, EntryKind, PublicStatus, Stage

PLAIN = {"services": [], "private": False, "drill": False}
UNDERSTOOD = {
    "page <@U12|chi> DNS is &lt;gone&gt;": Wish(
        Verb.PAGE, None, {"user": "U12", "service": None, "reason": "DNS is <gone>"}
    ),
    "page INC-7 checkout-api": Wish(Verb.PAGE, "INC-7", {"user": None, "service": "checkout-api", "reason": None}),
    "": Wish(Verb.HELP),
    "help": Wish(Verb.HELP),
    "HELP": Wish(Verb.HELP),
    "status": Wish(Verb.STATUS),
    "status inc-7": Wish(Verb.STATUS, "INC-7"),
    "INC-7 status": Wish(Verb.STATUS, "INC-7"),
    "declare": Wish(Verb.DECLARE),
    "declare SEV1 Checkout is down": Wish(
        Verb.DECLARE, None, {"severity": "SEV1", "title": "Checkout is down", **PLAIN}
    ),
    "declare INC-7 SEV2": Wish(Verb.DECLARE, "INC-7", {"severity": "SEV2", "title": None, **PLAIN}),
    "declare SEV1 Leak —private": Wish(
        Verb.DECLARE, None, {"severity": "SEV1", "title": "Leak", **PLAIN, "private": True}
    ),
    "declare sev1 --drill --service=a Fire --service b": Wish(
        Verb.DECLARE,
        None,
        {"severity": "sev1", "title": "Fire", "services": ["a", "b"], "private": False, "drill": True},
    ),
    "acknowledge INC-7": Wish(Verb.ACKNOWLEDGE, "INC-7"),
    "ack": Wish(Verb.ACKNOWLEDGE),
    "update": Wish(Verb.UPDATE),
    "update INC-7": Wish(Verb.UPDATE, "INC-7"),
    "update We look.\nMore soon.": Wish(
        Verb.UPDATE, None, {"audience": Audience.INTERNAL, "status": None, "body": "We look.\nMore soon."}
    ),
    "update public identified It is the cache": Wish(
        Verb.UPDATE,
        None,
        {"audience": Audience.PUBLIC, "status": PublicStatus.IDENTIFIED, "body": "It is the cache"},
    ),
    "update internal resolved? no": Wish(
        Verb.UPDATE, None, {"audience": Audience.INTERNAL, "status": None, "body": "resolved? no"}
    ),
    "role commander": Wish(Verb.ROLE, None, {"role": "commander", "user": "me"}),
    "role INC-7 IC <@U12|ben>": Wish(Verb.ROLE, "INC-7", {"role": "commander", "user": "U12"}),
    "role technical lead <@W12>": Wish(Verb.ROLE, None, {"role": "technical_lead", "user": "W12"}),
    "role comms nobody": Wish(Verb.ROLE, None, {"role": "communications_lead", "user": ""}),
    "severity sev2 It is one region": Wish(Verb.SEVERITY, None, {"severity": "sev2", "reason": "It is one region"}),
    "severity INC-7 SEV3": Wish(Verb.SEVERITY, "INC-7", {"severity": "SEV3", "reason": None}),
    "stage mitigated Rolled back": Wish(Verb.STAGE, None, {"stage": Stage.MITIGATION, "note": "Rolled back"}),
    "stage closed": Wish(Verb.STAGE, None, {"stage": Stage.CLOSED, "note": None}),
    "resolve": Wish(Verb.RESOLVE, None, {"note": None}),
    "resolve INC-7 Done": Wish(Verb.RESOLVE, "INC-7", {"note": "Done"}),
    "task": Wish(Verb.TASK, None, {"do": "list"}),
    "task list": Wish(Verb.TASK, None, {"do": "list"}),
    "task Look at &lt;log&gt;": Wish(Verb.TASK, None, {"do": "add", "title": "Look at <log>"}),
    "task add claim 2": Wish(Verb.TASK, None, {"do": "add", "title": "claim 2"}),
    "task claim #2": Wish(Verb.TASK, None, {"do": "claim", "number": 2}),
    "task INC-7 done 12": Wish(Verb.TASK, "INC-7", {"do": "done", "number": 12}),
    "task claim the refunds": Wish(Verb.TASK, None, {"do": "add", "title": "claim the refunds"}),
    "note See <https://x.example|the graph>, <@U1|ben>": Wish(
        Verb.NOTE, None, {"kind": EntryKind.NOTE, "text": "See the graph (https://x.example), @ben"}
    ),
    "note decision: Fail over": Wish(Verb.NOTE, None, {"kind": EntryKind.DECISION, "text": "Fail over"}),
    "note INC-7 is the cause of INC-9": Wish(
        Verb.NOTE, "INC-7", {"kind": EntryKind.NOTE, "text": "is the cause of INC-9"}
    ),
    "oncall": Wish(Verb.ONCALL, None, {"service": None}),
    "on-call checkout-api": Wish(Verb.ONCALL, None, {"service": "checkout-api"}),
}


@pytest.mark.parametrize("words", UNDERSTOOD, ids=lambda words: words or "nothing")
def test_understood(words):
    assert parse(words) == UNDERSTOOD[words]


REFUSED = {
    "dance": "'dance' is nothing that can be asked for.",
    "INC-7": None,
    "declare --private": "Something is missing.",
    "declare SEV1 x --loud": "'--loud' is not understood.",
    "update public": "Something is missing.",
    "update public monitoring": "Something is missing.",
    "role": "Something is missing.",
    "role me": "Something is missing.",
    "role commander @ben": "Choose the person from the list that Slack shows behind @.",
    "severity": "Something is missing.",
    "stage": "Something is missing.",
    "stage lost": "There is no stage 'lost'. There are: response, mitigation, resolution, postmortem, closed.",
    "task add": "Something is missing.",
    "note": "Something is missing.",
    "note decision:": "Something is missing.",
}


@pytest.mark.parametrize("words", REFUSED)
def test_refused_with_how_it_is_written(words):
    if REFUSED[words] is None:
        assert parse(words) == Wish(Verb.HELP, "INC-7")
        return
    with pytest.raises(DomainError) as caught:
        parse(words)
    assert caught.value.message == REFUSED[words]
    assert caught.value.hint.startswith(("Write: ", "Try: "))


@given(st.sampled_from([*Verb, ""]), st.text(alphabet="ab <>@!#|&;:-=—\n7", max_size=60))
def test_whatever_is_written_is_understood_or_refused(verb, words):
    with suppress(DomainError):
        assert parse(f"{verb} {words}").verb in Verb


def test_every_verb_is_in_the_help():
    assert set(USAGE) == set(Verb)
    assert all(f"`/muster {verb}" in help_text() for verb in Verb)


@pytest.mark.parametrize(
    ("words", "opens"),
    [("declare", True), ("update INC-7", True), ("declare SEV1 x", False), ("status", False), ("dance", False)],
)
def test_forms_open_for_a_verb_alone(words, opens):
    assert opens_form(Call("k", "t", "T1", "U1", "C1", "https://x", words)) is opens
    assert opens_form(Call("k", "", "T1", "U1", "C1", "https://x", words)) is False, "nothing to open it with"


def test_markup_is_read_or_kept():
    text = "<@U1|ben> <@U2> <#C1|general> <#C2> <!here> <!subteam^S1|@ops> <https://x|x> <mailto:a@b.c|mail> &lt;"
    assert plain(text) == "@ben @U2 #general #C2 @here @ops x (https://x) mail (a@b.c) <"
    assert kept("<@U1|ben> <@U2>") == "<@U1> <@U2>"
