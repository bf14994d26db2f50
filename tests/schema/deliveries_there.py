"""The way of a mail and of a webhook, on an organisation of any size."""

from sqlalchemy import text

from actions.notices import claim_mail
from actions.webhook_deliveries import claim_webhook, webhook_failed, webhook_took_it
from jobs.scene import read_delivery, read_scene
from jobs.webhook import body_of
from tests.schema.client import HOST

NEWEST_DELIVERY = text("select id from delivery order by id desc limit 1")


async def deliver_once(database, webhook, event_id):
    """Claim and settle the newest mail and a webhook of an event."""
    async with database.reading() as reader:
        delivery = (await reader.execute(NEWEST_DELIVERY))[0].id
        scene_of = await read_delivery(reader, delivery)
        await read_scene(reader, scene_of.event_id, HOST, HOST)
        await body_of(reader, event_id, HOST)
    async with database.unit_of_work() as session:
        await claim_mail(session, delivery)
    async with database.unit_of_work() as session:
        claimed = await claim_webhook(session, event_id, webhook)
    async with database.unit_of_work() as session:
        await webhook_failed(session, claimed, "It answered 500.")
    async with database.unit_of_work() as session:
        await webhook_took_it(session, claimed, "id")
