"""Deliveries that vendors send again."""

import asyncio

import orjson
import pytest
from sqlalchemy import func, select

from actions.alerts.repeats import forget_deliveries
from models.alert_delivery import AlertDelivery
from tests.actions.alerting import alerts, rule
from tests.integrations.sources.test_kinds import RESOURCE, datadog, iso, pagerduty


async def kept(world):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(AlertDelivery))


def sentry(moment):
    event = {"issue_id": "11", "title": "ReferenceError", "datetime": iso(moment)}
    return {"action": "triggered", "data": {"event": event}}


@pytest.mark.parametrize(
    ("kind", "body", "headers"),
    [
        ("datadog", lambda moment: datadog("Triggered", moment), {}),
        ("pagerduty", lambda moment: pagerduty("incident.triggered", moment), {}),
        ("sentry", sentry, {RESOURCE: "event_alert", "Request-ID": "r-1"}),
    ],
)
async def test_a_repeat_is_answered_as_the_first_and_changes_nothing(world, source, clock, kind, body, headers):
    await rule(world)
    here, sent = await source(kind), body(clock.now())
    first = await here.post(sent, **headers)
    before, events = await alerts(world), await world.events()
    again = await here.post(sent, **headers)
    assert (first.status_code, first.json()["created"]) == (202, 1)
    assert (again.status_code, again.json()) == (202, first.json())
    assert first.json()["incident"] is not None
    assert (await alerts(world), await world.events()) == (before, events)


async def test_what_a_note_quotes_is_kept_without_what_postgresql_can_not_keep(source):
    here = await source("sentry")
    answer = await here.post({"action": "a\x00b", "data": {"issue": {"id": "1"}}}, **{"Request-ID": "r-2"})
    again = await here.post({"action": "a\x00b", "data": {"issue": {"id": "1"}}}, **{"Request-ID": "r-2"})
    assert (answer.status_code, answer.json()["note"]) == (202, "issue a\ufffdb says nothing of an alert.")
    assert again.json() == answer.json()


async def test_twins_that_arrive_at_once_are_taken_once(world, source, clock):
    here, sent = await source("datadog"), datadog("Triggered", clock.now())
    answers = await asyncio.gather(*(here.post(sent) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    (only,) = await alerts(world)
    assert (only.count, await kept(world)) == (1, 1)


async def test_a_delivery_is_forgotten_after_a_day(world, source, clock):
    here, sent = await source("datadog"), datadog("Triggered", clock.now())
    await here.post(sent)
    assert await forget_deliveries(world.database) == 0
    clock.advance(days=1, minutes=1)
    assert (await here.post(sent)).json()["repeated"] == 1, "known by its fingerprint, and counted"
    clock.advance(days=1, minutes=1)
    assert await forget_deliveries(world.database) == 1
    assert await kept(world) == 0


async def test_what_one_source_took_another_may_take_too(world, source, clock):
    sent = orjson.loads(orjson.dumps(datadog("Triggered", clock.now(), id=None)))
    one, other = await source("datadog"), await source("pagerduty")
    await one.post(sent)
    assert (await one.post(sent)).json()["repeated"] == 1, "without a name it is a repeat by its fingerprint alone"
    assert (await other.post(pagerduty("incident.triggered", clock.now()))).json()["created"] == 1
    assert await kept(world) == 1
