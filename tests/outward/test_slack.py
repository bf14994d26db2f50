"""From the wish for a channel to its address on the timeline, whatever Slack does, and whenever the process dies."""

from itertools import product

import pytest
from sqlalchemy import select

from actions.edits import edit_incident
from actions.outward.channels import archive_channel, open_channel
from actions.outward.settings import check_integration, save_integration
from actions.roles import assign_role
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError
from integrations import client
from integrations.client import VendorClient
from models.facts.base import Names, read_fact
from models.integration import Integration
from models.words import IncidentKind, OutwardState, Visibility
from tests.effort import effort
from tests.outward.slack_contract import FILE, errors_of, operations
from tests.outward.slack_double import TOKEN, slack_workspace
from tests.outward.slack_journey import EVIL, Journey, address


class KilledError(Exception):
    """The process ends here."""


@pytest.fixture
async def slack():
    async with slack_workspace() as made:
        made.know(*(f"{name}@quillhaven.example" for name in ("ada", "ben", "chi")))
        yield made


@pytest.fixture
async def journey(world, slack, tmp_path):
    made = Journey(world, slack, tmp_path)
    await made.connect()
    await made.run()
    slack.asked.clear()
    return made


async def test_a_channel_is_opened_told_of_and_peopled(world, journey, slack):
    incident = await journey.declare()
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of("dov"))
    channel = await journey.opened(incident)
    assert channel["name"] == f"{incident.reference.lower()}-checkout-is-down"
    assert channel["is_private"] is False
    assert {slack.people[f"{name}@quillhaven.example"] for name in ("ben", "chi")} < set(channel["people"])
    assert channel["topic"]["value"] == "Severity: SEV1 · Stage: Response · Commander: Chi Tran"
    ((kind, data),) = await journey.said(incident)
    assert (kind, data["url"]) == ("outward.done", f"https://quillhaven.slack.com/archives/{channel['id']}")
    assert data["uninvited_user_ids"] == [world.dov.id], "who is not in the workspace is named, and fails nothing"
    names = Names({("integration", data["integration_id"]): "Slack", ("user", world.dov.id): "Dov Levi"})
    assert read_fact(kind, data).sentence("Muster", names) == (
        f"Slack opened the channel: {data['url']} (not invited, as Slack does not take them in: Dov Levi)"
    )


async def test_asked_for_again_it_is_the_same_channel(journey, slack):
    incident = await journey.declare()
    await journey.opened(incident)
    asked = len(slack.asked)
    await journey.opened(incident)
    assert len(slack.asked) == asked
    assert len(slack.ours()) == 1


async def test_what_people_write_can_neither_shout_nor_link(journey):
    channel = await journey.opened(await journey.declare(EVIL))
    (summary,) = [message for message in channel["messages"] if "blocks" in message]
    marked = [
        text["text"]
        for block in summary["blocks"]
        for text in [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        if text is not None and text["type"] == "mrkdwn"
    ]
    reference = channel["name"].upper()[:6].rstrip("-")
    (link,) = marked
    assert link == f"<https://muster.quillhaven.example/console/incidents/{reference}|Open {reference} in Muster>"
    for text in (summary["text"], channel["topic"]["value"], channel["purpose"]["value"]):
        assert "<!" not in text
    assert "&lt;!channel&gt;" in summary["text"]
    for text in (channel["topic"]["value"], channel["purpose"]["value"]):
        assert "evil" not in text, "Slack makes links of addresses there"


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
    monkeypatch.setattr(client, "SECONDS", 0.3)
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


async def test_a_scope_that_is_missing_is_named_and_the_rest_is_done_once_it_is_there(journey, slack, clock):
    incident = await journey.declare()
    slack.scopes -= {"pins:write"}
    await journey.order(incident)
    await journey.run()
    ((_, data),) = await journey.said(incident)
    assert "lacks the scope pins:write (it has channels:" in data["error"]
    slack.scopes |= {"pins:write"}
    clock.advance(seconds=30)
    await journey.opened(incident)
    assert len(slack.ours()) == 1


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


async def test_a_private_incident_is_told_in_private_channels_only(journey, slack):
    incident = await journey.declare("Data of customers leaked", visibility=Visibility.PRIVATE)
    channel = await journey.opened(incident)
    assert channel["is_private"] is True
    assert channel["name"] == incident.reference.lower(), "admins of a workspace see the names of private channels"
    told = [(method, given) for method, given in slack.asked if "leaked" in str(given).lower()]
    assert {(method, given["channel"]) for method, given in told} == {("chat.postMessage", channel["id"])}


async def test_one_that_becomes_private_halfway_gets_a_private_channel(world, journey, slack, clock):
    incident = await journey.declare()
    slack.plan["conversations.setPurpose"] = ["429"]
    await journey.order(incident)
    await journey.run()
    given = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "It is a leak."}
    await world.do(change_visibility, world.ben, **given)
    await world.do(edit_incident, world.ben, incident=incident.reference, title="Data of customers leaked")
    clock.advance(minutes=2)
    await journey.run()
    before, after = slack.ours()
    assert (before["is_private"], before["messages"]) == (False, []), "nothing was told there"
    assert after["is_private"] is True
    journey.complete(incident)


