"""Webhooks end to end: which events arrive and how, what is held back, and what happens to an address that fails."""

from datetime import timedelta

import orjson
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier

from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.visibility_changes import change_visibility
from actions.webhooks import create_webhook, delete_webhook
from core import ids
from core.cursor import encode_cursor
from jobs.webhook import deliver
from models.delivery import Webhook
from models.job import Job
from models.words import DeliveryState, EntryKind, Visibility
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.receiver import receiver


async def declare(world, **given):
    return await world.do(declare_incident, world.ben, **{"title": "Checkout is down", "severity": "SEV3", **given})


async def note(world, incident, text="we look"):
    event = await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text=text)
    return event.id


def running(world, tmp_path, **settings):
    return jobs_with(world.database, tmp_path, webhook_allow_private=True, **settings)


async def listening(world, other, *kinds):
    webhook, secret = await world.do(create_webhook, world.ada, url=other.url, kinds=list(kinds))
    return webhook.id, secret


async def state_of(world, webhook_id):
    async with world.database.reading() as reader:
        return await reader.row(Webhook, select(Webhook).where(Webhook.id == webhook_id))


async def test_an_event_arrives_signed_and_whole(world, tmp_path):
    async with receiver() as other:
        _, secret = await listening(world, other, "entry.added")
        incident = await declare(world)
        event_id = await note(world, incident, "<b>we</b> look")
        with running(world, tmp_path):
            assert await run_jobs(world.database, "webhook.send") == []
    (got,) = other.arrived
    (event,) = await world.events(None, "entry.added")
    assert Verifier(secret).verify(got.body, got.headers) == orjson.loads(got.body)
    assert orjson.loads(got.body) == {
        "type": "entry.added",
        "timestamp": event.occurred_at.isoformat(),
        "data": {
            "id": ids.encode("Event", event_id),
            "cursor": encode_cursor(event_id),
            "number": event.number,
            "incident": {
                "id": ids.encode("Incident", incident.id),
                "reference": incident.reference,
                "url": f"https://muster.quillhaven.example/console/incidents/{incident.reference}",
            },
            "actor": {"kind": "USER", "name": "Ben Silva"},
            "occurredAt": event.occurred_at.isoformat(),
            "recordedAt": event.recorded_at.isoformat(),
            "entryKind": "NOTE",
            "text": "<b>we</b> look",
            "data": {},
        },
    }
    (row,) = await deliveries(world.database)
    assert (row.state, row.channel, row.template, row.to) == (
        DeliveryState.DELIVERED,
        "webhook",
        "entry.added",
        other.url,
    )
    assert row.external_id == got.headers["webhook-id"] == ids.encode("Delivery", row.id)


async def test_running_a_finished_job_again_posts_nothing(world, tmp_path):
    async with receiver() as other:
        webhook_id, _ = await listening(world, other, "entry.added")
        event_id = await note(world, await declare(world))
        with running(world, tmp_path):
            await run_jobs(world.database, "webhook.send")
            await deliver(event_id=event_id, webhook_id=webhook_id)
    assert len(other.arrived) == 1


async def test_private_incidents_and_settings_are_told_to_no_webhook(world, tmp_path):
    async with receiver() as other:
        await listening(world, other)
        incident = await declare(world, visibility=Visibility.PRIVATE)
        await note(world, incident)
        await world.do(create_webhook, world.ada, url="https://elsewhere.example/", kinds=["task.added"])
        with running(world, tmp_path):
            await run_jobs(world.database, "webhook.send")
    assert other.arrived == []


async def test_an_incident_made_private_before_the_post_is_not_told(world, tmp_path):
    async with receiver() as other:
        await listening(world, other, "entry.added")
        incident = await declare(world)
        await note(world, incident)
        private = {"visibility": Visibility.PRIVATE, "reason": "a leak", "members": [world.id_of("ben")]}
        await world.do(change_visibility, world.ben, incident=incident.reference, **private)
        with running(world, tmp_path):
            await run_jobs(world.database, "webhook.send")
    assert other.arrived == []
    (row,) = await deliveries(world.database)
    assert (row.state, row.suppressed_because) == (DeliveryState.SUPPRESSED, "The incident became private.")


async def test_a_deleted_webhook_is_told_nothing_more(world, tmp_path):
    async with receiver() as other:
        webhook_id, _ = await listening(world, other, "entry.added")
        await note(world, await declare(world))
        await world.do(delete_webhook, world.ada, id=ids.encode("Webhook", webhook_id))
        with running(world, tmp_path):
            await run_jobs(world.database, "webhook.send")
    assert other.arrived == []
    assert (await deliveries(world.database))[0].suppressed_because == "The webhook was deleted."


