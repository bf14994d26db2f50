"""From the wish for a channel to its address on the timeline, and who reads what there."""

import pytest
from sqlalchemy import select

from actions.edits import edit_incident
from actions.outward.channels import archive_channel, open_channel
from actions.outward.settings import check_integration, save_integration
from actions.roles import assign_role
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError
from models.facts.base import Names, read_fact
from models.integration import Integration
from models.words import IncidentKind, Visibility
from tests.outward.slack_double import TOKEN
from tests.outward.slack_journey import EVIL


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
    assert len(found) == 15
    assert "nothing that Slack sends is taken" in found["signing_secret"][1]
    slack.scopes -= {"groups:write"}
    missing = {subject: told for subject, told in (await checks()).items() if told[0] != "OK"}
    assert list(missing) == ["groups:write"]
    assert missing["groups:write"][0] == "MISSING"
    assert "Add it under OAuth & Permissions" in missing["groups:write"][1]
    slack.tokens = {"xoxb-new"}
    assert (await checks())["configuration"][0] == "WRONG"
    assert TOKEN not in str(await checks())
