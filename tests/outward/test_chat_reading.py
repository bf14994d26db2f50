"""What was said while nothing reached Muster is read in the channel later, once, and no faster than allowed."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.chat.reading import sweep_readings
from actions.endings import cancel_incident
from jobs import chat_reading
from models.chat import ChatReading
from models.integration import Integration
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.slack_posting import JOBS

CHAT = """query($ref: String!) { incident(ref: $ref) {
  chat(first: 50) { nodes { text thread author { name } } } chatReading { completeTo underWay words } } }"""


class Away:
    """An incident with its channel; what is said there reaches nobody."""

    def __init__(self, sender, incident, channel):
        self.sender, self.world, self.slack = sender, sender.world, sender.slack
        self.incident, self.channel = incident, channel

    def says(self, text, person="ben", at=None, **more):
        """Somebody says something, of which Slack does not tell."""
        moment = (at or self.world.clock.now()).timestamp() + len(self.channel["messages"]) / 1000
        said = {"type": "message", "user": self.sender.who(person), "text": text, "ts": f"{moment:.6f}", **more}
        self.channel["messages"].append(said)
        return said["ts"]

    async def round(self, seconds=61):
        """The chore looks once, and every job runs; how long those that were put off have to wait."""
        self.world.clock.advance(seconds=seconds)
        await sweep_readings(self.world.database)
        return await self.run()

    async def run(self):
        with jobs_with(self.world.database, self.sender.journey.folder, webhook_allow_private=True):
            found = await run_jobs(self.world.database, *JOBS, "outward.follow", "chat.catch_up")
        return [later.seconds for _, later in found]

    async def to_the_end(self, rounds=20):
        """Jobs again and again until nothing waits."""
        for _ in range(rounds):
            if not await self.run():
                return
        raise AssertionError("it goes on and on")

    async def reads(self):
        """What the API has of it: the texts, and how far it is whole."""
        found = (await self.sender.asks("ada", CHAT, ref=self.incident.reference))["incident"]
        return [each["text"] for each in found["chat"]["nodes"]], found["chatReading"]

    def asked(self):
        """The parts of the history that were asked for; the summary is looked for there, too."""
        return [given for name, given in self.slack.asked if name == "conversations.history" and given["limit"] == "15"]


@pytest.fixture
async def away(sender):
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    made = Away(sender, incident, channel)
    await made.run()
    sender.slack.asked.clear()
    return made


async def test_once_an_hour_what_did_not_arrive_is_read_once_and_what_did_stays_as_it_is(away):
    first = away.says("One")
    told = {"user": away.sender.who("ben"), "text": "One", "ts": first}
    await away.sender.event(type="message", channel=away.channel["id"], channel_type="channel", **told)
    away.says("Two", "chi", thread_ts=first)
    away.says("Three")
    assert await away.round() == []
    assert (await away.reads())[0] == ["One"], "the hour is not over"
    assert away.asked() == []
    await away.round(3600)
    await away.to_the_end()
    texts, reading = await away.reads()
    assert texts == ["One", "Two", "Three"]
    assert (reading["underWay"], reading["words"]) == (False, None)
    complete_to = datetime.fromisoformat(reading["completeTo"])
    assert away.world.clock.now() - complete_to < timedelta(seconds=1)
    away.slack.asked.clear()
    away.says("Four")
    await away.round(3600)
    await away.to_the_end()
    assert (await away.reads())[0] == ["One", "Two", "Three", "Four"]
    (asked,) = away.asked()
    assert asked["oldest"] == f"{(complete_to - timedelta(minutes=5)).timestamp():.6f}", (
        "only what is new, and five minutes"
    )


async def test_it_is_read_page_by_page_and_no_faster_than_slack_allows(away):
    texts = [str(number) for number in range(7)]
    for text in texts:
        away.says(text)
    away.slack.plan["conversations.history"] = [None, "429", None, "ratelimited"]
    assert await away.round(3600) == [chat_reading.PAUSE]
    found, reading = await away.reads()
    assert (found, reading["underWay"], reading["words"]) == (["5", "6"], True, None)
    assert await away.run() == [7], "as Slack asks"
    assert (await away.reads())[1]["words"] == "Slack asks us to slow down (429)."
    assert await away.run() == [chat_reading.PAUSE]
    assert await away.run() == [chat_reading.SLOWLY]
    async with away.world.database.unit_of_work() as session:
        (await session.scalars(select(ChatReading))).one().cursor = "expired"
    await away.to_the_end()
    found, reading = await away.reads()
    assert (found, reading["underWay"], reading["words"]) == (texts, False, None)


async def test_what_slack_lets_nobody_read_is_told_in_words_and_tried_again(away):
    await away.round()
    before = (await away.reads())[1]["completeTo"]
    away.slack.scopes -= {"channels:history"}
    await away.round(3600)
    assert "lacks the scope channels:history" in (await away.reads())[1]["words"]
    away.slack.scopes |= {"channels:history"}
    away.slack.plan["conversations.history"] = ["429"] * 8
    await away.round(3600)
    for _ in range(7):
        away.world.clock.advance(hours=1)
        await away.run()
    reading = (await away.reads())[1]
    assert (reading["words"], reading["completeTo"]) == (chat_reading.TOO_SLOW, before)
    parent = away.says("Look")
    away.says("Mute", thread_ts=parent)
    away.slack.plan["conversations.replies"] = ["not_allowed_token_type"]
    await away.round(3600)
    await away.to_the_end()
    texts, reading = await away.reads()
    assert (texts, reading["words"]) == (["Look"], chat_reading.NO_THREADS)
    assert reading["completeTo"] > before


async def test_at_the_end_of_an_incident_it_is_read_a_last_time_even_in_the_archive(away):
    await away.world.do(cancel_incident, away.world.ben, incident=away.incident.reference, reason="A test.")
    away.says("Good night")
    await away.run()
    away.channel["is_archived"] = True
    await away.round()
    await away.to_the_end()
    assert (await away.reads())[0] == ["Good night"]
    away.slack.asked.clear()
    for _ in range(3):
        await away.round(3600)
    assert away.asked() == [], "nobody works on it any more"


async def test_when_slack_held_events_back_the_channels_of_open_incidents_are_read(away):
    away.says("Storm")
    minute = int(away.world.clock.now().timestamp()) // 60 * 60
    limited = {"token": "x", "type": "app_rate_limited", "team_id": "T0QUILL", "minute_rate_limited": minute}
    for _ in range(2):
        assert (await away.sender.send(json.dumps({**limited, "api_app_id": "A0"}).encode())).status_code == 200
        away.world.clock.advance(seconds=1)
    await away.round()
    await away.to_the_end()
    assert (await away.reads())[0] == ["Storm"]
    assert len(away.asked()) == 1


async def test_where_nothing_is_listened_to_nothing_is_read(away):
    away.says("Psst")
    await away.sender.journey.configure(signing_secret=None)
    await away.round(3600)
    assert (await away.reads())[1]["words"] == chat_reading.MUTE
    async with away.world.database.unit_of_work() as session:
        (await session.scalars(select(Integration))).one().archived_at = datetime.now(UTC)
    await away.round(3600)
    assert away.asked() == []