async def test_a_retry_has_the_same_id_and_a_success_ends_the_failing(world, tmp_path):
    async with receiver() as other:
        webhook_id, secret = await listening(world, other, "entry.added")
        await note(world, await declare(world))
        other.status = 500
        with running(world, tmp_path):
            ((_, later),) = await run_jobs(world.database, "webhook.send")
            assert 5 < later.seconds < 15
            failing = await state_of(world, webhook_id)
            assert failing.failing_since is not None
            other.status = 204
            world.clock.advance(seconds=20)
            assert await run_jobs(world.database, "webhook.send") == []
    first, second = other.arrived
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Verifier(secret).verify(second.body, second.headers)
    (row,) = await deliveries(world.database)
    assert (row.state, row.attempts, row.error) == (DeliveryState.DELIVERED, 2, None)
    healed = await state_of(world, webhook_id)
    assert (healed.failing_since, healed.next_attempt_at) == (None, None)


async def test_while_an_address_fails_only_one_message_at_a_time_tries_it(world, tmp_path):
    async with receiver() as other:
        await listening(world, other, "entry.added")
        incident = await declare(world)
        for _ in range(5):
            await note(world, incident)
        other.status = 500
        with running(world, tmp_path):
            assert len(await run_jobs(world.database, "webhook.send")) == 5
        assert len(other.arrived) == 1


async def test_when_an_address_is_well_again_what_waited_for_it_is_due(world, tmp_path):
    async with receiver() as other:
        await listening(world, other, "entry.added")
        incident = await declare(world)
        for _ in range(3):
            await note(world, incident)
        other.status = 500
        with running(world, tmp_path):
            ((first, _), *others) = await run_jobs(world.database, "webhook.send")
            hours = timedelta(hours=1)
            async with world.database.unit_of_work() as session:
                for job in await session.scalars(select(Job).where(Job.id.in_([job.id for job, _ in others]))):
                    job.run_at = job.run_at + hours
            other.status = 200
            world.clock.advance(seconds=20)
            await deliver(**first.args)
        async with world.database.reading() as reader:
            due = await reader.execute(
                select(Job.id).where(Job.name == "webhook.send", Job.run_at < Job.created_at + hours)
            )
        assert {key for (key,) in due} == {first.id, *(job.id for job, _ in others)}


async def test_an_address_that_is_gone_is_switched_off_at_once(world, tmp_path):
    async with receiver() as other:
        webhook_id, _ = await listening(world, other, "entry.added")
        incident = await declare(world)
        await note(world, incident)
        await note(world, incident)
        other.status = 410
        with running(world, tmp_path):
            assert await run_jobs(world.database, "webhook.send") == []
        assert len(other.arrived) == 1
    assert (await state_of(world, webhook_id)).disabled_because == "The address answered 410 Gone."
    assert [row.state for row in await deliveries(world.database)] == [DeliveryState.FAILED, DeliveryState.SUPPRESSED]
    (event,) = await world.events(None, "setting.saved")
    assert event.data["changed"] == {"disabled_because": "The address answered 410 Gone."}
    assert len(await world.events(None, "delivery.failed")) == 1
    await note(world, incident)
    assert await world.jobs("webhook.send") == []


async def test_an_address_that_fails_for_three_days_is_switched_off(world, tmp_path):
    async with receiver() as other:
        webhook_id, _ = await listening(world, other, "entry.added")
        await note(world, await declare(world))
        other.status = None
        with running(world, tmp_path):
            ((job, _),) = await run_jobs(world.database, "webhook.send")
            assert (await deliveries(world.database))[0].state is DeliveryState.UNKNOWN
            world.clock.advance(days=2, hours=23)
            ((job, later),) = await run_jobs(world.database, "webhook.send")
            assert 2500 < later.seconds < 4200
            world.clock.advance(hours=2)
            await deliver(**job.args)
    assert "No attempt has succeeded since 2026-11-24 03:00 UTC" in (await state_of(world, webhook_id)).disabled_because
    assert (await deliveries(world.database))[0].state is DeliveryState.FAILED


async def test_a_private_address_is_not_posted_to_unless_allowed(world, tmp_path):
    async with receiver() as other:
        await listening(world, other, "entry.added")
        await note(world, await declare(world))
        with jobs_with(world.database, tmp_path):
            ((_, later),) = await run_jobs(world.database, "webhook.send")
    assert other.arrived == []
    assert "not a public address" in str(later)


async def test_a_webhook_is_not_told_of_its_own_failure(world, tmp_path):
    async with receiver() as other, receiver() as listener:
        await listening(world, other)
        await listening(world, listener, "delivery.failed")
        await declare(world)
        other.status = 410
        with running(world, tmp_path):
            await run_jobs(world.database, "webhook.send")
    assert len(other.arrived) == 1
    (told,) = listener.arrived
    assert orjson.loads(told.body)["data"]["data"]["error"] == "the webhook was switched off"
