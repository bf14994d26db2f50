"""Who may be written to about an incident: the same people who may see it."""

from sqlalchemy import select

from actions.members import remove_member
from actions.merges import merge_incident
from actions.notices import claim_mail, notify_of
from actions.roles import assign_role
from models.delivery import Delivery
from models.words import DeliveryState, Visibility
from tests.actions.lifecycle import can_see, declared


async def planned(world, kind):
    """The mails of the newest event of a kind, by id."""
    event = (await world.events(None, kind))[-1]
    await world.do(notify_of, event.id)
    async with world.database.reading() as reader:
        return await reader.rows(Delivery, select(Delivery).where(Delivery.event_id == event.id))


async def give(world, incident, person):
    await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=world.id_of(person))


async def merge(world, source, target):
    await world.do(merge_incident, world.ben, incident=source.reference, into=target.reference)


async def test_a_mail_about_what_was_merged_into_a_private_incident_is_held_back(world):
    secret = await declared(world, visibility=Visibility.PRIVATE)
    other = await declared(world)
    await give(world, other, "chi")
    (mail,) = await planned(world, "role.assigned")
    await merge(world, other, secret)
    assert not await can_see(world, world.chi, other)
    assert await world.do(claim_mail, mail.id) is None
    async with world.database.reading() as reader:
        held = await reader.row(Delivery, select(Delivery).where(Delivery.id == mail.id))
    assert held.state is DeliveryState.SUPPRESSED


async def test_whoever_was_removed_after_a_merge_gets_no_mail_of_what_was_merged(world):
    source, target = [await declared(world, visibility=Visibility.PRIVATE) for _ in range(2)]
    await give(world, source, "chi")
    await merge(world, source, target)
    await world.do(remove_member, world.ben, incident=target.reference, user=world.id_of("chi"))
    assert not await can_see(world, world.chi, source)
    assert await planned(world, "role.assigned") == []
