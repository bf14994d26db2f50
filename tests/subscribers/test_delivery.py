"""Telling subscribers by mail: refusals, outages, crashes in between, news that overtakes, and people who leave."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from actions.declarations import declare_incident
from actions.subscribers.broadcasts import begin_broadcast, list_batch
from actions.subscribers.erasure import erase_addresses
from actions.subscribers.ledger import claim_rows
from actions.subscribers.recipients import count_recipients
from actions.update_parts import ClaimInput
from actions.visibility_changes import change_visibility
from core import ids
from jobs.registry import Later
from jobs.subscribers import deliver, lane
from models.subscriber import Subscriber, Suppression
from models.words import Channel, ComponentStatus, DeliveryState, IncidentKind, PublicStatus, Visibility
from tests.jobs.inline import jobs_with
from tests.jobs.postbox import postbox


async def crowd(page, count, **more):
    """Confirmed subscribers by mail, straight into the table."""

    async def add(session):
        for n in range(count):
            row = {
                "channel": Channel.EMAIL,
                "digest": f"{n}".encode(),
                "email": f"reader{n}@example.org",
                "kinds": ["INCIDENTS"],
                "every_component": True,
                "created_at": page.world.clock.now(),
                "confirmed_at": page.world.clock.now(),
                **more,
            }
            session.add(Subscriber(**row))

    await page.world.do(add)


def told(page):
    return sorted(str(mail["To"]) for mail in page.box.arrived)


async def states(page):
    return [row.state for row in await page.ledger()]


async def test_everybody_is_told_once_however_often_the_jobs_run(page, monkeypatch):
    monkeypatch.setattr("actions.subscribers.broadcasts.AT_ONCE", 7)
    await crowd(page, 50)
    await page.say(await page.declare())
    (job,) = await page.world.jobs("broadcast.list")
    for _ in range(3):
        await page.work()
        page.world.clock.advance(hours=1)
        async with page.world.database.unit_of_work() as session:
            assert await begin_broadcast(session, job.event_id) == [1]
            assert not await list_batch(session, 1)
    assert told(page) == sorted(f"reader{n}@example.org" for n in range(50))
    assert set(await states(page)) == {DeliveryState.SENT}


async def test_an_address_that_is_refused_for_good_is_suppressed_and_its_subscription_disabled(page):
    await page.subscribe()
    page.box.arrived.clear()
    page.box.answers["eve@example.org"] = "550 5.1.1 <eve@example.org> is not here"
    reference = await page.declare()
    await page.say(reference)
    await page.work()
    (row,) = await page.subscribers()
    assert (row.active, row.disabled_because) == (False, "The mail server refused it (550).")
    assert await states(page) == [DeliveryState.FAILED]
    (event,) = await page.world.events(None, "subscriber.disabled")
    assert "eve" not in str(event.data), "events are for ever: they name nobody"
    del page.box.answers["eve@example.org"]
    page.world.clock.advance(hours=1)
    await page.sign_up()
    await page.say(reference, "More.")
    await page.work()
    assert page.box.arrived == [], "whoever asks"


@pytest.mark.parametrize(
    ("answer", "after_data", "suppressed"),
    [("550 5.7.1 relaying denied", None, False), (None, "554 5.6.0 no such content", False)],
)
async def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(page, answer, after_data, suppressed):
    await page.subscribe()
    page.box.after_data = after_data
    if answer:
        page.box.answers["eve@example.org"] = answer
    await page.say(await page.declare())
    await page.work()
    assert await states(page) == [DeliveryState.FAILED]
    assert (await page.subscribers())[0].active is not suppressed


async def test_one_that_is_put_off_is_tried_again_and_holds_up_nobody(page):
    await crowd(page, 30)
    page.box.answers["reader3@example.org"] = "451 4.7.1 greylisted"
    await page.say(await page.declare())
    ((_, later),) = await page.work()
    assert later.seconds > 0
    assert len(page.box.arrived) == 29
    del page.box.answers["reader3@example.org"]
    page.world.clock.advance(minutes=1)
    await page.work()
    assert len(page.box.arrived) == len(set(told(page))) == 30


async def test_while_the_mail_server_is_away_nobody_is_counted_as_failing(page):
    await crowd(page, 10)
    await page.say(await page.declare())
    port = page.settings["smtp_url"]
    async with postbox() as (_, closed):
        pass
    page.settings["smtp_url"] = f"smtp://127.0.0.1:{closed}"
    ((_, later),) = await page.work()
    assert later.seconds >= deliver.AWAY_SECONDS
    assert {(row.state, row.attempts) for row in await page.ledger()} == {(DeliveryState.PENDING, 0)}
    page.settings["smtp_url"] = port
    await page.work()
    assert len(page.box.arrived) == 10


async def test_a_crash_between_sending_and_noting_it_resends_under_the_same_id(page):
    await page.subscribe()
    page.box.arrived.clear()
    reference = await page.declare()
    await page.say(reference)
    await page.work("broadcast.list")
    async with page.world.database.unit_of_work() as session:
        (lost,) = await claim_rows(session, 1, Channel.EMAIL, 10)
    ((_, later),) = await page.work()
    assert page.box.arrived == []
    assert 50 < later.seconds <= 60, "the claim counts until then"
    page.world.clock.advance(seconds=61)
    await page.work()
    (mail,) = page.box.arrived
    assert mail["Message-ID"] == f"<{reference.lower()}.news-{lost.id}@status.quillhaven.example>"
    assert [(row.state, row.attempts) for row in await page.ledger()] == [(DeliveryState.SENT, 2)]


async def test_a_slice_gives_back_what_it_did_not_begin(page, monkeypatch):
    await crowd(page, 60)
    await page.say(await page.declare())
    monkeypatch.setattr(deliver, "SLICE_SECONDS", -1)
    put_off = await page.work()
    assert len(put_off) == 1
    assert put_off[0][1].seconds == 0
    monkeypatch.setattr(deliver, "SLICE_SECONDS", lane.SLICE_SECONDS)
    await page.work()
    assert len(set(told(page))) == 60


async def test_older_news_goes_first(page):
    await crowd(page, 3)
    reference = await page.declare()
    await page.say(reference, "First.")
    await page.say(reference, "Second.")
    await page.work("broadcast.list")
    with jobs_with(page.world.database, page.folder, **page.settings):
        with pytest.raises(Later, match="older news"):
            await deliver.deliver(broadcast_id=2, channel="EMAIL")
        assert page.box.arrived == []
        for broadcast_id in (1, 2):
            await deliver.deliver(broadcast_id=broadcast_id, channel="EMAIL")
    bodies = [mail.get_body(("plain",)).get_content() for mail in page.box.arrived]
    assert ["First." in body for body in bodies] == [True] * 3 + [False] * 3


async def test_who_left_while_it_was_queued_and_who_came_after_are_not_told(page):
    await crowd(page, 2)
    reference = await page.declare()
    await page.say(reference)
    await page.work("broadcast.list")

    async def leave(session):
        await session.execute(
            update(Subscriber).where(Subscriber.id == 1).values(unsubscribed_at=page.world.clock.now())
        )

    await page.world.do(leave)
    await page.work()
    assert told(page) == ["reader1@example.org"]
    page.box.arrived.clear()
    await page.say(reference, "More.")
    page.world.clock.advance(seconds=1)
    await crowd(page, 1, digest=b"late", email="late@example.org")
    await page.work()
    assert told(page) == ["reader1@example.org"]


async def test_nobody_is_told_of_an_incident_that_became_private_or_was_never_real(page):
    await crowd(page, 2)
    past = await page.world.do(
        declare_incident, page.world.ada, title="Then", severity="SEV2", kind=IncidentKind.BACKFILLED
    )
    await page.say(past.reference)
    await page.work()
    assert page.box.arrived == []
    reference = await page.declare()
    await page.say(reference, "Over.", PublicStatus.RESOLVED)
    await page.work("broadcast.list")
    await page.world.do(
        change_visibility, page.world.ada, incident=reference, visibility=Visibility.PRIVATE, reason="Security"
    )
    await page.work()
    assert page.box.arrived == []
    assert set(await states(page)) == {DeliveryState.SUPPRESSED}


async def test_the_preview_counts_who_would_be_told(page):
    await crowd(page, 3)
    await page.subscribe("search@example.org", components=[page.component("search")])
    search, checkout = (page.world.components[name].id for name in ("search", "checkout"))
    async with page.world.database.reading() as reader:
        nothing = (await count_recipients(reader, components=[]))[None]
        both = (await count_recipients(reader, components=[search, checkout]))[None]
    assert nothing == {Channel.EMAIL: 3, Channel.WEBHOOK: 0, Channel.SLACK: 0, Channel.TEAMS: 0}
    assert both[Channel.EMAIL] == 4
    reference = await page.declare()
    await page.say(reference, components=[ClaimInput(page.component("search"), ComponentStatus.MAJOR_OUTAGE)])
    page.box.arrived.clear()
    await page.work()
    assert len(page.box.arrived) == 4


async def test_addresses_are_erased_within_thirty_days_and_the_ledger_keeps_ids(page):
    await page.subscribe()
    await page.sign_up("never@example.org")
    await page.work()
    await page.say(await page.declare())
    await page.work()
    assert await erase_addresses(page.world.database) == 0
    leave = page.box.arrived[-1]["List-Unsubscribe"].strip("<>")
    await page.client.post(leave)
    page.world.clock.advance(days=30)
    while await erase_addresses(page.world.database):
        pass
    (row,) = await page.subscribers()
    assert (row.email, row.digest, row.sealed_url, row.sealed_secret) == (None, None, None, None)
    assert [row.subscriber_id for row in await page.ledger()] == [row.id]
    assert (await page.client.post(leave)).status_code == 404
    await page.subscribe()
    assert len(await page.subscribers()) == 2
    page.world.clock.advance(days=91)
    assert await erase_addresses(page.world.database) == 1
    assert await page.ledger() == []


async def test_the_first_mail_of_an_address_that_is_refused_at_once_suppresses_it(page):
    page.box.answers["typo@example.org"] = "550 5.1.1 no such user"
    await page.sign_up("typo@example.org")
    await page.work()

    async def suppressed(session):
        return await session.get(Suppression, 1)

    assert (await page.world.do(suppressed)).since - page.world.clock.now() < timedelta(seconds=1)
    assert ids.encode("Suppression", 1)
