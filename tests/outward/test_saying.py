"""What is said in an incident's channel in Slack: runbooks, each once, whenever the channel comes."""

import pytest

from actions.outward.channels import archive_channel
from actions.runbooks.opening import open_runbook
from actions.runbooks.saving import save_runbook
from actions.visibility_changes import change_visibility
from integrations.slack_saying import MOST, PART, parts_of
from models.words import OutwardState, OutwardVerb, Visibility
from tests.outward.slack_journey import EVIL

BODY = f"Breathe. {EVIL}\n\n- [ ] Look at the queue\n- [x] Nothing\n"


@pytest.fixture
async def journey(journey):
    journey.names.append("outward.follow")
    return journey


async def work_by(journey, incident, name="Slow checkout"):
    world = journey.world
    await world.do(save_runbook, world.dov, name=name, body=BODY)
    await world.do(open_runbook, world.ben, incident=incident.reference, runbook=name)


async def settled(journey):
    for _ in range(3):
        await journey.run()
        journey.world.clock.advance(minutes=1)


def said(channel):
    """The messages about runbooks, as people read them."""
    return [
        "".join(block["text"]["text"] for block in message["blocks"])
        for message in channel["messages"]
        if any(str(block.get("block_id")).startswith("runbook-") for block in message.get("blocks") or [])
    ]


def states(rows):
    return [row.state for row in rows if row.verb is OutwardVerb.SAY]


async def test_a_runbook_is_said_in_the_channel_word_for_word_and_once(journey):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    await work_by(journey, incident)
    await settled(journey)
    (text,) = said(channel)
    assert text == f"Runbook: Slow checkout\n\n{BODY.strip()}"
    (message,) = [each for each in channel["messages"] if "Breathe" in each["text"]]
    assert "<" not in message["text"]
    await journey.world.do(open_runbook, journey.world.chi, incident=incident.reference, runbook="Slow checkout")
    await settled(journey)
    assert len(said(channel)) == 1
    assert [kind for kind, data in await journey.said(incident) if data["verb"] == "SAY"] == []


async def test_also_if_the_channel_comes_later(journey):
    incident = await journey.declare()
    await work_by(journey, incident)
    await work_by(journey, incident, "Restart")
    await journey.order(incident)
    await settled(journey)
    (channel,) = journey.slack.ours()
    assert [text.splitlines()[0] for text in said(channel)] == ["Runbook: Slow checkout", "Runbook: Restart"]


@pytest.mark.parametrize("fault", ["429", "500", "lost"])
async def test_what_went_wrong_for_a_while_is_said_once_in_the_end(journey, slack, fault):
    incident = await journey.declare()
    channel = await journey.opened(incident)
    slack.plan["chat.postMessage"] = [fault]
    await work_by(journey, incident)
    await settled(journey)
    await settled(journey)
    assert slack.plan["chat.postMessage"] == []
    assert len(said(channel)) == 1
    assert states(await journey.rows()) == [OutwardState.DONE]


async def test_what_became_private_is_not_said_where_others_read_and_an_archive_stays_one(journey):
    incident, other = await journey.declare(), await journey.declare(title="Search is down")
    channel, archived = await journey.opened(incident), await journey.opened(other)
    world = journey.world
    hide = {"visibility": Visibility.PRIVATE, "reason": "A leak."}
    await world.do(change_visibility, world.ben, incident=incident.reference, **hide)
    await work_by(journey, incident)
    await world.do(archive_channel, world.ben, incident=other.reference)
    await settled(journey)
    await work_by(journey, other, "Another")
    await settled(journey)
    assert said(channel) == said(archived) == []
    assert states(await journey.rows()) == [OutwardState.FAILED]
    (told,) = [data["error"] for kind, data in await journey.said(incident) if kind == "outward.failed"]
    assert "its channel is not" in told


def test_a_long_text_is_cut_between_lines_and_nothing_of_it_is_lost():
    lines = [f"{n} {'x' * 90}" for n in range(210)]
    text = "\n".join(lines)
    parts = parts_of(text)
    assert len(parts) <= MOST
    assert all(0 < len(part) <= PART for part in parts)
    assert "\n".join(parts).splitlines() == lines
    assert "".join(parts_of("y" * 20_000)) == "y" * 20_000
    assert parts_of("\n\n\n") == []
