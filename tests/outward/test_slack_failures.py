"""Whatever Slack does, and whenever the process dies, there is one channel with one summary in the end."""

from itertools import product

import pytest
from sqlalchemy import select

from actions.edits import edit_incident
from actions.outward.settings import save_integration
from core import ids
from integrations import client
from integrations.client import VendorClient
from models.integration import Integration
from models.words import OutwardState, Visibility
from tests.effort import effort
from tests.outward.slack_contract import FILE, errors_of, operations
from tests.outward.slack_journey import address


class KilledError(Exception):
    """The process ends here."""


async def kill_after(monkeypatch, n):
    """The process ends as soon as the n-th answer of Slack is there."""
    left, real = n, VendorClient.ask

    async def ask(self, *args, **more):
        nonlocal left
        answer = await real(self, *args, **more)
        left -= 1
        if left == 0:
            raise KilledError
        return answer

    monkeypatch.setattr(VendorClient, "ask", ask)


@pytest.mark.parametrize("odd", effort([True], [True, False]))
async def test_the_process_can_die_after_each_step_and_another_completes_it(world, journey, clock, odd):
    """Every other incident is private: the odd ones, or the even ones."""
    steps = 0
    while True:
        steps += 1
        private = (steps % 2 == 1) is odd
        visibility = Visibility.PRIVATE if private else Visibility.ORGANISATION
        incident = await journey.declare(f"Down {steps}", visibility=visibility)
        await journey.order(incident)
        with pytest.MonkeyPatch.context() as patch:
            await kill_after(patch, steps)
            try:
                await journey.run()
            except KilledError:
                pass
            else:
                break
        await world.do(edit_incident, world.ben, incident=incident.reference, title="Another title")
        clock.advance(minutes=2)
        await journey.run()
        assert journey.complete(incident)["is_private"] is private
    assert steps == 9, "introduce, create, describe twice, post, pin, look up, invite: each was the last once"
    assert len(journey.slack.ours()) == steps
    assert {row.state for row in await journey.rows()} == {OutwardState.DONE}


async def test_it_can_also_die_twice(journey, clock):
    for first, second in product(range(2, 9, effort(4, 1)), range(1, 12, effort(4, 1))):
        incident = await journey.declare(f"Down {first} {second}")
        await journey.order(incident)
        for n in (first, second):
            with pytest.MonkeyPatch.context() as patch:
                await kill_after(patch, n)
                try:
                    await journey.run()
                except KilledError:
                    clock.advance(minutes=2)
        await journey.run()
        journey.complete(incident)
    assert len(journey.slack.ours()) == len(await journey.rows())


ONCE = ("conversations.create", "chat.postMessage")
"""What would be seen if it was done twice."""
FAULTS = ("429", "500", "lost", "fatal_error", "ratelimited", "service_unavailable")
STEPS = ("auth.test", "conversations.setPurpose", "pins.add")


@pytest.mark.parametrize("method", [*ONCE, *STEPS])
async def test_whatever_goes_wrong_for_a_while_there_is_one_channel_in_the_end(
    monkeypatch, journey, slack, clock, method
):
    monkeypatch.setattr(client, "SECONDS", 1.0)
    for fault in FAULTS if method in ONCE else effort(FAULTS[:1], FAULTS):
        slack.plan[method] = [fault]
        incident = await journey.declare(f"Down by {fault}")
        await journey.order(incident)
        (wait,) = await journey.run()
        assert wait > 0
        unsure = fault in ("500", "lost", "fatal_error") and method in ONCE
        assert (await journey.rows())[-1].state is (OutwardState.UNKNOWN if unsure else OutwardState.PENDING)
        clock.advance(minutes=15)
        await journey.run()
        journey.complete(incident)
    assert len(slack.ours()) == len(await journey.rows())


async def test_what_slack_does_late_is_waited_for(monkeypatch, journey, slack, clock):
    monkeypatch.setattr(client, "SECONDS", 0.3)
    slack.plan["conversations.create"] = ["late"]
    incident = await journey.declare()
    await journey.order(incident)
    await journey.run()
    asked = len(slack.asked)
    clock.advance(seconds=15)
    (wait,) = await journey.run()
    assert (len(slack.asked), wait) == (asked, 20), "it is too early to look"
    clock.advance(seconds=21)
    await journey.run()
    journey.complete(incident)
    assert len(slack.ours()) == 1, "even if it comes after the look-up"


async def test_a_channel_that_has_the_name_and_is_not_ours_is_left_alone(journey, slack):
    incident = await journey.declare()
    name = f"{incident.reference.lower()}-checkout-is-down"
    theirs = slack.add_channel(name, members=["U0MUSTER"], purpose=f"<{address(incident)}")
    channel = await journey.opened(incident)
    assert channel["name"] == f"{name}-2"
    assert theirs["messages"] == []


