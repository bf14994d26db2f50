"""Planning work, changing it, its steps by hand, and what customers are told of it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.catalogue.components import save_component
from actions.maintenance.edits import edit_maintenance
from actions.maintenance.schedule import schedule_maintenance
from actions.maintenance.steps import cancel_maintenance, complete_maintenance, start_maintenance
from actions.maintenance.words import (
    edit_maintenance_update,
    publish_maintenance_update,
    withdraw_maintenance_update,
)
from core import ids
from core.errors import DomainError, ErrorCode
from models.maintenance import MaintenanceUpdate, MaintenanceUpdateRevision
from models.words import ComponentStatus, MaintenanceState
from tests.actions.maintaining import (
    components_taken,
    given,
    periods_of,
    planned,
    row,
    status_of,
    told,
    window,
    with_a_past,
)
from tests.telling import component_id

FINE, WORK = ComponentStatus.OPERATIONAL, ComponentStatus.UNDER_MAINTENANCE
SCHEDULED, RUNNING, DONE = MaintenanceState.SCHEDULED, MaintenanceState.IN_PROGRESS, MaintenanceState.COMPLETED


async def refused(world, action, by=None, **inputs):
    """The code and the field with which an action is refused."""
    with pytest.raises(DomainError) as error:
        await world.do(action, by or world.dov, **inputs)
    assert error.value.hint
    return error.value.code, error.value.field


async def test_planned_work_is_kept_and_told(world):
    made = await planned(world, "search", "checkout", remind_minutes=30)
    kept = await row(world, made.id)
    assert (kept.reference, kept.state, kept.sequence, kept.version) == (f"MNT-{made.id}", SCHEDULED, 0, 1)
    assert (kept.begin_due_at, kept.end_due_at) == (kept.starts_at, None)
    assert kept.remind_due_at == kept.starts_at - timedelta(minutes=30)
    assert await components_taken(world, made.id) == ["Checkout", "Search"]
    (event,) = await world.events(None, "maintenance.scheduled")
    assert event.data["notify"] is True
    assert event.data["starts_at"] == kept.starts_at.isoformat()
    assert await world.text_of(event.id) == kept.body
    assert await status_of(world, "checkout") is FINE


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends_at": datetime(2026, 11, 24, 3, 30, tzinfo=UTC)}, "ends_at"),
        ({"ends_at": datetime(2026, 11, 24, 4, 0, 0, 300, tzinfo=UTC)}, "ends_at"),
        ({"ends_at": datetime(2026, 12, 24, 4, 0, 1, tzinfo=UTC)}, "ends_at"),
        ({"starts_at": datetime(2026, 11, 24, 2, 58, tzinfo=UTC)}, "starts_at"),
        (
            {"starts_at": datetime(2029, 1, 1, tzinfo=UTC), "ends_at": datetime(2029, 1, 2, tzinfo=UTC)},
            "starts_at",
        ),
        (
            {
                "starts_at": datetime(1, 1, 1, tzinfo=UTC),
                "ends_at": datetime(1, 1, 2, tzinfo=UTC),
                "already_done": True,
            },
            "starts_at",
        ),
        ({"already_done": True}, "ends_at"),
        ({"components": []}, "components"),
        ({"components": [ids.encode("Component", 99)]}, "components.0"),
        ({"components": ["x"]}, "components.0"),
        ({"components": [ids.encode("Component", 1)] * 2}, "components.1"),
        ({"components": [ids.encode("Component", 1)] * 101}, "components"),
        ({"remind_minutes": 0}, "remind_minutes"),
        ({"remind_minutes": 20_161}, "remind_minutes"),
        ({"title": " "}, "title"),
        ({"body": "\u200b"}, "body"),
        ({"body": "a" * 20_001}, "body"),
    ],
)
async def test_plans_that_can_not_be_are_refused_with_the_field(world, change, field):
    inputs = {**given(world, **window(world, hours=1)), **change}
    code, named = await refused(world, schedule_maintenance, **inputs)
    assert (code, named) in {(ErrorCode.INVALID_INPUT, field), (ErrorCode.NOT_FOUND, field)}
    assert await told(world) == []


async def test_archived_components_are_refused_and_those_with_planned_work_are_not_archived(world):
    search = component_id(world, "search")
    made = await planned(world, "search")
    assert await refused(world, save_component, id=search, archived=True) == (ErrorCode.CONFLICT, "archived")
    await world.do(cancel_maintenance, world.dov, maintenance=made.reference)
    await world.do(save_component, world.dov, id=search, archived=True)
    inputs = given(world, "search")
    assert await refused(world, schedule_maintenance, **inputs) == (ErrorCode.INVALID_INPUT, "components.0")


@pytest.mark.parametrize("person", ["ben", "eve"])
async def test_managers_and_admins_plan_and_others_do_not(world, person):
    actor = getattr(world, person)
    assert (await refused(world, schedule_maintenance, by=actor, **given(world)))[0] is ErrorCode.FORBIDDEN
    await world.do(schedule_maintenance, world.ada, **given(world))


async def test_other_work_on_the_same_component_at_that_time_is_a_conflict_that_names_it(world):
    first = await planned(world, **window(world, hours=1))
    meeting = given(world, **window(world, hours=2, minutes=59))
    with pytest.raises(DomainError, match=f"MNT-{first.id}, “New disks”") as error:
        await world.do(schedule_maintenance, world.dov, **meeting)
    assert (error.value.code, error.value.field) == (ErrorCode.CONFLICT, "starts_at")
    await planned(world, **window(world, hours=3))  # right after it
    await planned(world, "search", **window(world, hours=1))
    second = await world.do(schedule_maintenance, world.dov, **meeting, allow_overlap=True)
    moved = window(world, hours=1)
    assert await refused(world, edit_maintenance, maintenance=second.reference, starts_at=moved["starts_at"]) == (
        ErrorCode.CONFLICT,
        "starts_at",
    )


async def test_of_two_that_plan_the_same_at_once_one_is_told_of_the_other(world):
    inputs = given(world)
    both = await asyncio.gather(
        *(world.do(schedule_maintenance, world.dov, **inputs) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in both) == ["DomainError", "Maintenance"]


async def test_its_steps_by_hand_with_words(world, clock):
    await with_a_past(world)
    made = await planned(world)
    ref = made.reference
    assert await refused(world, complete_maintenance, maintenance=ref) == (ErrorCode.CONFLICT, "maintenance")
    await world.do(start_maintenance, world.dov, maintenance=ref, body="We begin early.")
    assert await status_of(world, "checkout") is WORK
    assert (await row(world, made.id)).end_due_at == made.ends_at
    assert await refused(world, start_maintenance, maintenance=ref) == (ErrorCode.CONFLICT, "maintenance")
    clock.advance(minutes=20)
    say = {"maintenance": ref, "body": "We look whether it works."}
    update = await world.do(publish_maintenance_update, world.dov, **say, status=MaintenanceState.VERIFYING)
    assert update.status is MaintenanceState.VERIFYING
    assert await status_of(world, "checkout") is WORK
    assert await refused(world, publish_maintenance_update, **say, status=DONE) == (ErrorCode.CONFLICT, "status")
    clock.advance(minutes=20)
    await world.do(complete_maintenance, world.dov, maintenance=ref, body="All new.")
    kept = await row(world, made.id)
    assert (kept.state, kept.end_due_at, kept.sequence) == (DONE, None, 3)
    assert await status_of(world, "checkout") is FINE
    assert [status for status, _, _ in await periods_of(world, "checkout")] == [FINE, WORK, FINE]
    assert await refused(world, cancel_maintenance, maintenance=ref) == (ErrorCode.CONFLICT, "maintenance")
    assert await told(world) == [
        ("scheduled", True),
        ("started", True),
        ("update_published", True),
        ("completed", True),
    ]


async def test_work_whose_time_has_passed_begins_no_more(world, clock):
    made = await planned(world, auto_start=False)
    clock.advance(hours=4)
    assert await refused(world, start_maintenance, maintenance=made.reference) == (ErrorCode.CONFLICT, "maintenance")
    later = window(world, hours=1)
    await world.do(edit_maintenance, world.dov, maintenance=made.reference, starts_at=later["starts_at"])
    await world.do(start_maintenance, world.dov, maintenance=made.reference)


async def test_called_off_before_and_broken_off_while_under_way(world):
    before, during = await planned(world), await planned(world, "search")
    await world.do(cancel_maintenance, world.dov, maintenance=before.reference, body="Not needed.")
    await world.do(cancel_maintenance, world.dov, maintenance=before.reference)
    await world.do(start_maintenance, world.dov, maintenance=during.reference)
    await world.do(cancel_maintenance, world.dov, maintenance=during.reference)
    assert await status_of(world, "search") is FINE
    kept = await row(world, before.id)
    assert (kept.state, kept.started_at, kept.ended_at, kept.sequence) == (MaintenanceState.CANCELLED, None, None, 1)
    assert (await row(world, during.id)).ended_at is not None
    assert [kind for kind, _ in await told(world)].count("cancelled") == 2


async def test_edits_change_what_is_given_and_tell_of_times_and_components_only(world):
    made = await planned(world)
    ref, start = made.reference, made.starts_at
    later = start + timedelta(hours=5)
    await world.do(edit_maintenance, world.dov, maintenance=ref, title="Newer disks", expected_version=1)
    await world.do(edit_maintenance, world.dov, maintenance=ref, title="Newer disks")  # changes nothing
    await world.do(edit_maintenance, world.dov, maintenance=ref, starts_at=later, remind_minutes=10)
    await world.do(edit_maintenance, world.dov, maintenance=ref, components=[component_id(world, "search")])
    kept = await row(world, made.id)
    assert (kept.starts_at, kept.ends_at, kept.begin_due_at) == (later, later + timedelta(hours=2), later)
    assert (kept.version, kept.sequence) == (4, 3)
    assert await components_taken(world, made.id) == ["Search"]
    assert await told(world) == [("scheduled", True), ("edited", False), ("edited", True), ("edited", True)]
    events = await world.events(None, "maintenance.edited")
    assert events[0].data["before"] == {"title": "New disks"}
    assert set(events[1].data["after"]) == {"starts_at", "ends_at", "remind_minutes"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"title": None}, (ErrorCode.INVALID_INPUT, "title")),
        ({"starts_at": None}, (ErrorCode.INVALID_INPUT, "starts_at")),
        ({"notify": None}, (ErrorCode.INVALID_INPUT, "notify")),
        ({"components": None}, (ErrorCode.INVALID_INPUT, "components")),
        ({"ends_at": datetime(2026, 11, 24, 3, 10, tzinfo=UTC)}, (ErrorCode.INVALID_INPUT, "ends_at")),
        ({"starts_at": datetime(2026, 11, 24, 2, 10, tzinfo=UTC)}, (ErrorCode.INVALID_INPUT, "starts_at")),
        ({"rule": "FREQ=DAILY"}, (ErrorCode.INVALID_INPUT, "rule")),
        ({"expected_version": 7}, (ErrorCode.VERSION_CONFLICT, "expected_version")),
        ({"maintenance": "MNT-999999"}, (ErrorCode.NOT_FOUND, "maintenance")),
        ({"maintenance": "INC-1"}, (ErrorCode.INVALID_INPUT, "maintenance")),
        ({"maintenance": "9" * 30}, (ErrorCode.NOT_FOUND, "maintenance")),
    ],
)
async def test_edits_that_can_not_be_are_refused(world, change, refusal):
    made = await planned(world)
    assert await refused(world, edit_maintenance, **{"maintenance": made.reference, **change}) == refusal


async def test_while_it_is_under_way_its_end_and_components_can_change_and_its_start_can_not(world):
    made = await planned(world)
    ref = made.reference
    await world.do(start_maintenance, world.dov, maintenance=ref)
    assert await refused(world, edit_maintenance, maintenance=ref, starts_at=made.ends_at) == (
        ErrorCode.CONFLICT,
        "starts_at",
    )
    longer = made.ends_at + timedelta(hours=1)
    await world.do(
        edit_maintenance, world.dov, maintenance=ref, ends_at=longer, components=[component_id(world, "search")]
    )
    assert (await row(world, made.id)).end_due_at == longer
    assert [await status_of(world, name) for name in ("checkout", "search")] == [FINE, WORK]
    await world.do(complete_maintenance, world.dov, maintenance=ref)
    assert await refused(world, edit_maintenance, maintenance=ref, title="x") == (ErrorCode.CONFLICT, "maintenance")


async def test_of_two_works_on_a_component_the_first_to_end_does_not_end_the_other(world):
    first, second = await planned(world), await planned(world, allow_overlap=True)
    for each in (first, second):
        await world.do(start_maintenance, world.dov, maintenance=each.reference)
    await world.do(complete_maintenance, world.dov, maintenance=first.reference)
    assert await status_of(world, "checkout") is WORK
    await world.do(complete_maintenance, world.dov, maintenance=second.reference)
    assert await status_of(world, "checkout") is FINE


async def test_work_that_is_over_is_noted_in_the_past_of_its_components_and_told_to_nobody(world, clock):
    await with_a_past(world)
    clock.advance(days=3)
    past = window(world, days=-2)
    made = await planned(world, **past, already_done=True)
    kept = await row(world, made.id)
    assert (kept.state, kept.started_at, kept.ended_at) == (DONE, past["starts_at"], past["ends_at"])
    assert (kept.begin_due_at, kept.end_due_at, kept.remind_due_at) == (None, None, None)
    before, work, after = await periods_of(world, "checkout")
    assert work == (WORK, past["starts_at"], past["ends_at"])
    assert (before[2], after) == (past["starts_at"], (FINE, past["ends_at"], None))
    assert await told(world) == [("scheduled", False)]
    assert await world.events(None, "component.status_changed") == []


async def test_updates_are_reworded_and_taken_back_and_nothing_is_forgotten(world):
    made = await planned(world)
    update = await world.do(
        publish_maintenance_update, world.dov, maintenance=made.reference, body="Soon.", notify=False
    )
    key = ids.encode("MaintenanceUpdate", update.id)
    await world.do(edit_maintenance_update, world.dov, update=key, body="Very soon.")
    await world.do(edit_maintenance_update, world.dov, update=key, body="Very soon.")
    await world.do(withdraw_maintenance_update, world.dov, update=key, reason="Wrong.")
    await world.do(withdraw_maintenance_update, world.dov, update=key, reason="Wrong.")
    assert await refused(world, edit_maintenance_update, update=key, body="x") == (ErrorCode.CONFLICT, "update")
    gone = ids.encode("MaintenanceUpdate", 99)
    assert await refused(world, edit_maintenance_update, update=gone, body="x") == (ErrorCode.NOT_FOUND, "update")
    async with world.database.reading() as reader:
        (kept,) = await reader.rows(MaintenanceUpdate, select(MaintenanceUpdate))
        (before,) = await reader.rows(MaintenanceUpdateRevision, select(MaintenanceUpdateRevision))
    assert (kept.body, before.body, kept.withdrawn_at is None) == ("Very soon.", "Soon.", False)
    assert (await row(world, made.id)).sequence == 3
    assert [kind for kind, _ in await told(world)][1:] == ["update_published", "update_edited", "update_withdrawn"]
