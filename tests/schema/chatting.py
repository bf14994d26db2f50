"""What comes in from a chat, as its doorway and its jobs carry it out: their statements and locks are watched, too."""

from datetime import timedelta
from functools import partial

from sqlalchemy import select

from actions.chat.arrivals import take_in
from actions.chat.doing import grant
from actions.chat.heard import Said, Struck
from actions.chat.log import incident_of, is_opening, keep_message, strike_message
from actions.chat.marks import mark_message
from actions.chat.people import actor_of, known_person, note_person
from actions.chat.places import implied
from actions.chat.reading import kept_replies, note_page, note_read, note_unread, read_all, reading_of, sweep_readings
from actions.chat.wishes import Verb, Wish
from core import ids
from models.chat import ChatMessage, ChatReading
from models.job import JobName
from tests.schema.ways import PERSON


async def catch_up(database, integration_id: int, channel: str) -> None:
    """The channel is read back."""
    async with database.unit_of_work() as session:
        await read_all(session, integration_id)
    await sweep_readings(database)
    async with database.reading() as reader:
        key = await reader.scalar(select(ChatReading.id).where(ChatReading.channel == channel))
        await kept_replies(reader, await reading_of(reader, key), STAMP)
    moment = database.clock.now()
    for note in (partial(note_page, cursor="x", words=None), partial(note_read, words=None)):
        async with database.unit_of_work() as session:
            await note(session, key, moment)
    async with database.unit_of_work() as session:
        await note_unread(session, key, "Slack asks us to slow down (429).")


STAMP = "1764500000.000100"


async def converse(database, integration_id: int, channel: str) -> None:
    """Something is said, changed, marked and taken back in an incident's channel, and something is asked for."""
    user = ids.decode(PERSON)[1]
    async with database.unit_of_work() as session:
        args = {"heard": {}, "at": 0, "team": "T1"}
        await take_in(session, integration_id, signature="v0=1", key="Ev1", job=JobName.CHAT_HEAR, args=args)
    async with database.reading() as reader:
        await incident_of(reader, integration_id, channel)
        await is_opening(reader, integration_id)
        await known_person(reader, integration_id, "U1", within=timedelta(days=1))
    async with database.unit_of_work() as session:
        await keep_message(session, integration_id, Said(channel, STAMP, author="U1", text="It is the cache"))
        await keep_message(session, integration_id, Said(channel, STAMP, author="U1", text="It is", edited=STAMP))
    await catch_up(database, integration_id, channel)
    async with database.unit_of_work() as session:
        await note_person(session, integration_id, "U1", name="Fay", email="fay@example.org")
    async with database.unit_of_work() as session:
        actor = await actor_of(session, user)
        ours = (ChatMessage.channel == channel, ChatMessage.stamp == STAMP)
        message = await session.scalar(select(ChatMessage.id).where(*ours))
        await mark_message(session, actor, message=message, author=actor, called={})
    async with database.unit_of_work() as session:
        await strike_message(session, integration_id, Struck(channel, STAMP))
    for verb, given in (
        (Verb.STATUS, {}),
        (Verb.TASK, {"do": "add", "title": "Look"}),
        (Verb.TASK, {"do": "claim", "number": 1}),
        (Verb.TASK, {"do": "list"}),
        (Verb.PAGE, {"user": "me", "service": None, "reason": None}),
        (Verb.ONCALL, {"service": "service-3"}),
        (Verb.DECLARE, {"severity": "SEV2", "title": "Fire", "services": [], "private": False, "drill": False}),
    ):
        async with database.unit_of_work() as session:
            actor = await actor_of(session, user)
            here = await implied(session, actor, integration_id, channel)
            await grant(session, actor, Wish(verb, None, given), here=here, integration_id=integration_id)
    async with database.unit_of_work() as session:
        await grant(session, await actor_of(session, user), Wish(Verb.STATUS), here=None)