async def test_without_a_name_that_is_free_it_says_what_to_change(journey, slack):
    incident = await journey.declare()
    slack.plan["conversations.create"] = ["name_taken"] * 9
    await journey.order(incident)
    await journey.run()
    ((kind, data),) = await journey.said(incident)
    assert kind == "outward.failed"
    assert "change channel_name" in data["error"]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_scope_that_is_missing_is_named_and_is_made_up_for_once_it_is_there(
    world, journey, slack, clock, asked
):
    """The channel is there all the same: people are in it, and its summary is kept up to date."""
    incident = await journey.declare()
    slack.scopes -= {"pins:write"}
    await journey.order(incident)
    await journey.run()
    ((kind, data),) = await journey.said(incident)
    assert (kind, "lacks the scope pins:write. Add it" in data["refused"]) == ("outward.done", True)
    (channel,) = slack.ours()
    (row,) = await journey.rows()
    assert (row.external_id, row.error, channel["pins"]) == (channel["id"], data["refused"], [])
    assert slack.people["ben@quillhaven.example"] in channel["people"]

    await world.do(edit_incident, world.ben, incident=incident.reference, title="Another title")
    journey.names.append("outward.follow")
    clock.advance(seconds=30)
    await journey.run()
    (summary,) = [each for each in channel["messages"] if "subtype" not in each]
    assert "Another title" in summary["text"]
    assert len(await journey.said(incident)) == 1, "it is told once"

    slack.scopes |= {"pins:write"}
    if asked:
        await journey.order(incident)
    else:
        await world.do(edit_incident, world.ben, incident=incident.reference, title="A third title")
        await journey.run()
    clock.advance(seconds=30)
    await journey.run()
    journey.complete(incident)
    assert [row.error for row in await journey.rows()] == [None, None]
    assert len(slack.ours()) == 1


async def test_without_the_scope_to_look_people_up_the_channel_is_there_and_nobody_is_called_unknown(journey, slack):
    incident = await journey.declare()
    slack.scopes -= {"users:read.email"}
    await journey.order(incident)
    await journey.run()
    ((kind, data),) = await journey.said(incident)
    assert (kind, data.get("uninvited_user_ids")) == ("outward.done", None)
    assert "lacks the scope users:read.email" in data["refused"]


async def test_with_a_token_that_was_revoked_it_waits_for_another(world, journey, slack):
    incident = await journey.declare()
    slack.tokens = {"xoxb-new"}
    await journey.order(incident)
    await journey.run()
    async with world.database.reading() as reader:
        (integration,) = await reader.rows(Integration, select(Integration))
    assert integration.signed_out_at is not None
    assert (
        integration.error == "Slack does not accept our token: the token was revoked (token_revoked). Enter a new one."
    )
    assert slack.ours() == []
    key = ids.encode("Integration", integration.id)
    await world.do(save_integration, world.ada, id=key, configuration={"token": "xoxb-new"})
    await journey.run()
    journey.complete(incident)


async def test_a_channel_that_was_deleted_is_told_and_opened_anew_once_somebody_asks(world, journey, slack, clock):
    incident = await journey.declare()
    deleted = await journey.opened(incident)
    journey.names.append("outward.follow")

    async def goes_on(title):
        await world.do(edit_incident, world.ben, incident=incident.reference, title=title)
        for _ in range(2):
            await journey.run()
            clock.advance(seconds=30)

    del slack.channels[deleted["id"]]
    await goes_on("It goes on")
    kind, data = (await journey.said(incident))[-1]
    assert (kind, "It was deleted, or" in data["error"]) == ("outward.failed", True)

    channel = await journey.opened(incident)
    assert channel["id"] != deleted["id"]
    await goes_on("And on")
    (summary,) = [each for each in channel["messages"] if "subtype" not in each]
    assert "And on" in summary["text"]
    again = await journey.opened(incident)
    assert again["id"] == channel["id"], "now it is there"


@pytest.mark.skipif(operations() is None, reason=f"Slack's description of its API is not at {FILE}")
def test_the_refusals_that_are_played_are_slacks():
    assert "name_taken" in errors_of("conversations.create")
    assert "already_archived" in errors_of("conversations.archive")
    assert {"token_revoked", "invalid_auth"} <= errors_of("auth.test")
    assert "users_not_found" in errors_of("users.lookupByEmail")
    assert "already_in_channel" in errors_of("conversations.invite")
    assert "fatal_error" in errors_of("users.conversations")