async def test_drills_are_marked_wherever_they_are_shown(journey):
    channel = await journey.opened(await journey.declare(kind=IncidentKind.DRILL))
    assert channel["name"].startswith("drill-inc-")
    assert channel["topic"]["value"].startswith("DRILL · ")
    assert "DRILL · All there is on INC-" in channel["purpose"]["value"]
    assert all("DRILL" in message["text"] for message in channel["messages"])


async def test_a_channel_is_archived_once_and_stays_readable(world, journey, slack):
    incident = await journey.declare()
    given = {"incident": incident.reference}
    await world.do(assign_role, world.ben, **given, role="commander", user=world.id_of("ben"))
    with pytest.raises(DomainError, match="has no channel"):
        await world.do(archive_channel, world.ben, **given)
    channel = await journey.opened(incident)
    slack.plan["conversations.archive"] = ["already_archived"]
    for _ in range(2):
        await world.do(archive_channel, world.ben, **given)
        await journey.run()
    assert [method for method, _ in slack.asked].count("conversations.archive") == 1
    assert slack.asked[-1] == ("conversations.archive", {"channel": channel["id"]})
    assert [data["verb"] for _, data in await journey.said(incident)] == ["OPEN_CHANNEL", "ARCHIVE_CHANNEL"]


async def test_who_may_not_and_where_not(world, journey):
    incident = await journey.declare()
    await journey.opened(incident)
    with pytest.raises(DomainError) as caught:
        await world.do(archive_channel, world.eve, incident=incident.reference)
    assert caught.value.code == "FORBIDDEN"
    key = ids.encode("Integration", (await journey.rows())[0].integration_id)
    await world.do(save_integration, world.ada, id=key, archived=True)
    with pytest.raises(DomainError, match="not connected any more"):
        await world.do(archive_channel, world.dov, incident=incident.reference)
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    other = await journey.declare("Search is down")
    with pytest.raises(DomainError, match="can't open channel"):
        await world.do(open_channel, world.ben, incident=other.reference, integration="jitsi")


async def test_an_examination_has_a_line_for_each_scope(world, journey, slack):
    async def checks():
        await world.do(check_integration, world.ada, integration="slack")
        await journey.run()
        async with world.database.reading() as reader:
            (integration,) = await reader.rows(Integration, select(Integration))
        return {check["subject"]: (check["result"], check["words"]) for check in integration.checks}

    found = await checks()
    assert found["token"] == ("OK", "It is that of muster in the workspace Quillhaven.")
    assert {result for result, _ in found.values()} == {"OK"}
    assert len(found) == 12
    slack.scopes -= {"groups:write"}
    missing = {subject: told for subject, told in (await checks()).items() if told[0] != "OK"}
    assert list(missing) == ["groups:write"]
    assert missing["groups:write"][0] == "MISSING"
    assert "Add it under OAuth & Permissions" in missing["groups:write"][1]
    slack.tokens = {"xoxb-new"}
    assert (await checks())["configuration"][0] == "WRONG"
    assert TOKEN not in str(await checks())


@pytest.mark.skipif(operations() is None, reason=f"Slack's description of its API is not at {FILE}")
def test_the_refusals_that_are_played_are_slacks():
    assert "name_taken" in errors_of("conversations.create")
    assert "already_archived" in errors_of("conversations.archive")
    assert {"token_revoked", "invalid_auth"} <= errors_of("auth.test")
    assert "users_not_found" in errors_of("users.lookupByEmail")
    assert "already_in_channel" in errors_of("conversations.invite")
    assert "fatal_error" in errors_of("users.conversations")
