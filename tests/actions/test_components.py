"""Components: the worst claim wins, periods are kept without a gap, uptime is counted from them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.components import refresh_components, uptime
from core.errors import DomainError, ErrorCode
from models.service import Component, ComponentPeriod
from models.uptime import Span, percent_up
from models.words import ComponentStatus, PublicStatus
from tests.telling import make_incident, status_of, tell

DEGRADED, PARTIAL, MAJOR, WORK, FINE = (
    ComponentStatus.DEGRADED_PERFORMANCE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.UNDER_MAINTENANCE,
    ComponentStatus.OPERATIONAL,
)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def set_by_hand(world, name, status):
    async with world.database.unit_of_work() as session:
        component = await session.get_one(Component, world.components[name].id)
        component.manual_status = status
        await refresh_components(session, world.ada, [component.id])


async def periods(world, name):
    key = world.components[name].id
    statement = select(ComponentPeriod).where(ComponentPeriod.component_id == key).order_by(ComponentPeriod.id)
    async with world.database.reading() as reader:
        return await reader.rows(ComponentPeriod, statement)


async def test_two_incidents_on_one_component_never_overwrite_each_other(world):
    await world.do(make_incident, 7)
    await world.do(make_incident, 8)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    await tell(world, 8, claims=[("checkout", DEGRADED)])
    assert await status_of(world, "checkout") is MAJOR
    await tell(world, 7, PublicStatus.RESOLVED)
    assert await status_of(world, "checkout") is DEGRADED
    await tell(world, 8, PublicStatus.RESOLVED)
    assert await status_of(world, "checkout") is FINE


async def test_two_incidents_at_the_same_time_end_with_the_worst(world):
    await world.do(make_incident, 7)
    await world.do(make_incident, 8)
    both = [("checkout", PARTIAL), ("search", MAJOR)], [("search", DEGRADED), ("checkout", MAJOR)]
    for _ in range(5):
        await asyncio.gather(tell(world, 7, claims=both[0]), tell(world, 8, claims=both[1]))
        assert await status_of(world, "checkout") is MAJOR
        assert await status_of(world, "search") is MAJOR
        await asyncio.gather(tell(world, 7, PublicStatus.RESOLVED), tell(world, 8, PublicStatus.RESOLVED))
        assert await status_of(world, "checkout") is FINE
        assert await status_of(world, "search") is FINE


async def test_the_manual_setting_is_one_claim_among_others(world):
    await set_by_hand(world, "checkout", WORK)
    assert await status_of(world, "checkout") is WORK
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", DEGRADED)])
    assert await status_of(world, "checkout") is DEGRADED
    await tell(world, 7, PublicStatus.RESOLVED)
    assert await status_of(world, "checkout") is WORK


async def test_a_change_stands_on_the_timeline_of_the_incident_that_caused_it_and_else_on_none(world):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", PARTIAL)])
    (caused,) = await world.events(7, "component.status_changed")
    assert caused.data == {
        "component_id": world.components["checkout"].id,
        "before": "OPERATIONAL",
        "after": "PARTIAL_OUTAGE",
    }
    await set_by_hand(world, "search", DEGRADED)
    by_hand = (await world.events(None, "component.status_changed"))[-1]
    assert (by_hand.incident_id, by_hand.number, by_hand.visibility) == (None, None, "ORGANISATION")


async def test_what_changes_nothing_records_nothing(world):
    await set_by_hand(world, "search", FINE)
    assert await world.events(None) == []
    assert [period.status for period in await periods(world, "search")] == [FINE]
    await set_by_hand(world, "search", FINE)
    assert len(await periods(world, "search")) == 1


async def test_periods_follow_each_other_without_a_gap(world, clock):
    for status in (PARTIAL, MAJOR, FINE):
        await set_by_hand(world, "checkout", status)
        clock.advance(minutes=10)
    kept = await periods(world, "checkout")
    assert [period.status for period in kept] == [PARTIAL, MAJOR, FINE]
    assert [period.ended_at for period in kept] == [kept[1].started_at, kept[2].started_at, None]


async def test_uptime_counts_outages_by_weight_and_leaves_out_what_was_before(world, clock):
    key = world.components["checkout"].id
    clock.advance(days=10)
    await set_by_hand(world, "checkout", MAJOR)
    clock.advance(hours=24)
    await set_by_hand(world, "checkout", PARTIAL)
    clock.advance(hours=24)
    await set_by_hand(world, "checkout", DEGRADED)
    end = clock.advance(hours=24)
    async with world.database.reading() as reader:
        by_days = [(await uptime(reader, [key], days=days, now=end))[key] for days in (1, 2, 3, 90)]
        unknown = await uptime(reader, [999], days=90, now=end)
        unborn = await uptime(reader, [key], days=90, now=end - timedelta(days=200))
    assert by_days[0] == pytest.approx(100, abs=0.02)
    assert by_days[1] == pytest.approx(85, abs=0.02)
    assert by_days[2] == pytest.approx(56.66, abs=0.02)
    assert by_days[3] == pytest.approx(90, abs=0.02)
    assert unknown == {999: None}
    assert unborn == {key: None}


@pytest.mark.parametrize("days", [0, -1, 731])
async def test_uptime_of_no_days_or_too_many_is_refused(world, days):
    async with world.database.reading() as reader:
        with pytest.raises(DomainError) as caught:
            await uptime(reader, [1], days=days, now=NOON)
    assert (caught.value.code, caught.value.field) == (ErrorCode.INVALID_INPUT, "days")


def test_percent_is_cut_so_that_100_means_no_moment_was_lost():
    since = NOON - timedelta(days=90)
    blink = Span(MAJOR, NOON - timedelta(seconds=1), NOON)
    assert percent_up([blink], since, NOON) == 99.99
    assert percent_up([], since, NOON) == 100.0
    assert percent_up([Span(MAJOR, since, None)], since, NOON) == 0.0
    assert percent_up([Span(WORK, since, None)], since, NOON) == 100.0
    assert percent_up([], NOON, NOON) is None


def test_only_the_part_of_a_span_within_the_window_counts():
    span = Span(PARTIAL, NOON - timedelta(days=2), NOON + timedelta(days=2))
    assert span.within(NOON - timedelta(days=1), NOON) == timedelta(days=1)
    assert percent_up([span], NOON - timedelta(days=1), NOON) == 70.0
    assert span.within(NOON + timedelta(days=3), NOON + timedelta(days=4)) == timedelta()
