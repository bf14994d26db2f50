"""Giving out roles and handing them over."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.roles import assign_role, relinquish_role
from core import ids
from core.errors import ErrorCode
from models.role import Role, RoleAssignment
from models.words import IncidentKind, Stage, Visibility
from tests.actions.lifecycle import (
    can_see,
    declared,
    given,
    incident_in,
    kinds,
    last_event,
    members,
    refused,
    reported,
    role_ids,
)


async def assign(world, incident, role, person, actor=None):
    return await world.do(
        assign_role, actor or world.ben, incident=incident.reference, role=role, user=world.id_of(person)
    )


async def relinquish(world, incident, role):
    return await world.do(relinquish_role, world.ben, incident=incident.reference, role=role)


async def assignments(world, incident):
    """Who held what: (person, still holds it), in order."""
    names = {user.id: name for name, user in world.users.items()}
    async with world.database.reading() as reader:
        rows = await reader.rows(
            RoleAssignment,
            select(RoleAssignment).where(RoleAssignment.incident_id == incident.id).order_by(RoleAssignment.id),
        )
    return [(names[row.user_id], row.relinquished_at is None) for row in rows]


async def archive_role(world, key):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Role).where(Role.key == key).values(archived_at=world.clock.now()))


async def test_a_role_is_taken_and_its_holder_is_told_and_a_member(world):
    incident = await declared(world)
    await assign(world, incident, "commander", "chi")
    event = await last_event(world, incident)
    (commander,) = await role_ids(world, "commander")
    assert (event.kind, event.data) == ("role.assigned", {"role_id": commander, "user_id": world.chi.id})
    assert (await world.jobs("mail.notify"))[-1].event_id == event.id
    assert await members(world, incident) == ["ben", "chi"]


async def test_a_hand_over_ends_one_assignment_and_begins_another_at_that_moment(world):
    incident = await declared(world)
    await assign(world, incident, "commander", "chi")
    await assign(world, incident, "commander", "dov")
    assert await assignments(world, incident) == [("chi", False), ("dov", True)]
    assert (await last_event(world, incident)).data["previous_user_id"] == world.chi.id
    async with world.database.reading() as reader:
        before, after = await reader.rows(RoleAssignment, select(RoleAssignment).order_by(RoleAssignment.id))
    assert before.relinquished_at == after.assumed_at


async def test_the_holder_again_is_no_change(world):
    incident = await declared(world)
    await assign(world, incident, "scribe", "chi")
    await assign(world, incident, "scribe", "chi")
    assert await kinds(world, incident) == ["incident.declared", "role.assigned"]


async def test_a_role_that_was_given_back_can_be_taken_again(world):
    incident = await declared(world)
    for _ in range(2):
        await assign(world, incident, "scribe", "chi")
        await relinquish(world, incident, "scribe")
    assert await assignments(world, incident) == [("chi", False), ("chi", False)]
    assert (await last_event(world, incident)).kind == "role.relinquished"


async def test_a_vacant_role_is_relinquished_without_a_trace(world):
    incident = await declared(world)
    await relinquish(world, incident, "scribe")
    assert await kinds(world, incident) == ["incident.declared"]


async def test_the_last_required_role_stops_the_clock_and_a_vacancy_starts_it_anew(world, clock):
    incident = await declared(world, severity="SEV2", roles=[given("commander", world.id_of("ben"))])
    due = (await world.incident(incident.id)).roles_due_at
    await assign(world, incident, "technical_lead", "chi")
    assert (await world.incident(incident.id)).roles_due_at == due
    await assign(world, incident, "communications_lead", "dov")
    assert (await world.incident(incident.id)).roles_due_at is None
    clock.advance(minutes=30)
    await relinquish(world, incident, "commander")
    left = (await world.incident(incident.id)).roles_due_at - clock.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    await relinquish(world, incident, "technical_lead")
    assert (await world.incident(incident.id)).roles_due_at - clock.now() < left


async def test_a_role_that_is_not_required_starts_no_clock(world):
    incident = await declared(world, severity="SEV3", roles=[given("commander", world.id_of("ben"))])
    await assign(world, incident, "scribe", "chi")
    await relinquish(world, incident, "scribe")
    assert (await world.incident(incident.id)).roles_due_at is None


async def test_an_archived_role_is_not_given_out_nor_waited_for_but_can_be_given_back(world):
    incident = await declared(world, severity="SEV3")
    await assign(world, incident, "commander", "chi")
    await archive_role(world, "commander")
    await relinquish(world, incident, "commander")
    assert await assignments(world, incident) == [("chi", False)]
    assert (await world.incident(incident.id)).roles_due_at is None
    with refused(ErrorCode.INVALID_INPUT, "role", "archived"):
        await assign(world, incident, "commander", "chi")


async def test_roles_can_be_given_out_before_the_declaration_and_after_the_resolution(world):
    for stage in (Stage.DETECTION, Stage.POSTMORTEM):
        incident = await incident_in(world, stage)
        await assign(world, incident, "scribe", "chi")
        assert (await world.incident(incident.id)).roles_due_at is None


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED, Stage.MERGED])
async def test_nobody_is_given_a_role_where_nobody_works(world, stage):
    incident = await incident_in(world, stage)
    with refused(ErrorCode.CONFLICT, "incident"):
        await assign(world, incident, "scribe", "chi")


async def test_a_role_holder_sees_the_private_incident(world):
    incident = await declared(world, visibility=Visibility.PRIVATE)
    with refused(ErrorCode.NOT_FOUND, "incident"):
        await assign(world, incident, "scribe", "chi", world.chi)
    await assign(world, incident, "scribe", "chi")
    assert await can_see(world, world.chi, incident)


async def test_backfilled_roles_tell_nobody(world):
    incident = await declared(world, kind=IncidentKind.BACKFILLED)
    await assign(world, incident, "scribe", "chi")
    assert await world.jobs("mail.notify") == []


async def test_unknown_and_archived_people_and_roles_are_refused(world):
    incident = await reported(world)
    with refused(ErrorCode.NOT_FOUND, "role"):
        await assign(world, incident, "king", "chi")
    with refused(ErrorCode.NOT_FOUND, "role"):
        await assign(world, incident, ids.encode("Role", 999), "chi")
    with refused(ErrorCode.NOT_FOUND, "user"):
        await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user=ids.encode("User", 999))
    with refused(ErrorCode.INVALID_INPUT, "user"):
        await world.do(assign_role, world.ben, incident=incident.reference, role="scribe", user="chi")
    async with world.database.unit_of_work() as session:
        (await session.merge(world.users["chi"])).archived_at = world.clock.now()
    with refused(ErrorCode.INVALID_INPUT, "user", "Chi Tran is archived"):
        await assign(world, incident, "scribe", "chi")
    assert await kinds(world, incident) == ["incident.reported"]


async def test_a_viewer_gives_out_nothing(world):
    incident = await declared(world)
    with refused(ErrorCode.FORBIDDEN):
        await assign(world, incident, "scribe", "eve", world.eve)
    with refused(ErrorCode.FORBIDDEN):
        await world.do(relinquish_role, world.eve, incident=incident.reference, role="scribe")


async def test_of_parallel_hand_overs_one_holder_is_left_and_the_history_is_whole(world):
    incident = await declared(world)
    people = ["ada", "ben", "chi", "dov", "eve"]
    await asyncio.gather(*(assign(world, incident, "commander", person) for person in people))
    held = await assignments(world, incident)
    assert sorted(person for person, _ in held) == people
    assert [current for _, current in held] == [False, False, False, False, True]
    previous = [e.data.get("previous_user_id") for e in await world.events(incident.id, "role.assigned")]
    takers = [e.data["user_id"] for e in await world.events(incident.id, "role.assigned")]
    assert previous == [None, *takers[:-1]]
