"""Planned work on time: reminders, beginnings and ends, and what is right when the timers were late."""

from datetime import timedelta

import pytest

from actions.maintenance.edits import edit_maintenance
from actions.maintenance.sweep import sweep_maintenance
from models.words import ComponentStatus, MaintenanceState
from tests.actions.maintaining import periods_of, planned, row, status_of, told, window, with_a_past
from tests.telling import make_incident, tell

FINE, WORK, MAJOR = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.UNDER_MAINTENANCE,
    ComponentStatus.MAJOR_OUTAGE,
)


@pytest.fixture(autouse=True)
async def past(world):
    await with_a_past(world)


async def sweep(world):
    return await sweep_maintenance(world.database)


async def test_nothing_is_due_at_first(world):
    assert await sweep(world) == 0
    await planned(world, remind_minutes=30)
    assert await sweep(world) == 0


async def test_it_is_reminded_of_begins_and_ends_once_each_at_the_planned_moments(world, clock):
    made = await planned(world, remind_minutes=30)
    clock.advance(minutes=31)
    assert (await sweep(world), await sweep(world)) == (1, 0)
    clock.advance(minutes=29, seconds=3)
    assert (await sweep(world), await sweep(world)) == (1, 0)
    assert await status_of(world, "checkout") is WORK
    clock.advance(hours=2)
    assert (await sweep(world), await sweep(world)) == (1, 0)
    kept = await row(world, made.id)
    assert (kept.started_at, kept.ended_at, kept.state) == (kept.starts_at, kept.ends_at, MaintenanceState.COMPLETED)
    assert await told(world) == [("scheduled", True), ("reminded", True), ("started", True), ("completed", True)]
    began, over = await world.events(None, "maintenance.started", "maintenance.completed")
    assert (began.occurred_at, over.occurred_at) == (made.starts_at, made.ends_at)
    assert began.recorded_at > began.occurred_at
    assert (await periods_of(world, "checkout"))[1] == (WORK, made.starts_at, made.ends_at)
    changes = await world.events(None, "component.status_changed")
    assert [(e.data["after"], e.occurred_at) for e in changes] == [
        (WORK, made.starts_at),
        (FINE, made.ends_at),
    ]


async def test_nobody_is_told_where_nobody_is_to_be(world, clock):
    await planned(world, notify=False, remind_minutes=30)
    for minutes in (31, 30, 121):
        clock.advance(minutes=minutes)
        await sweep(world)
    assert await told(world) == [("scheduled", False), ("reminded", False), ("started", False), ("completed", False)]


async def test_what_is_begun_and_ended_by_hand_waits_for_hands(world, clock):
    by_hand = await planned(world, auto_start=False, auto_end=False)
    half = await planned(world, "search", auto_end=False)
    clock.advance(hours=5)
    assert await sweep(world) == 1
    assert (await row(world, by_hand.id)).state is MaintenanceState.SCHEDULED
    assert (await row(world, half.id)).state is MaintenanceState.IN_PROGRESS
    assert await status_of(world, "search") is WORK


async def test_muster_was_down_when_it_was_to_begin(world, clock):
    made = await planned(world, remind_minutes=30)
    clock.advance(hours=1, minutes=40)
    assert await sweep(world) == 2
    assert await told(world) == [("scheduled", True), ("started", False)], "a reminder of what began is dropped"
    assert (await row(world, made.id)).started_at == made.starts_at
    assert (await periods_of(world, "checkout"))[-1] == (WORK, made.starts_at, None)


async def test_muster_was_down_all_the_while(world, clock):
    made = await planned(world)
    clock.advance(days=1)
    assert (await sweep(world), await sweep(world)) == (2, 0)
    kept = await row(world, made.id)
    assert (kept.state, kept.started_at, kept.ended_at) == (
        MaintenanceState.COMPLETED,
        made.starts_at,
        made.ends_at,
    )
    assert await told(world) == [("scheduled", True), ("started", False), ("completed", False)]
    assert [status for status, _, _ in await periods_of(world, "checkout")] == [FINE, WORK, FINE]
    assert (await periods_of(world, "checkout"))[1] == (WORK, made.starts_at, made.ends_at)
    assert await world.events(None, "component.status_changed") == [], "what is shown did not change"


async def test_muster_came_back_shortly_after_the_end(world, clock):
    await planned(world)
    clock.advance(hours=3, minutes=5)
    await sweep(world)
    assert await told(world) == [("scheduled", True), ("started", False), ("completed", True)]


async def test_an_outage_within_a_missed_window_stays_an_outage(world, clock):
    made = await planned(world)
    clock.advance(hours=2)  # half of it is over, and nobody has looked
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    hit = clock.now()
    clock.advance(hours=3)
    await sweep(world)
    first, work, outage = await periods_of(world, "checkout")
    assert (first[0], work[:2], outage[0], outage[2]) == (FINE, (WORK, made.starts_at), MAJOR, None)
    assert work[2] == outage[1]
    assert abs(work[2] - hit) < timedelta(seconds=1)
    assert await status_of(world, "checkout") is MAJOR


async def test_a_move_moves_the_reminder_which_comes_again(world, clock):
    made = await planned(world, remind_minutes=30)
    clock.advance(minutes=40)
    await sweep(world)
    later = window(world, days=1)["starts_at"]
    await world.do(edit_maintenance, world.dov, maintenance=made.reference, starts_at=later)
    clock.advance(hours=1)
    assert await sweep(world) == 0
    clock.advance(hours=22, minutes=31)
    assert await sweep(world) == 1
    assert [kind for kind, _ in await told(world)] == ["scheduled", "reminded", "edited", "reminded"]


async def test_many_are_due_at_once(world, clock):
    for _ in range(7):
        await planned(world, "search", "checkout", allow_overlap=True)
    clock.advance(hours=1, seconds=1)
    assert [await sweep_maintenance(world.database, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    clock.advance(hours=2)
    assert [await sweep_maintenance(world.database, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert await status_of(world, "search") is FINE
