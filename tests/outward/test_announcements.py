"""An announcement in Slack: posted once, edited as the incident changes, with internal updates as its thread."""

import pytest

from actions.edits import edit_incident
from actions.outward.announcements import announce
from actions.outward.bridges import open_bridge
from actions.outward.settings import save_integration
from actions.severity_changes import change_severity
from actions.updates import publish_update, withdraw_update
from actions.visibility_changes import change_visibility
from core import ids
from core.errors import DomainError
from integrations import client
from models.words import Audience, IncidentKind, OutwardState, OutwardVerb, PublicStatus, Visibility
from tests.outward.slack_double import BOT
from tests.outward.slack_journey import EVIL


@pytest.fixture
async def journey(journey, slack):
    channel = slack.add_channel("incidents", members=[BOT])
    await journey.configure(announcement_channel=channel["id"])
    journey.names.append("outward.follow")
    await journey.run()
    slack.asked.clear()
    return journey


@pytest.fixture
def hall(slack):
    """The channel in which incidents are announced."""
    (found,) = [each for each in slack.channels.values() if each["name"] == "incidents"]
    return found


async def ask(journey, incident, actor=None):
    given = {"incident": incident.reference, "integration": "slack"}
    return await journey.world.do(announce, actor or journey.world.ben, **given)


async def announced(journey, **more):
    incident = await journey.declare(**more)
    await ask(journey, incident)
    await journey.run()
    return incident


async def test_it_is_posted_once_and_the_timeline_says_where(journey, hall):
    incident = await announced(journey)
    await ask(journey, incident)
    await journey.run()
    (message,) = hall["messages"]
    assert f"{incident.reference}: Checkout is down" in str(message["blocks"])
    ((kind, data),) = await journey.said(incident)
    stamp = message["ts"].replace(".", "")
    assert (kind, data["verb"]) == ("outward.done", "ANNOUNCE")
    assert data["url"] == f"https://quillhaven.slack.com/archives/{hall['id']}/p{stamp}"


async def test_it_follows_what_happens_in_place(world, journey, hall):
    incident = await announced(journey)
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    await world.do(open_bridge, world.ben, incident=incident.reference, integration="jitsi")
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV3")
    await journey.run()
    (message,) = hall["messages"]
    assert "SEV3" in str(message["blocks"])
    assert "|Call>" in str(message["blocks"])


async def test_internal_updates_go_into_its_thread_and_public_or_withdrawn_ones_do_not(world, journey, hall):
    incident = await announced(journey)
    ref = {"incident": incident.reference}
    await world.do(publish_update, world.ben, **ref, audience=Audience.INTERNAL, body=f"We roll back. {EVIL}")
    public = {"status": PublicStatus.INVESTIGATING, "public_title": "Slow", "body": "For customers."}
    await world.do(publish_update, world.ben, **ref, audience=Audience.PUBLIC, **public)
    gone = await world.do(publish_update, world.ben, **ref, audience=Audience.INTERNAL, body="Wrong.")
    await world.do(withdraw_update, world.ben, update=ids.encode("Update", gone.id), reason="It is not so.")
    await journey.run()
    first, reply = hall["messages"]
    assert reply["thread_ts"] == first["ts"]
    assert reply["blocks"][0]["text"]["type"] == "plain_text"
    assert "We roll back." in reply["blocks"][0]["text"]["text"]
    assert "<!channel>" not in reply["text"]
    states = {row.state for row in await journey.rows() if row.verb is OutwardVerb.RELAY_UPDATE}
    assert states == {OutwardState.DONE, OutwardState.CALLED_OFF}


async def test_a_private_incident_is_refused_in_words(journey, slack):
    incident = await journey.declare("Data of customers leaked", visibility=Visibility.PRIVATE)
    with pytest.raises(DomainError, match="is private: announcements are read by everybody") as refused:
        await ask(journey, incident)
    assert (refused.value.code, refused.value.field) == ("CONFLICT", "incident")
    assert slack.asked == []


async def test_one_that_becomes_private_before_it_is_announced_is_called_off(world, journey, hall):
    incident = await journey.declare()
    await ask(journey, incident)
    await world.do(
        change_visibility, world.ben, incident=incident.reference, visibility=Visibility.PRIVATE, reason="A leak."
    )
    await journey.run()
    assert hall["messages"] == []
    (row,) = await journey.rows()
    assert row.state is OutwardState.CALLED_OFF
    assert "private" in row.error


