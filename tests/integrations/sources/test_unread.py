"""Deliveries that can't be read: kept sealed, listed, and read again once that can be done."""

import gzip

import pytest
from sqlalchemy import func, select

from actions.alerts import unread
from actions.alerts.sources import save_alert_source
from actions.alerts.unread import forget_unread, replay_unread
from core.errors import DomainError, ErrorCode
from core.ids import encode
from models.alert_delivery import UnreadDelivery
from tests.actions.alerting import alerts
from tests.integrations.sources.test_kinds import RESOURCE
from tests.jobs.inline import jobs_with, run_jobs


async def kept(world):
    async with world.database.reading() as reader:
        return await reader.rows(UnreadDelivery, select(UnreadDelivery).order_by(UnreadDelivery.id))


async def replay(world, tmp_path, row):
    await world.do(replay_unread, world.ada, delivery=encode("UnreadDelivery", row.id))
    with jobs_with(world.database, tmp_path):
        await run_jobs(world.database, "alert_source.replay")


async def test_what_can_not_be_read_is_kept_sealed_and_read_again_after_the_mapping_is_mended(
    world, source, clock, tmp_path
):
    here = await source("generic")
    answer = await here.post({"what": "Disk full", "no": 7})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "key")
    (row,) = await kept(world)
    assert (row.reason, row.field, row.size) == ("invalid", "key", 27)
    assert row.message == answer.json()["error"]["message"]
    assert b"Disk" not in row.sealed_post
    came = row.received_at
    clock.advance(hours=2)
    await replay(world, tmp_path, row)
    (row,) = await kept(world)
    assert (row.read_at, row.field) == (None, "key")
    assert row.asked_at is not None
    await world.do(save_alert_source, world.ada, id=here.reference, mapping={"title": "what", "key": "no"})
    await replay(world, tmp_path, row)
    (row,) = await kept(world)
    (alert,) = await alerts(world)
    assert row.read_at is not None
    assert (alert.title, alert.fingerprint) == ("Disk full", "7")
    assert alert.starts_at == came, "as of when it came"
    with pytest.raises(DomainError) as caught:
        await replay(world, tmp_path, row)
    assert caught.value.code is ErrorCode.CONFLICT
    assert len(await world.events(None, "alert_delivery.replayed")) == 2


@pytest.mark.parametrize("kind", ["alertmanager", "grafana", "datadog", "generic"])
async def test_who_sends_other_encodings_is_told_which_one_it_looks_like(world, source, kind):
    here = await source(kind)
    for body, word in ((gzip.compress(b"{}"), "gzip"), ("{}".encode("utf-16"), "UTF-16"), (b"{\x00", "UTF-16")):
        answer = await here.client.post(here.path, content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_INPUT")
        assert word in answer.json()["error"]["hint"]
    assert len(await kept(world)) == 3


async def test_headers_that_say_how_it_is_read_are_kept_and_others_not(world, source):
    here = await source("sentry")
    await here.post(
        {"action": "triggered", "data": {"event": {}}}, **{RESOURCE: "event_alert", "Authorization": "Bearer x"}
    )
    (row,) = await kept(world)
    headers, body = unread.opened_post(world.database.secrets, row)
    assert headers == {"sentry-hook-resource": "event_alert"}
    assert body.startswith(b'{"action"')


async def test_only_so_many_are_kept_and_large_ones_without_what_was_sent(world, source, monkeypatch):
    monkeypatch.setattr(unread, "MOST", 3)
    monkeypatch.setattr(unread, "LARGEST", 100)
    here = await source("datadog")
    for number in range(5):
        await here.post({"number": number})
    await here.post({"text": "x" * 100})
    rows = await kept(world)
    assert [row.size for row in rows] == [12, 12, 111]
    assert rows[-1].sealed_post is None
    with pytest.raises(DomainError, match="too many to be kept"):
        await world.do(replay_unread, world.ada, delivery=encode("UnreadDelivery", rows[-1].id))


async def test_they_are_forgotten_after_a_week_and_nobody_but_admins_has_them_read(world, source, clock):
    here = await source("datadog")
    await here.post({})
    (row,) = await kept(world)
    for who, delivery, code in (
        ("dov", encode("UnreadDelivery", row.id), ErrorCode.FORBIDDEN),
        ("ada", encode("UnreadDelivery", 99), ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(DomainError) as caught:
            await world.do(replay_unread, getattr(world, who), delivery=delivery)
        assert caught.value.code is code
    clock.advance(days=6)
    assert await forget_unread(world.database) == 0
    clock.advance(days=1, minutes=1)
    assert await forget_unread(world.database) == 1
    async with world.database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(UnreadDelivery)) == 0


async def test_strangers_have_nothing_kept(world, source):
    here = await source("cloudwatch")
    assert (await here.post({"Type": "Notification"})).status_code == 401
    assert (await here.client.post(here.path + "x", json={})).status_code == 404
    assert await kept(world) == []


async def test_a_source_that_was_archived_meanwhile_takes_nothing_again(world, source, tmp_path):
    here = await source("generic")
    await here.post({"what": "Disk full"})
    await world.do(save_alert_source, world.ada, id=here.reference, mapping={"title": "what"}, archived=True)
    (row,) = await kept(world)
    await replay(world, tmp_path, row)
    (row,) = await kept(world)
    assert (row.reason, row.read_at, await alerts(world)) == ("archived", None, [])
