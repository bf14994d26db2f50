"""What stands for an incident in Slack follows what happens to it: edited in place, once for a burst."""

import pytest
from sqlalchemy import update

from actions.edits import edit_incident
from actions.members import add_member
from actions.outward.bridges import open_bridge
from actions.outward.channels import archive_channel
from actions.outward.settings import save_integration
from actions.roles import assign_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.updates import publish_update
from actions.visibility_changes import change_visibility
from integrations import client
from integrations.client import VendorClient
from models.integration import OutwardAction
from models.words import Audience, OutwardState, OutwardVerb, PublicStatus, Stage, Visibility
from tests.jobs.inline import run_jobs


@pytest.fixture
def journey(journey):
    journey.names.append("outward.follow")
    return journey


async def changed(world, incident):
    """A burst of changes, each in a transaction of its own."""
    ref = {"incident": incident.reference}
    await world.do(change_severity, world.ben, **ref, severity="SEV2", reason="Half of it works.")
    await world.do(change_stage, world.ben, **ref, stage=Stage.MITIGATION)
    await world.do(edit_incident, world.ben, **ref, title="Checkout is slow")


def summary_of(channel):
    (summary,) = [each for each in channel["messages"] if "subtype" not in each]
    return summary


def told(channel):
    return str(summary_of(channel)["blocks"])


async def test_a_burst_of_changes_is_one_edit_of_the_summary(world, journey, slack):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    assert [each["title"] for each in channel["bookmarks"]] == [f"Open {incident.reference} in Muster"]
    slack.asked.clear()
    await changed(world, incident)
    assert len(await world.jobs("outward.follow")) == 3
    await journey.run()
    assert [method for method, _ in slack.asked].count("chat.update") == 1
    for words in ("SEV2", "Mitigation", "Checkout is slow"):
        assert words in told(channel)
    assert channel["topic"]["value"] == "Severity: SEV2 · Stage: Mitigation · Commander: nobody yet"
    assert [kind for kind, _ in await journey.said(incident)] == ["outward.done"], "edits are no news"
    journey.complete(incident)


async def test_without_a_channel_nothing_is_ordered(world, journey):
    incident = await journey.declare()
    await changed(world, incident)
    assert await world.jobs("outward.follow") == []


async def test_the_call_and_newcomers_come_into_the_channel(world, journey, slack):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    await world.do(open_bridge, world.ben, incident=incident.reference, integration="jitsi")
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    await world.do(add_member, world.ben, incident=incident.reference, user=world.id_of("dov"))
    await journey.run()
    assert slack.people["chi@quillhaven.example"] in channel["people"]
    assert [each["title"] for each in channel["bookmarks"]][1:] == ["Call"]
    assert "|Call>" in told(channel)
    assert "Chi Tran" in told(channel)
    data = [data for kind, data in await journey.said(incident) if data.get("uninvited_user_ids")]
    assert [each["uninvited_user_ids"] for each in data] == [[world.dov.id]]
    await changed(world, incident)
    await journey.run()
    after = [data for kind, data in await journey.said(incident) if data.get("uninvited_user_ids")]
    assert after == data, "who is not in the workspace is named once"


async def test_a_topic_that_somebody_wrote_stays(world, journey, slack):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    channel["topic"]["value"] = "Read the runbook"
    await changed(world, incident)
    await journey.run()
    assert channel["topic"]["value"] == "Read the runbook"
    assert slack.asked[-1][0] != "conversations.setTopic"


async def test_a_summary_that_somebody_unpinned_is_pinned_again(world, journey):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    channel["pins"].clear()
    await changed(world, incident)
    await journey.run()
    journey.complete(incident)
    assert "SEV2" in told(channel)


async def test_an_archived_channel_is_left_alone(world, journey, slack):
    incident = await journey.declare()
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben"))
    await journey.opened(incident)
    await world.do(archive_channel, world.ben, incident=incident.reference)
    await journey.run()
    slack.asked.clear()
    await changed(world, incident)
    await journey.run()
    assert slack.asked == []


