"""The channel of an incident at a chat, as far as it is kept here."""

from actions.chat.heard import Said, Struck
from actions.chat.log import keep_message, strike_message
from actions.chat.people import note_person
from models.integration import Integration, OutwardAction
from models.words import OutwardState, OutwardVerb


class Channel:
    """A channel: what is said there arrives at once."""

    def __init__(self, world, integration_id):
        self.world, self.integration_id, self.number = world, integration_id, 0

    async def says(self, text, *, stamp=None, **more):
        """Somebody says something, or (with the stamp of what was said) edits it. The stamp."""
        self.number += 1
        stamp = stamp or f"{int(self.world.clock.now().timestamp())}.{self.number:06}"
        async with self.world.database.unit_of_work() as session:
            assert await keep_message(session, self.integration_id, Said("C1", stamp, text=text, **more))
        return stamp

    async def takes_back(self, stamp):
        async with self.world.database.unit_of_work() as session:
            assert await strike_message(session, self.integration_id, Struck("C1", stamp))

    async def knows(self, person, name, email):
        async with self.world.database.unit_of_work() as session:
            await note_person(session, self.integration_id, person, name=name, email=email)


async def opened_for(world, incident):
    """A channel for an incident, which is there."""
    now = world.clock.now()
    async with world.database.unit_of_work() as session:
        account = Integration(vendor="slack", key="slack", name="Slack", configuration={}, created_at=now)
        session.add(account)
        await session.flush()
        opened = {"verb": OutwardVerb.OPEN_CHANNEL, "state": OutwardState.DONE, "external_id": "C1"}
        where = {"incident_id": incident.id, "integration_id": account.id, "url": "https://acme.slack.com/archives/C1"}
        session.add(OutwardAction(key=f"{incident.reference}/channel", arguments={}, created_at=now, **where, **opened))
        key = account.id
    return Channel(world, key)