async def test_one_that_becomes_private_afterwards_is_struck(world, journey, hall):
    incident = await announced(journey)
    ref = {"incident": incident.reference}
    await world.do(change_visibility, world.ben, **ref, visibility=Visibility.PRIVATE, reason="A leak.")
    await world.do(edit_incident, world.ben, **ref, title="Data of customers leaked")
    await world.do(publish_update, world.ben, **ref, audience=Audience.INTERNAL, body="Secret.")
    await journey.run()
    (message,) = hall["messages"]
    assert message["text"] == "This incident is not announced any more."
    assert incident.reference not in str(message)


async def test_drills_say_so_and_what_people_write_is_plain(journey, hall):
    await announced(journey, title=EVIL, kind=IncidentKind.DRILL)
    (message,) = hall["messages"]
    assert message["text"].startswith("DRILL · INC-")
    assert "&lt;!channel&gt;" in message["text"]
    assert message["blocks"][0]["text"]["type"] == "plain_text"


@pytest.mark.parametrize("fault", ["429", "500", "lost", "fatal_error", "late"])
async def test_whatever_goes_wrong_for_a_while_it_is_announced_once(monkeypatch, journey, slack, hall, clock, fault):
    monkeypatch.setattr(client, "SECONDS", 0.3)
    slack.plan["chat.postMessage"] = [fault]
    incident = await journey.declare()
    await ask(journey, incident)
    (wait,) = await journey.run()
    assert wait > 0
    monkeypatch.undo()  # a busy machine takes its time
    clock.advance(minutes=15)
    if fault == "late":
        slack.settle()
    await journey.run()
    assert len(hall["messages"]) == 1
    assert [kind for kind, _ in await journey.said(incident)] == ["outward.done"]


async def test_an_update_is_passed_on_once_though_the_answer_was_lost(monkeypatch, world, journey, slack, hall, clock):
    incident = await announced(journey)
    slack.plan["chat.postMessage"] = ["lost"]
    await world.do(
        publish_update, world.ben, incident=incident.reference, audience=Audience.INTERNAL, body="We roll back."
    )
    monkeypatch.setattr(client, "SECONDS", 0.5)
    await journey.run()
    monkeypatch.undo()  # a busy machine takes its time
    clock.advance(minutes=15)
    await journey.run()
    assert [("thread_ts" in message) for message in hall["messages"]] == [False, True]


async def test_where_it_can_not_be_announced_it_says_what_to_mend(journey, hall):
    hall["people"].remove(BOT)
    incident = await announced(journey)
    ((kind, data),) = await journey.said(incident)
    assert (kind, data["verb"]) == ("outward.failed", "ANNOUNCE")
    assert "invite the app there" in data["error"]
    checks = {each.subject: each for each in await journey.adaptor(announcement_channel=hall["id"]).check()}
    assert (checks["announcement_channel"].result, "invite it" in checks["announcement_channel"].words) == (
        "MISSING",
        True,
    )


async def test_without_a_channel_for_it_it_is_refused_at_once_and_what_stands_is_left_as_it_is(journey, slack):
    before = await announced(journey)
    await journey.configure(announcement_channel=None)
    with pytest.raises(DomainError) as refused:
        await ask(journey, await journey.declare())
    assert (refused.value.code, refused.value.field) == ("CONFLICT", "integration")
    assert "announcement_channel" in refused.value.hint
    await journey.run()
    slack.asked.clear()
    await journey.world.do(change_severity, journey.world.ben, incident=before.reference, severity="SEV1")
    await journey.run()
    assert slack.asked == []


async def test_who_may_not_and_where_not(world, journey):
    incident = await journey.declare()
    with pytest.raises(DomainError) as refused:
        await ask(journey, incident, world.eve)
    assert refused.value.code == "FORBIDDEN"
    await world.do(save_integration, world.ada, vendor="jitsi", configuration={})
    with pytest.raises(DomainError, match="can't announce") as refused:
        await world.do(announce, world.ben, incident=incident.reference, integration="jitsi")
    assert "Slack" in refused.value.hint