async def test_what_became_private_is_not_told_in_a_channel_that_others_read(world, journey):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    given = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "It is a leak."}
    await world.do(change_visibility, world.ben, **given)
    await world.do(edit_incident, world.ben, incident=incident.reference, title="Data of customers leaked")
    await journey.run()
    assert "leaked" not in str(channel)


async def test_links_above_the_channel_lead_where_things_are_now(world, journey):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    await world.do(open_bridge, world.ben, incident=incident.reference, integration="jitsi")
    await journey.run()
    own = {"id": "Bk0", "title": "Ticket", "link": "https://wiki.example/ours", "last_updated_by_user_id": "U0X"}
    channel["bookmarks"].append(own)
    given = {"audience": Audience.PUBLIC, "status": PublicStatus.INVESTIGATING, "body": "We look."}
    await world.do(publish_update, world.ben, incident=incident.reference, **given)
    async with world.database.unit_of_work() as session:
        moved = update(OutwardAction).where(OutwardAction.verb == OutwardVerb.OPEN_BRIDGE)
        await session.execute(moved.values(url="https://calls.example/new"))
    await journey.run()
    titles = [f"Open {incident.reference} in Muster", "Call", "Ticket", "Status page"]
    assert [each["title"] for each in channel["bookmarks"]] == titles, "edited in its place, none twice"
    assert channel["bookmarks"][1]["link"] == "https://calls.example/new"
    assert channel["bookmarks"][2] == own, "what a person put there stays"
    assert channel["bookmarks"][3]["link"].endswith(f"/incidents/{incident.reference}")


async def test_a_missing_scope_for_links_keeps_nothing_else_from_following(world, journey, slack):
    slack.scopes -= {"bookmarks:write"}
    incident = await journey.declare()
    channel = await journey.opened(incident)
    await changed(world, incident)
    await journey.run()
    assert channel["bookmarks"] == []
    assert "SEV2" in told(channel)


async def test_a_channel_that_was_deleted_is_told_once(world, journey, slack):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    del slack.channels[channel["id"]]
    for severity in ("SEV2", "SEV3"):
        await world.do(change_severity, world.ben, incident=incident.reference, severity=severity)
        await journey.run()
    failed = [data for kind, data in await journey.said(incident) if kind == "outward.failed"]
    assert [data["verb"] for data in failed] == ["FOLLOW_CHANNEL"]
    assert "channel_not_found" in failed[0]["error"]


@pytest.mark.parametrize("fault", ["429", "500", "lost"])
async def test_whatever_goes_wrong_for_a_while_it_shows_the_newest_in_the_end(
    monkeypatch, world, journey, slack, clock, fault
):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    slack.plan["chat.update"] = [fault]
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV2")
    monkeypatch.setattr(client, "SECONDS", 0.5)
    (wait,) = await journey.run()
    assert wait > 0
    monkeypatch.undo()  # a busy machine takes its time
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV3")
    clock.advance(minutes=15)
    await journey.run()
    assert "SEV3" in told(channel)


async def test_a_change_while_an_edit_is_under_way_leads_to_another(monkeypatch, world, journey):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV2")
    real, severities = VendorClient.ask, ["SEV3"]

    async def ask(self, method, path, **more):
        if path == "/chat.update" and severities:
            given = {"incident": incident.reference, "severity": severities.pop()}
            await world.do(change_severity, world.ben, **given)
            await run_jobs(world.database, "outward.follow")
        return await real(self, method, path, **more)

    monkeypatch.setattr(VendorClient, "ask", ask)
    await journey.run()
    assert summary_of(channel)["edits"] == 3, "as it was opened, what was read before the change, and after it"
    assert "SEV3" in told(channel)
    (row,) = [each for each in await journey.rows() if each.verb is OutwardVerb.FOLLOW_CHANNEL]
    assert (row.state, row.arguments["round"]) == (OutwardState.DONE, 1)
