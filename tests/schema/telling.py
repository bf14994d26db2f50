"""Everything that is done about subscribers of the status page, once, among many of them (tests.schema.everything)."""

from sqlalchemy import select, text

from actions.subscribers.addresses import Address
from actions.subscribers.broadcasts import begin_broadcast, list_batch
from actions.subscribers.choices import Choices, choose
from actions.subscribers.erasure import erase_addresses
from actions.subscribers.ledger import claim_rows, earlier_waits, seconds_until_due
from actions.subscribers.links import find_linked, lock_linked
from actions.subscribers.outcomes import Failed, Refused, Released, Took, mark
from actions.subscribers.recipients import count_recipients
from actions.subscribers.sign_up import Asked, sign_up
from actions.subscribers.standing import confirm, unsubscribe
from jobs.subscribers.story import read_story
from models.subscriber import SubscriberDelivery
from models.words import Channel

NEWEST = text(
    "select id from event where kind = 'update.published' and incident_id = :incident and data->>'audience' = 'PUBLIC'"
    " order by id desc limit 1"
)


class Telling:
    """Signs up, tells, and erases."""

    def __init__(self, database, reference: str) -> None:
        self.database, self.incident = database, int(reference[4:])

    async def run(self) -> None:
        """All of it."""
        await self._come_and_go()
        await self._tell()
        await erase_addresses(self.database)

    async def _come_and_go(self) -> None:
        for address in (Address(Channel.EMAIL, "new@example.org"), Address(Channel.SLACK, "https://hooks.slack.com/x")):
            async with self.database.unit_of_work() as session:
                row = await sign_up(session, Asked(address, Choices(frozenset({2})), None))
            async with self.database.reading() as reader:
                assert await find_linked(reader, row.id, None)
            async with self.database.unit_of_work() as session:
                mine = await lock_linked(session, row.id)
                confirm(session, mine)
                await choose(session, mine, Choices())
            async with self.database.unit_of_work() as session:
                unsubscribe(session, await lock_linked(session, row.id))

    async def _tell(self) -> None:
        async with self.database.reading() as reader:
            event = (await reader.execute(NEWEST, {"incident": self.incident}))[0].id
            await count_recipients(reader, components=[2])
        async with self.database.unit_of_work() as session:
            (broadcast,) = await begin_broadcast(session, event)
        async with self.database.unit_of_work() as session:
            assert await list_batch(session, broadcast)
        async with self.database.reading() as reader:
            assert (await read_story(reader, broadcast))[1]
        async with self.database.unit_of_work() as session:
            await earlier_waits(session, broadcast, Channel.EMAIL)
            rows = await claim_rows(session, broadcast, Channel.EMAIL, 10)
        outcomes = [
            Took(rows[0], "<a@b>"),
            Failed(rows[1], "It answered 500."),
            Refused(rows[2], "Gone.", gone=True),
            Refused(rows[3], "Unknown.", suppress=True),
            *(Released(row) for row in rows[4:]),
        ]
        async with self.database.unit_of_work() as session:
            await mark(session, Channel.EMAIL, outcomes)
        async with self.database.unit_of_work() as session:
            assert await seconds_until_due(session, broadcast, Channel.EMAIL) is not None
            assert await session.scalar(select(SubscriberDelivery.id).where(SubscriberDelivery.id == rows[0].id))
