"""Declining, cancelling, and coming back."""

from datetime import timedelta

import pytest

from actions.endings import cancel_incident, decline_incident, reopen_incident
from actions.roles import assign_role
from actions.severity_changes import change_severity
from actions.stages import change_stage
from actions.updates import publish_update
from core.errors import ErrorCode
from models.words import Audience, IncidentKind, PublicStatus, Stage
from tests.actions.lifecycle import declared, incident_in, last_event, move_to, refused, reported

MINUTE = timedelta(minutes=1)


async def publish(world, incident, status, **fields):
    await world.do(
        publish_update,
        world.ben,
        incident=incident.reference,
        audience=Audience.PUBLIC,
        status=status,
        body="We know more.",
        **fields,
    )


async def test_declining_keeps_the_reason(world):
    incident = await reported(world)
    await world.do(decline_incident, world.chi, incident=incident.reference, reason="a load test")
    event = await last_event(world, incident)
    assert (event.kind, event.data) == ("incident.declined", {"from_stage": "DETECTION"})
    assert await world.text_of(event.id) == "a load test"


async def test_a_cancelled_incident_owes_nobody_anything(world):
    incident = await declared(world)
    await world.do(cancel_incident, world.chi, incident=incident.reference, reason="a duplicate of a test")
    row = await world.incident(incident.id)
    assert row.stage is Stage.CANCELLED
    dues = (row.roles_due_at, row.internal_update_due_at, row.public_update_due_at)
    assert dues == (row.internal_remind_at, row.public_remind_at, None) == (None, None, None)
    assert (await last_event(world, incident)).data["from_stage"] == "RESPONSE"


async def test_a_cancelled_incident_still_owes_customers_the_final_word(world):
    incident = await declared(world)
    await publish(world, incident, PublicStatus.INVESTIGATING)
    promise = (await world.incident(incident.id)).public_update_due_at
    await world.do(cancel_incident, world.ben, incident=incident.reference, reason="a false alarm")
    row = await world.incident(incident.id)
    assert row.final_update_owed
    assert row.public_update_due_at == promise
    assert row.public_remind_at < promise  # 15 minutes after the end, the promise being 30 minutes away
    await publish(world, incident, PublicStatus.RESOLVED)
    row = await world.incident(incident.id)
    assert (row.final_update_owed, row.public_update_due_at, row.public_remind_at) == (False, None, None)


@pytest.mark.parametrize("stage", [Stage.RESOLUTION, Stage.POSTMORTEM, Stage.CLOSED])
async def test_reopening_clears_the_closing_moments_and_keeps_them_in_the_event(world, clock, stage):
    before = await incident_in(world, stage)
    clock.advance(minutes=40)
    await world.do(reopen_incident, world.ben, incident=before.reference, reason="it came back")
    row = await world.incident(before.id)
    assert row.stage is Stage.RESPONSE
    assert (row.mitigated_at, row.resolved_at, row.closed_at) == (None, None, None)
    assert (row.acknowledged_at, row.declared_at) == (before.acknowledged_at, before.declared_at)
    event = await last_event(world, before)
    assert await world.text_of(event.id) == "it came back"
    for name in ("mitigated_at", "resolved_at", "closed_at"):
        moment = getattr(before, name)
        assert event.data.get(name) == (moment.isoformat() if moment else None)
    minutes = [
        round((due - event.occurred_at) / MINUTE)
        for due in (row.roles_due_at, row.internal_update_due_at, row.public_update_due_at)
    ]
    assert minutes == [5, 15, 30]


async def test_after_reopening_stages_are_not_back_dated_before_it(world, clock):
    incident = await incident_in(world, Stage.CLOSED)
    clock.advance(minutes=40)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="it came back")
    with refused(ErrorCode.INVALID_INPUT, "occurred_at"):
        await world.do(
            change_stage,
            world.ben,
            incident=incident.reference,
            stage=Stage.MITIGATION,
            occurred_at=incident.closed_at + MINUTE,
        )


async def test_what_was_declined_is_declared_by_reopening_and_given_a_severity_later(world, clock):
    incident = await incident_in(world, Stage.DECLINED)
    clock.advance(minutes=5)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="it was real after all")
    row = await world.incident(incident.id)
    assert row.severity_version_id is None
    assert row.acknowledged_at == row.declared_at > row.detected_at + 5 * MINUTE
    assert (row.internal_update_due_at, row.roles_due_at) == (None, None)
    await world.do(change_severity, world.ben, incident=incident.reference, severity="SEV1")
    row = await world.incident(incident.id)
    assert None not in (row.internal_update_due_at, row.public_update_due_at, row.roles_due_at)
    event = await last_event(world, incident)
    assert [job.args["event_id"] for job in await world.jobs("mail.notify")] == [event.id]


async def test_roles_that_are_still_held_are_not_asked_for_again(world):
    incident = await declared(world, severity="SEV3")
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("chi"))
    await move_to(world, incident, Stage.RESOLUTION)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="it came back")
    assert (await world.incident(incident.id)).roles_due_at is None


async def test_a_promise_to_customers_survives_the_end_and_the_reopening(world, clock):
    incident = await declared(world)
    await publish(world, incident, PublicStatus.IDENTIFIED)
    promise = (await world.incident(incident.id)).public_update_due_at
    await move_to(world, incident, Stage.RESOLUTION)
    clock.advance(minutes=1)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="it came back")
    assert (await world.incident(incident.id)).public_update_due_at == promise


async def test_a_backfilled_one_owes_nothing_when_reopened_either(world):
    incident = await declared(world, kind=IncidentKind.BACKFILLED)
    await move_to(world, incident, Stage.RESOLUTION)
    await world.do(reopen_incident, world.ben, incident=incident.reference, reason="the record is wrong")
    row = await world.incident(incident.id)
    assert (row.roles_due_at, row.internal_update_due_at, row.public_update_due_at) == (None, None, None)


@pytest.mark.parametrize("action", [decline_incident, cancel_incident, reopen_incident])
@pytest.mark.parametrize("reason", ["", "\n", "x" * 501])
async def test_a_reason_is_needed(world, action, reason):
    incident = await reported(world)
    with refused(ErrorCode.INVALID_INPUT, "reason"):
        await world.do(action, world.ben, incident=incident.reference, reason=reason)
