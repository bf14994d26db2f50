"""What the timers do when something becomes due."""

import asyncio

import pytest

from actions.endings import cancel_incident, reopen_incident
from actions.reminders import sweep_due
from actions.roles import assign_role
from actions.stages import change_stage
from actions.updates import publish_update
from models.words import ActorKind, Audience, PublicStatus, Stage, Visibility
from tests.actions.lifecycle import declared, given, last_event, role_ids


async def reminders(world, incident):
    return [(e.kind, e.data) for e in await world.events(incident.id) if e.kind.startswith("reminder.")]


@pytest.fixture
async def calm(world):
    """A declared SEV3: one role, an internal update within four hours, nothing public."""
    return await declared(world, severity="SEV3", roles=[given("commander", world.id_of("chi"))])


async def test_nothing_is_due_at_first(world, calm):
    assert await sweep_due(world.database) == 0
    assert await reminders(world, calm) == []


async def test_vacant_roles_are_reminded_of_once(world, clock):
    incident = await declared(world, roles=[given("scribe", world.id_of("ben"))])
    clock.advance(minutes=4)
    assert await sweep_due(world.database) == 0
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    clock.advance(minutes=2)
    assert await sweep_due(world.database) == 1
    vacant = await role_ids(world, "technical_lead", "communications_lead")
    assert await reminders(world, incident) == [("reminder.roles_unfilled", {"role_ids": vacant})]
    event = await last_event(world, incident)
    assert (event.actor_kind, event.number) == (ActorKind.SYSTEM, 4)
    assert (await world.jobs("mail.notify"))[-1].event_id == event.id
    assert await sweep_due(world.database) == 0
    assert (await world.incident(incident.id)).roles_due_at is None


async def test_overdue_promises_are_reminded_of_and_stay_overdue(world, clock):
    incident = await declared(world)
    promises = await world.incident(incident.id)
    clock.advance(minutes=31)
    assert await sweep_due(world.database) == 3
    overdue = [data for kind, data in await reminders(world, incident) if kind == "reminder.update_overdue"]
    assert overdue == [
        {"audience": "INTERNAL", "promised_by": promises.internal_update_due_at.isoformat()},
        {"audience": "PUBLIC", "promised_by": promises.public_update_due_at.isoformat()},
    ]
    row = await world.incident(incident.id)
    assert (row.internal_update_due_at, row.public_update_due_at) == (
        promises.internal_update_due_at,
        promises.public_update_due_at,
    )
    assert (row.internal_remind_at, row.public_remind_at) == (None, None)
    assert await sweep_due(world.database) == 0


async def test_an_update_in_time_is_not_reminded_of(world, clock, calm):
    clock.advance(hours=3)
    await world.do(
        publish_update, world.chi, incident=calm.reference, audience=Audience.INTERNAL, body="Still looking."
    )
    clock.advance(hours=3)
    assert await sweep_due(world.database) == 0


@pytest.mark.parametrize("end", ["resolve", "cancel"])
async def test_a_final_public_update_is_reminded_of_after_the_end(world, clock, calm, end):
    await world.do(
        publish_update,
        world.chi,
        incident=calm.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="Exports miss a column.",
    )
    if end == "resolve":
        await world.do(change_stage, world.ben, incident=calm.reference, stage=Stage.RESOLUTION)
    else:
        await world.do(cancel_incident, world.ben, incident=calm.reference, reason="none of ours")
    clock.advance(minutes=14)
    assert await sweep_due(world.database) == 0
    clock.advance(minutes=2)
    assert await sweep_due(world.database) == 1
    assert await reminders(world, calm) == [("reminder.final_update_owed", {})]
    assert (await world.incident(calm.id)).final_update_owed
    assert await sweep_due(world.database) == 0


async def test_a_promise_that_a_reopened_incident_took_up_again_is_not_called_overdue_too_soon(world, clock):
    incident = await declared(world, severity="SEV2", roles=[given("commander", world.id_of("ben"))])
    await world.do(
        publish_update,
        world.chi,
        incident=incident.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="Payments fail.",
    )
    await world.do(change_stage, world.ben, incident=incident.reference, stage=Stage.RESOLUTION)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="they fail again")
    clock.advance(minutes=16)
    await sweep_due(world.database)
    assert [kind for kind, _ in await reminders(world, incident)] == ["reminder.roles_unfilled"]
    row = await world.incident(incident.id)
    assert row.public_remind_at == row.public_update_due_at > clock.now()


async def test_reminders_of_private_incidents_are_private(world, clock):
    incident = await declared(world, visibility=Visibility.PRIVATE)
    clock.advance(minutes=16)
    assert await sweep_due(world.database) == 2
    assert {event.visibility for event in await world.events(incident.id)} == {Visibility.PRIVATE}


async def test_many_are_swept_in_batches_and_by_several_sweepers_once_each(world, clock):
    incidents = [await declared(world, severity="SEV3") for _ in range(7)]
    clock.advance(minutes=61)
    swept = await asyncio.gather(*(sweep_due(world.database, limit=2) for _ in range(3)))
    assert sum(swept) <= len(incidents)
    await sweep_due(world.database)  # what a sweeper passed over while another held it is left to the next sweep
    for incident in incidents:
        assert [kind for kind, _ in await reminders(world, incident)] == ["reminder.roles_unfilled"]


async def test_an_incident_that_somebody_holds_is_left_to_the_next_sweep(world, clock):
    incident = await declared(world, severity="SEV3")
    clock.advance(minutes=61)
    async with world.database.unit_of_work() as session:
        await assign_role(session, world.ben, incident=incident.reference, role="scribe", user=world.id_of("chi"))
        assert await sweep_due(world.database) == 0
    assert await sweep_due(world.database) == 1
