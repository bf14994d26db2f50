"""Work that recurs: its occurrences, clocks that change, changing one or all that follow, and its end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from actions.catalogue.components import save_component
from actions.maintenance.edits import edit_maintenance
from actions.maintenance.series import end_maintenance_series, schedule_maintenance_series
from actions.maintenance.steps import cancel_maintenance, start_maintenance
from actions.maintenance.sweep import extend_series, sweep_maintenance
from core import ids
from core.errors import ErrorCode
from models.words import MaintenanceState, SeriesScope
from tests.actions.maintaining import (
    components_taken,
    given,
    occurrences_of,
    planned,
    recurring,
    row,
    series_row,
    told,
    window,
)
from tests.actions.test_maintenance import refused
from tests.telling import component_id

HERE_ON = SeriesScope.THIS_AND_FOLLOWING
SCHEDULED, CANCELLED = MaintenanceState.SCHEDULED, MaintenanceState.CANCELLED


async def test_two_months_of_it_are_made_and_subscribers_are_told_once(world):
    series = await recurring(world, **window(world, days=1), remind_minutes=60)
    made = await occurrences_of(world, series.id)
    assert [each.starts_at for each in made] == [series.starts_at + timedelta(days=7 * n) for n in range(9)]
    assert all(each.ends_at - each.starts_at == timedelta(hours=2) for each in made)
    assert {(each.remind_minutes, each.title) for each in made} == {(60, "New disks")}
    assert (await told(world)).count(("scheduled", False)) == 9
    assert (await told(world))[-1] == ("series_scheduled", True)


async def test_more_of_it_is_made_as_time_goes_on_and_none_twice(world, clock):
    series = await recurring(world, **window(world, days=1))
    assert await extend_series(world.database) == 0
    clock.advance(days=15)
    assert [await extend_series(world.database) for _ in range(2)] == [1, 0]
    made = await occurrences_of(world, series.id)
    assert [each.starts_at for each in made] == [series.starts_at + timedelta(days=7 * n) for n in range(11)]


async def test_the_next_one_is_always_there_however_far(world, clock):
    series = await recurring(world, **window(world, days=1), rule="FREQ=MONTHLY;INTERVAL=6")
    assert len(await occurrences_of(world, series.id)) == 1
    clock.advance(days=2)
    await extend_series(world.database)
    made = await occurrences_of(world, series.id)
    assert [each.starts_at.month for each in made] == [11, 5]


async def test_a_rule_that_ends_is_extended_no_more(world):
    series = await recurring(world, **window(world, days=1), rule="FREQ=DAILY;COUNT=3")
    assert len(await occurrences_of(world, series.id)) == 3
    assert (await series_row(world, series.id)).extend_due_at is None


async def test_two_in_the_morning_stays_two_in_the_morning_when_the_clocks_change(world, clock):
    clock.moment = datetime(2027, 3, 20, tzinfo=UTC)
    first = {
        "starts_at": datetime(2027, 3, 23, 1, tzinfo=UTC),
        "ends_at": datetime(2027, 3, 23, 3, tzinfo=UTC),
    }
    series = await recurring(world, **first, rule="FREQ=WEEKLY;BYDAY=TU", time_zone="Europe/Berlin")
    made = await occurrences_of(world, series.id)
    assert [each.starts_at.hour for each in made[:2]] == [1, 0]
    assert {each.starts_at.astimezone(ZoneInfo("Europe/Berlin")).hour for each in made} == {2}
    assert {each.ends_at - each.starts_at for each in made} == {timedelta(hours=2)}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"rule": "FREQ=SECONDLY"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"rule": "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"rule": "FREQ=DAILY;BYHOUR=1,2,3,4,5,6"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"rule": "FREQ=WEEKLY;BYDAY=SU"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"rule": "FREQ=DAILY;UNTIL=20200101T000000Z"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"rule": "x" * 100_000}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"time_zone": "Mars/Olympus"}, (ErrorCode.INVALID_INPUT, "time_zone")),
        ({"time_zone": "../../etc/passwd"}, (ErrorCode.INVALID_INPUT, "time_zone")),
        ({"time_zone": "\x00" * 5000}, (ErrorCode.INVALID_INPUT, "time_zone")),
        ({"ends_at": datetime(2026, 11, 24, 4, 30, 5, tzinfo=UTC)}, (ErrorCode.INVALID_INPUT, "ends_at")),
        ({"starts_at": datetime(2026, 11, 24, 2, tzinfo=UTC)}, (ErrorCode.INVALID_INPUT, "starts_at")),
        ({"components": []}, (ErrorCode.INVALID_INPUT, "components")),
    ],
)
async def test_series_that_can_not_be_are_refused(world, change, refusal):
    inputs = {**given(world, **window(world, hours=1)), "rule": "FREQ=WEEKLY", "time_zone": "UTC", **change}
    assert await refused(world, schedule_maintenance_series, **inputs) == refusal
    assert await told(world) == []


async def test_an_occurrence_that_meets_other_work_is_a_conflict(world):
    await planned(world, **window(world, days=15, hours=1))
    inputs = {**given(world, **window(world, days=1)), "rule": "FREQ=WEEKLY", "time_zone": "UTC"}
    assert await refused(world, schedule_maintenance_series, **inputs) == (ErrorCode.CONFLICT, "starts_at")
    await world.do(schedule_maintenance_series, world.dov, **inputs, allow_overlap=True)


async def test_one_is_changed_alone(world):
    series = await recurring(world, **window(world, days=1))
    first, second, *_ = await occurrences_of(world, series.id)
    moved = second.starts_at + timedelta(hours=3)
    await world.do(edit_maintenance, world.dov, maintenance=second.reference, starts_at=moved, title="Later")
    kept = await row(world, second.id)
    assert (kept.starts_at, kept.occurrence_at, kept.edited_apart) == (moved, second.starts_at, True)
    assert (await row(world, first.id)).title == "New disks"
    assert await extend_series(world.database) == 0


async def test_this_and_following_go_on_as_another_series_and_keep_their_numbers(world):
    old = await recurring(world, **window(world, days=1))
    before, from_here, apart, *later = await occurrences_of(world, old.id)
    await world.do(edit_maintenance, world.dov, maintenance=apart.reference, title="By itself")
    shifted = from_here.starts_at + timedelta(hours=1)
    await world.do(
        edit_maintenance,
        world.dov,
        maintenance=from_here.reference,
        scope=HERE_ON,
        starts_at=shifted,
        title="Newer disks",
        components=[component_id(world, "search")],
    )
    assert await occurrences_of(world, old.id) == [before]
    assert (await series_row(world, old.id)).ended_at is not None
    new = await series_row(world, (await row(world, from_here.id)).series_id)
    assert (new.continues_id, new.starts_at, new.title) == (old.id, shifted, "Newer disks")
    follow = await occurrences_of(world, new.id)
    assert [each.id for each in follow] == [from_here.id, apart.id, *(each.id for each in later)]
    assert [each.starts_at for each in follow if each.id != apart.id] == [
        shifted + timedelta(days=7 * n) for n in range(8) if n != 1
    ]
    alone = await row(world, apart.id)
    assert (alone.title, alone.starts_at) == ("By itself", apart.starts_at)
    assert await components_taken(world, later[0].id) == ["Search"]
    assert await components_taken(world, before.id) == ["Checkout"]
    assert [notify for kind, notify in await told(world) if kind == "series_edited"] == [True]


async def test_of_a_count_only_the_rest_is_left(world):
    old = await recurring(world, **window(world, days=1), rule="FREQ=WEEKLY;COUNT=5")
    made = await occurrences_of(world, old.id)
    await world.do(edit_maintenance, world.dov, maintenance=made[3].reference, scope=HERE_ON, title="Last ones")
    new = await row(world, made[3].id)
    assert (await series_row(world, new.series_id)).rule == "FREQ=WEEKLY;COUNT=2"
    assert [each.id for each in await occurrences_of(world, new.series_id)] == [made[3].id, made[4].id]


async def test_another_rule_makes_fewer_or_more(world):
    old = await recurring(world, **window(world, days=1))
    made = await occurrences_of(world, old.id)
    await world.do(
        edit_maintenance, world.dov, maintenance=made[1].reference, scope=HERE_ON, rule="FREQ=MONTHLY;BYMONTHDAY=2"
    )
    kept = await row(world, made[1].id)
    assert kept.starts_at.day == 2
    follow = await occurrences_of(world, kept.series_id)
    assert [each.starts_at.month for each in follow] == [12, 1]
    assert {(await row(world, each.id)).state for each in made[3:]} == {CANCELLED}
    daily = "FREQ=DAILY;COUNT=5"
    await world.do(edit_maintenance, world.dov, maintenance=follow[0].reference, scope=HERE_ON, rule=daily)
    again = await occurrences_of(world, (await row(world, follow[0].id)).series_id)
    assert [each.starts_at.day for each in again] == [2, 3, 4, 5, 6]
    assert [each.id for each in again[:2]] == [each.id for each in follow]


async def test_following_is_refused_where_nothing_follows(world):
    single = await planned(world, "search")
    series = await recurring(world, **window(world, hours=2), rule="FREQ=DAILY")
    first, second, *_ = await occurrences_of(world, series.id)
    change = {"scope": HERE_ON, "title": "x"}
    assert await refused(world, edit_maintenance, maintenance=single.reference, **change) == (
        ErrorCode.INVALID_INPUT,
        "scope",
    )
    assert await refused(world, edit_maintenance, maintenance="MNT-99999", **change) == (
        ErrorCode.NOT_FOUND,
        "maintenance",
    )
    await world.do(start_maintenance, world.dov, maintenance=first.reference)
    assert await refused(world, edit_maintenance, maintenance=first.reference, **change) == (
        ErrorCode.CONFLICT,
        "maintenance",
    )
    await world.do(cancel_maintenance, world.dov, maintenance=second.reference)
    assert (await refused(world, edit_maintenance, maintenance=second.reference, **change))[0] is ErrorCode.CONFLICT


async def test_its_end_cancels_what_is_to_come_and_leaves_what_is_under_way(world, clock):
    series = await recurring(world, **window(world, hours=1), rule="FREQ=DAILY")
    clock.advance(hours=1, seconds=1)
    await sweep_maintenance(world.database)
    key = ids.encode("MaintenanceSeries", series.id)
    await world.do(end_maintenance_series, world.dov, series=key, reason="New hardware.")
    await world.do(end_maintenance_series, world.dov, series=key, reason="New hardware.")
    first, *rest = await occurrences_of(world, series.id)
    assert first.state is MaintenanceState.IN_PROGRESS
    assert {each.state for each in rest} == {CANCELLED}
    assert {each.sequence for each in rest} == {1}
    assert {notify for kind, notify in await told(world) if kind == "cancelled"} == {False}
    assert [notify for kind, notify in await told(world) if kind == "series_ended"] == [True]
    clock.advance(days=3)
    assert await extend_series(world.database) == 0
    gone = ids.encode("MaintenanceSeries", 99)
    assert await refused(world, end_maintenance_series, series=gone, reason="x") == (ErrorCode.NOT_FOUND, "series")


async def test_archived_components_are_left_out_of_what_is_still_to_be_made(world, clock):
    series = await recurring(world, "checkout", "search", **window(world, days=1), rule="FREQ=MONTHLY;INTERVAL=6")
    (first,) = await occurrences_of(world, series.id)
    await world.do(
        edit_maintenance, world.dov, maintenance=first.reference, components=[component_id(world, "checkout")]
    )
    await world.do(save_component, world.dov, id=component_id(world, "search"), archived=True)
    clock.advance(days=2)
    await extend_series(world.database)
    assert await components_taken(world, (await occurrences_of(world, series.id))[-1].id) == ["Checkout"]
