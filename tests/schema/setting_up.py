"""What the first set-up does, and what is done about work and messages that did not get through."""

from sqlalchemy import text

from actions.notices import notify_of
from actions.webhook_deliveries import claim_webhook, webhook_took_it
from core import ids

NEWEST_EVENT = text("select max(id) as id from event")
NEWEST_SEEN = text("select max(id) as id from event where visibility = 'ORGANISATION' and incident_id is not null")
GIVEN_UP = text("insert into job(queue, name, args, dead) values ('default', 'mail.send', '{}', true) returning id")


async def send_again(do, database, webhook):
    """Tell a webhook of the newest event that everybody may see, and have it told once more."""
    async with database.reading() as reader:
        event = (await reader.execute(NEWEST_SEEN))[0].id
    async with database.unit_of_work() as session:
        claimed = await claim_webhook(session, event, webhook)
    async with database.unit_of_work() as session:
        await webhook_took_it(session, claimed, "id")
    await do("redeliver", "delivery", delivery=ids.encode("Delivery", claimed.delivery_id))


async def set_up(do, database):
    """Pass over a step and come back to it, ask for a mail, retry a job and discard one."""
    for skipped in (True, False):
        await do("skipSetup", "organisation", step="chat", skipped=skipped)
    await do("tryMail", "cursor")
    async with database.reading() as reader:
        tried = (await reader.execute(NEWEST_EVENT))[0].id
    async with database.unit_of_work() as session:
        assert await notify_of(session, tried)
    for act in ("retryJobs", "discardJobs"):
        async with database.unit_of_work() as session:
            job = (await session.execute(GIVEN_UP)).scalar_one()
        await do(act, "jobs", jobs=[ids.encode("Job", job)])
