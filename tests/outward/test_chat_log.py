"""What is said in an incident's channel is kept as it arrives; what is marked there stands on the timeline, once."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from sqlalchemy import select

from actions.declarations import declare_incident
from actions.members import add_member
from core import ids
from models.chat import ChatMessage
from models.words import Visibility
from tests.outward.slack_double import BOT, BOT_ID

CHAT = """query($ref: String!) { incident(ref: $ref) { chat(first: 50) { nodes {
  text bot stamp thread url postedAt editedAt deletedAt markedAt authorName author { name } files { name url }
} } } }"""
FIRST, SECOND = "1764500000.000100", "1764500001.000200"


class Room:
    """An incident with its channel."""

    def __init__(self, sender, incident, channel):
        self.sender, self.incident, self.channel = sender, incident, channel
        self.key = channel["id"]

    async def hears(self, text="", stamp=FIRST, person="ben", **more):
        """Somebody says something."""
        said = {"user": self.sender.who(person), "text": text, "ts": stamp, **more}
        await self.sender.event(type="message", channel=self.key, channel_type="channel", **said)

    async def reads(self, person="ada"):
        """The log as somebody gets it from the API."""
        found = await self.sender.asks(person, CHAT, ref=self.incident.reference)
        return found["incident"]["chat"]["nodes"] if found["incident"] else None

    async def entries(self):
        """What stands on the timeline of it: (who, when, words)."""
        events = await self.sender.world.events(self.incident.id, "entry.added")
        return [(e.actor_id, e.occurred_at, await self.sender.world.text_of(e.id)) for e in events]

    async def pinned(self, person, stamp=FIRST, **message):
        whole = {"type": "message", "ts": stamp, **message}
        item = {"type": "message", "channel": self.key, "created": 1, "message": whole}
        await self.sender.event(type="pin_added", user=self.sender.who(person), channel_id=self.key, item=item)

    async def reacted(self, person, stamp=FIRST, reaction="pushpin"):
        item = {"type": "message", "channel": self.key, "ts": stamp}
        user = self.sender.who(person)
        await self.sender.event(type="reaction_added", user=user, reaction=reaction, item=item, item_user="U0X")


@pytest.fixture
async def room(sender):
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    return Room(sender, incident, channel)


async def test_what_is_said_is_kept_with_who_said_it_and_when(room):
    await room.hears(
        "Is <@U999> here? See <https://x.example|the graph> &amp; <!here>",
        files=[
            {"name": "graph.png", "permalink": "https://quillhaven.slack.com/files/1", "url_private": "https://secret"}
        ],
    )
    await room.hears("In a thread", SECOND, "chi", thread_ts=FIRST)
    await room.sender.run()
    first, second = await room.reads()
    assert first["text"] == "Is @U999 here? See the graph (https://x.example) & @here"
    assert first["files"] == [{"name": "graph.png", "url": "https://quillhaven.slack.com/files/1"}]
    assert (first["author"], first["authorName"], first["bot"]) == ({"name": "Ben Silva"}, "ben", False)
    assert first["postedAt"].startswith("2025-11-30T10:53:20.0001")
    assert first["url"] == f"https://quillhaven.slack.com/archives/{room.key}/p1764500000000100"
    assert (second["author"]["name"], second["thread"]) == ("Chi Tran", FIRST)
    assert second["url"].endswith(f"/p1764500001000200?thread_ts={FIRST}&cid={room.key}")
    kinds = [event.kind for event in await room.sender.world.events(room.incident.id)]
    assert "entry.added" not in kinds, "what is said makes no events"


async def test_people_are_called_by_their_names_as_soon_as_these_are_known(room):
    room.sender.slack.plan["users.info"] = ["429", "429"]
    await room.hears("Ask <@U777>")
    await room.sender.run()
    (said,) = await room.reads()
    assert said["text"] == "Ask @U777"
    room.sender.slack.profiles["U777"] = {"real_name": "Gus", "profile": {}}
    room.sender.slack.people["gus@agency.example"] = "U777"
    await room.hears("<@U777>?", SECOND)
    await room.sender.run()
    said, _ = await room.reads()
    assert said["text"] == "Ask @Gus"


async def test_what_programs_say_is_marked_and_what_slack_says_is_left_out(room):
    await room.hears("Deployed", bot_id="B1", subtype="bot_message", username="ci", person="U0CI")
    await room.hears("has joined the channel", SECOND, subtype="channel_join")
    await room.hears("set the channel topic: x", SECOND, person=BOT, bot_id=BOT_ID, subtype="channel_topic")
    await room.sender.run()
    (said,) = await room.reads()
    assert (said["text"], said["bot"], said["author"]) == ("Deployed", True, None)


def edited(stamp, text, at):
    return {
        "subtype": "message_changed",
        "message": {"type": "message", "text": text, "ts": stamp, "edited": {"user": "U1", "ts": at}},
    }


def steps(stamp):
    """What Slack tells of one message."""
    return {
        "said": {"text": "Frist"},
        "edited": edited(stamp, "First", "1764500009.000000"),
        "edited again": edited(stamp, "1st", "1764500010.000000"),
        "unfurled": {"subtype": "message_changed", "message": {"type": "message", "text": "Frist", "ts": stamp}},
        "taken back": {"subtype": "message_deleted", "deleted_ts": stamp, "hidden": True},
    }


async def told_in_every_order(room, *names):
    """One message for each order."""
    for number, order in enumerate(permutations(names)):
        stamp = f"17645000{number:02}.000100"
        for step in order:
            files = [{"name": "secret.txt", "permalink": "https://x"}]
            await room.hears(**{"stamp": stamp, "files": files, **steps(stamp)[step]})
    await room.sender.run()
    return await room.reads()


async def test_in_whatever_order_edits_are_told_the_last_one_counts(room):
    found = await told_in_every_order(room, "said", "edited", "edited again")
    for last in ("said", "unfurled"):
        await room.hears(**steps("1764500000.000100")[last])
    await room.sender.run()
    assert len(found) == 6
    told = {(said["text"], said["editedAt"][:19], said["deletedAt"]) for said in await room.reads()}
    assert told == {("1st", "2025-11-30T10:53:30", None)}


async def test_what_was_taken_back_is_gone_whenever_that_is_told(room):
    found = await told_in_every_order(room, "said", "edited", "taken back")
    assert len(found) == 6
    for said in found:
        assert (said["text"], said["files"]) == (None, [])
        assert said["deletedAt"] is not None
    async with room.sender.world.database.reading() as reader:
        assert {row.body for row in await reader.execute(select(ChatMessage.body))} == {""}


async def test_the_parent_of_a_thread_that_is_taken_back_leaves_a_tombstone(room):
    await room.hears("Oops")
    await room.hears(
        subtype="message_changed", message={"subtype": "tombstone", "text": "This message was deleted.", "ts": FIRST}
    )
    await room.sender.run()
    assert [said["text"] for said in await room.reads()] == [None]


async def test_a_text_is_bounded_and_may_hold_anything(room):
    await room.hears("x" * 30_000)
    await room.hears("nul \x00", SECOND)
    await room.sender.run()
    first, second = await room.reads()
    assert (len(first["text"]), first["text"][-1]) == (20_000, "…")
    assert second["text"] == "nul \ufffd"


async def test_other_channels_are_not_listened_to(sender):
    other = sender.slack.add_channel("random", members=[BOT])
    await sender.event(type="message", channel=other["id"], user="U1", text="Private matters", ts=FIRST)
    await sender.event(type="message", channel="D012", channel_type="im", user="U1", text="Psst", ts=FIRST)
    await sender.run()
    async with sender.world.database.reading() as reader:
        assert await reader.rows(ChatMessage, select(ChatMessage)) == []
    assert sender.slack.asked == [], "nobody is looked up either"


async def test_a_channel_that_is_just_being_opened_is_waited_for(sender):
    incident = await sender.journey.declare()
    await sender.journey.order(incident)
    await sender.event(type="message", channel="C002", user=sender.who("ben"), text="First!", ts=FIRST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sender.slack.plan, "auth.test", ["429"])
        waits = await sender.run()
    assert 5.0 in waits
    sender.world.clock.advance(seconds=30)
    await sender.run()
    room = Room(sender, incident, sender.journey.complete(incident))
    await room.hears("Second!", SECOND)
    await sender.run()
    assert "Second!" in [said["text"] for said in await room.reads()]


async def test_a_private_incidents_log_is_its_members(sender):
    incident = await sender.journey.declare(visibility=Visibility.PRIVATE)
    room = Room(sender, incident, await sender.journey.opened(incident))
    await room.hears("They have our keys")
    await sender.run()
    assert [said["text"] for said in await room.reads("ben")] == ["They have our keys"]
    assert await room.reads("ada") is None
    async with sender.world.database.reading() as reader:
        key = await reader.scalar(select(ChatMessage.id))
    node = "query($id: ID!) { node(id: $id) { ... on ChatMessage { text } } }"
    for person, found in (("ada", None), ("ben", {"text": "They have our keys"})):
        assert (await sender.asks(person, node, id=ids.encode("ChatMessage", key)))["node"] == found


async def test_while_slack_does_not_say_who_somebody_is_the_log_is_kept(room):
    room.sender.slack.plan["users.info"] = ["429"]
    await room.hears("Down again")
    assert await room.sender.run() == []
    (said,) = await room.reads()
    assert (said["text"], said["author"], said["authorName"]) == ("Down again", None, None)
    await room.hears("And up", SECOND)
    await room.sender.run()
    assert {said["author"]["name"] for said in await room.reads()} == {"Ben Silva"}


async def test_a_pin_puts_a_message_on_the_timeline_once(room):
    await room.hears("It is the *cache*")
    await room.sender.run()
    for person in ("chi", "ada"):
        await room.pinned(person, text="It is the *cache*", user=room.sender.who("ben"))
        await room.reacted(person)
    await room.sender.event(
        type="pin_removed", user=room.sender.who("chi"), channel_id=room.key, item={"type": "message"}
    )
    await room.pinned("chi")
    await room.sender.run()
    ((who, when, words),) = await room.entries()
    assert who == room.sender.world.ben.id, "who wrote it"
    assert when == datetime(2025, 11, 30, 10, 53, 20, 100, tzinfo=UTC)
    url = f"https://quillhaven.slack.com/archives/{room.key}/p1764500000000100"
    assert words == f"It is the *cache*\n\n— [in the channel]({url}), marked by Chi Tran"
    (event,) = await room.sender.world.events(room.incident.id, "entry.added")
    assert event.data["marked_by_user_id"] == room.sender.world.chi.id
    assert (await room.reads())[0]["markedAt"] is not None


async def test_a_message_that_was_never_told_is_fetched(room):
    room.channel["messages"].append(
        {"type": "message", "user": room.sender.who("ben"), "text": "From before", "ts": FIRST}
    )
    await room.reacted("chi")
    await room.reacted("chi", SECOND)
    await room.sender.run()
    ((_, _, words),) = await room.entries()
    assert words.startswith("From before\n\n— [in the channel](")
    assert [said["text"] for said in await room.reads()] == ["From before"]


async def test_who_wrote_it_is_named_where_they_have_no_account(room, slack):
    visitor = slack.stranger(
        "Vi Sitor", "vi@agency.example", profile={"display_name": "Vi", "email": "vi@agency.example"}
    )
    await room.hears("I see 500s", person=visitor)
    await room.reacted("chi")
    await room.sender.run()
    ((who, _, words),) = await room.entries()
    assert who == room.sender.world.chi.id
    assert "— Vi [in the channel](" in words


@pytest.mark.parametrize("person", ["eve", "vi@agency.example", BOT], ids=["a viewer", "a stranger", "a bot"])
async def test_who_may_not_write_there_marks_nothing(room, slack, person):
    slack.know("vi@agency.example", "eve@quillhaven.example")
    await room.hears("It is the cache")
    await room.pinned(slack.people.get(person, person))
    assert await room.sender.run() == []
    assert await room.entries() == []


async def test_in_a_private_incident_only_members_mark(sender):
    incident = await sender.world.do(
        declare_incident, sender.world.ben, title="Leak", severity="SEV1", visibility=Visibility.PRIVATE
    )
    room = Room(sender, incident, await sender.journey.opened(incident))
    await room.hears("They have our keys")
    await room.pinned("chi")
    await sender.run()
    assert await room.entries() == []
    given = {"incident": incident.reference, "user": sender.world.id_of("chi")}
    await sender.world.do(add_member, sender.world.ben, **given)
    await room.pinned("chi")
    await sender.run()
    assert len(await room.entries()) == 1


async def test_other_reactions_and_what_was_taken_back_mark_nothing(room):
    await room.hears("Oops")
    await room.reacted("chi", reaction="eyes")
    await room.hears(**steps(FIRST)["taken back"])
    await room.reacted("chi")
    await room.sender.run()
    assert await room.entries() == []


async def test_a_mark_waits_while_slack_asks_us_to_slow_down(room):
    await room.hears("It is the cache")
    await room.sender.run()
    room.sender.slack.plan["users.info"] = ["429"]
    await room.reacted("chi")
    assert await room.sender.run() == [7]
    assert await room.entries() == []
    await room.sender.run()
    assert len(await room.entries()) == 1
