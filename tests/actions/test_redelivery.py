"""Webhooks that were switched off, and messages that did not get through: what admins do about them."""

import pytest
from sqlalchemy import select, update

from actions.declarations import declare_incident
from actions.redelivery import enable_webhook, redeliver
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook, delete_webhook
from core import ids
from core.errors import DomainError, ErrorCode
from models.delivery import Delivery, Webhook
from models.incident import IncidentMember
from models.job import Job
from models.words import DeliveryState, Visibility
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.receiver import receiver


async def refusal(world, action, actor, **given):
    with pytest.raises(DomainError) as refused:
        await world.do(action, actor, **given)
    return refused.value.code


async def told(world, tmp_path, other, status=200):
    """A webhook that was told of a declaration, and the message."""
    webhook, _ = await world.do(create_webhook, world.ada, url=other.url, kinds=["incident.declared"])
    other.status = status
    incident = await world.do(declare_incident, world.ben, title="Checkout is down", severity="SEV3")
    with jobs_with(world.database, tmp_path, webhook_allow_private=True):
        await run_jobs(world.database, "webhook.send")
    [message] = [row for row in await deliveries(world.database) if row.channel == "webhook"]
    return webhook, incident, message


async def test_a_message_is_sent_once_more_under_the_same_id_and_is_audited(world, tmp_path):
    async with receiver() as other:
        _, _, message = await told(world, tmp_path, other)
        reference = ids.encode("Delivery", message.id)
        await world.do(redeliver, world.ada, delivery=reference)
        assert (await deliveries(world.database))[-1].state is DeliveryState.PENDING
        assert await refusal(world, redeliver, world.ada, delivery=reference) is ErrorCode.CONFLICT  # it is on its way
        with jobs_with(world.database, tmp_path, webhook_allow_private=True):
            await run_jobs(world.database, "webhook.send")
    first, second = other.arrived
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == reference
    assert first.body == second.body
    [row] = [row for row in await deliveries(world.database) if row.channel == "webhook"]
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 2)
    [event] = await world.events(None, "delivery.repeated")
    assert (event.visibility, event.origin_digest is not None) == (Visibility.PRIVATE, True)


async def test_one_that_was_switched_off_is_enabled_and_what_was_held_back_is_sent(world, tmp_path):
    async with receiver() as other:
        webhook, _, message = await told(world, tmp_path, other, status=410)
        reference, hook = ids.encode("Delivery", message.id), ids.encode("Webhook", webhook.id)
        assert message.state is DeliveryState.FAILED
        assert await refusal(world, redeliver, world.ada, delivery=reference) is ErrorCode.CONFLICT
        for _ in range(2):
            row = await world.do(enable_webhook, world.ada, id=hook)
            assert (row.disabled_because, row.failing_since, row.next_attempt_at) == (None, None, None)
        changes = [event.data["changed"] for event in await world.events(None, "setting.saved")]
        [back] = [each for each in changes if isinstance(each.get("disabled_because"), dict)]
        assert back["disabled_because"]["to"] is None
        other.status = 200
        await world.do(redeliver, world.ada, delivery=reference)
        with jobs_with(world.database, tmp_path, webhook_allow_private=True):
            await run_jobs(world.database, "webhook.send")
    assert len(other.arrived) == 2
    await world.do(delete_webhook, world.ada, id=hook)
    assert await refusal(world, redeliver, world.ada, delivery=reference) is ErrorCode.CONFLICT
    assert await refusal(world, enable_webhook, world.ada, id=hook) is ErrorCode.NOT_FOUND


async def test_what_became_private_is_not_there_and_not_sent(world, tmp_path):
    async with receiver() as other:
        _, incident, message = await told(world, tmp_path, other)
        reference = ids.encode("Delivery", message.id)
        await world.do(redeliver, world.ada, delivery=reference)
        given = {"incident": incident.reference, "visibility": Visibility.PRIVATE, "reason": "Security"}
        await world.do(change_visibility, world.ada, **given)
        with jobs_with(world.database, tmp_path, webhook_allow_private=True):
            await run_jobs(world.database, "webhook.send")
        assert len(other.arrived) == 1
        assert (await deliveries(world.database))[-1].suppressed_because == "The incident became private."
        assert await refusal(world, redeliver, world.dov, delivery=reference) is ErrorCode.FORBIDDEN
        ada = world.users["ada"].id
        async with world.database.unit_of_work() as session:  # who made it private is a member: take that away
            for member in await session.scalars(select(IncidentMember).where(IncidentMember.user_id == ada)):
                await session.delete(member)
        assert await refusal(world, redeliver, world.ada, delivery=reference) is ErrorCode.NOT_FOUND


async def test_only_messages_to_webhooks_and_only_by_admins(world, tmp_path):
    async with receiver() as other:
        webhook, _, message = await told(world, tmp_path, other)
    hook, reference = ids.encode("Webhook", webhook.id), ids.encode("Delivery", message.id)
    for action, given in ((enable_webhook, {"id": hook}), (redeliver, {"delivery": reference})):
        assert await refusal(world, action, world.dov, **given) is ErrorCode.FORBIDDEN
    assert await refusal(world, redeliver, world.ada, delivery=ids.encode("Delivery", 404)) is ErrorCode.NOT_FOUND
    async with world.database.unit_of_work() as session:
        await session.execute(update(Delivery).values(webhook_id=None, channel="mail"))
    assert await refusal(world, redeliver, world.ada, delivery=reference) is ErrorCode.NOT_FOUND


async def test_one_whose_job_was_given_up_is_sent_again(world, tmp_path):
    async with receiver() as other:
        _, _, message = await told(world, tmp_path, other, status=500)
        async with world.database.unit_of_work() as session:
            await session.execute(update(Job).values(dead=True))
            await session.execute(update(Webhook).values(next_attempt_at=None))
        other.status = 200
        await world.do(redeliver, world.ada, delivery=ids.encode("Delivery", message.id))
        async with world.database.reading() as reader:
            alive = await reader.rows(Job, select(Job).where(Job.name == "webhook.send", ~Job.dead))
    assert [job.args["event_id"] for job in alive] == [message.event_id]
