"""What can be wrong with a step, at vendors that are there: words that tell what to mend, and the others go on.

What is wrong before anything runs is refused when the workflow is saved (test_definitions, test_files).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from actions.templates.saving import save_update_template
from core import ids
from models.words import Audience
from tests.effort import effort
from tests.workflows.conftest import note
from tests.workflows.sev1 import sev1


@dataclass
class Bad:
    """Something that is wrong: `breaks` it in a house, `step` meets it, `words` tell what to mend."""

    breaks: Callable
    step: dict
    words: str
    first: list = field(default_factory=list)
    """Steps before it."""


def wrong_token(house):
    house.chat.tokens = set()
    house.chat.plan["auth.test"] = ["invalid_auth"] * 9


def revoked(house):
    house.chat.tokens = set()


def without_scope(house):
    house.chat.scopes -= {"channels:manage"}


def removed(house):
    house.chat.plan["auth.test"] = ["account_inactive"] * 9


def required_field(house):
    house.tickets.required = {"customfield_10010": "Team"}


def no_hall(house):
    del house.chat.channels[house.hall["id"]]


def channel_gone(house):
    house.chat.plan["conversations.info"] = ["channel_not_found"] * 9


def wrong_ticket_token(house):
    house.tickets.token = "another"


def unknown_key(house):
    house.pager.services = {}


CASES = {
    "wrong token": Bad(wrong_token, {"open_channel": {}}, "the token is wrong (invalid_auth). Enter a new one."),
    "token taken back": Bad(revoked, {"open_channel": {}}, "the token was revoked (token_revoked). Enter a new one."),
    "app removed": Bad(removed, {"open_channel": {}}, "the app was removed from the workspace (account_inactive)"),
    "missing scope": Bad(without_scope, {"open_channel": {}}, "lacks the scope channels:manage"),
    "deleted hall": Bad(no_hall, {"announce": {}}, "It was deleted, or is private and the app was removed from it"),
    "deleted channel": Bad(
        channel_gone, {"post_message": {"text": "Here"}}, "invite the app there", first=[{"open_channel": {}}]
    ),
    "wrong token of tickets": Bad(wrong_ticket_token, {"open_ticket": {}}, "does not accept our credentials (401)"),
    "required field": Bad(required_field, {"open_ticket": {}}, 'Team is required: add "customfield_10010"'),
    "wrong key of the pager": Bad(unknown_key, {"page": {}}, "PagerDuty does not know the integration key"),
}


@pytest.fixture
async def house(works):
    async with sev1(works) as made:
        await works.without_defaults()
        yield made


@pytest.mark.parametrize("name", effort(["token taken back", "deleted channel", "required field"], list(CASES)))
async def test_it_fails_in_words_that_tell_what_to_mend_and_the_others_go_on(works, house, name):
    bad = CASES[name]
    bad.breaks(house)
    await works.save(*bad.first, bad.step, note("after"))
    incident = await works.declare()
    await works.run()
    await works.pass_time(minutes=1)
    assert await works.lines(incident) == ["after"]
    (run,) = await works.runs()
    *before, failed, _ = await works.steps(run)
    assert await works.became() == ("FAILED", [*["DONE"] * len(before), "FAILED", "DONE"])
    assert bad.words in failed.words
    told = await works.world.events(incident.id, "outward.failed")
    assert any(bad.words in event.data["error"] for event in told)
    assert all(event.number is not None for event in told), "the commander reads it on the timeline"


async def test_a_template_that_asks_for_more_than_it_was_told_says_what(works):
    """It was changed after the workflow was saved, which looks at it, too."""
    world = works.world
    given = {"name": "Odd", "audience": Audience.INTERNAL, "body": "It is slow."}
    template = await world.do(save_update_template, world.dov, **given)
    await works.save({"publish_update": {"template": "Odd"}}, note("after"))
    changed = {"body": "It is {{ what }}.", "variables": [SimpleNamespace(name="what", label="What", default=None)]}
    await world.do(save_update_template, world.dov, id=ids.encode("UpdateTemplate", template.id), **changed)
    incident = await works.declare()
    await works.run()
    assert await works.became() == ("FAILED", ["FAILED", "DONE"])
    (told,) = await world.events(incident.id, "workflow.step_failed")
    assert await world.text_of(told.id) == "This is needed: What. Send a text for it."


async def test_what_waited_for_new_credentials_is_done_once_they_are_there_and_others_hear_of_it_meanwhile(
    works, house
):
    revoked(house)
    await works.save({"open_channel": {}})
    incidents = [await works.declare() for _ in range(2)]
    await works.run()
    for incident in incidents:
        (told,) = await works.world.events(incident.id, "outward.failed")
        assert "Enter a new one." in told.data["error"]
    await works.pass_time(hours=1)
    house.chat.tokens = {"xoxb-new"}
    await house.configure("slack", token="xoxb-new")
    await works.pass_time(minutes=2)
    for incident in incidents:
        kinds = [event.kind for event in await works.world.events(incident.id, "outward.failed", "outward.done")]
        assert kinds == ["outward.failed", "outward.done"]
