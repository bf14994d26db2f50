"""Moving a declared incident on, also back-dated."""

from datetime import timedelta

import pytest

from actions.stages import change_stage
from actions.timestamps import correct_timestamp
from actions.updates import publish_update
from core.errors import ErrorCode
from models.words import Audience, IncidentKind, IncidentTimestamp, PublicStatus, Stage
from tests.actions.lifecycle import declared, incident_in, last_event, move_to, refused


async def to(world, incident, stage, **fields):
    return await world.do(change_stage, world.ben, incident=incident.reference, stage=stage, **fields)


async def test_each_stage_sets_its_moment(world, clock):
    incident = await declared(world)
    entered = {}
    for stage in (Stage.MITIGATION, Stage.RESOLUTION, Stage.POSTMORTEM, Stage.CLOSED):
        clock.advance(minutes=10)
        await to(world, incident, stage, note=f"{stage} it is")
        event = await last_event(world, incident)
        assert event.kind == "incident.stage_changed"
        assert (event.data["to_stage"], await world.text_of(event.id)) == (stage, f"{stage} it is")
        entered[stage] = event.occurred_at
    row = await world.incident(incident.id)
    assert (row.mitigated_at, row.resolved_at, row.closed_at) == (
        entered[Stage.MITIGATION],
        entered[Stage.RESOLUTION],
        entered[Stage.CLOSED],
    )
    assert row.version == 5


async def test_resolved_at_once_it_was_mitigated_then_too(world):
    row = await incident_in(world, Stage.RESOLUTION)
    assert row.mitigated_at == row.resolved_at is not None


async def test_mitigation_that_did_not_hold_is_taken_back(world, clock):
    incident = await incident_in(world, Stage.MITIGATION)
    clock.advance(minutes=3)
    await to(world, incident, Stage.RESPONSE, note="errors are back")
    row = await world.incident(incident.id)
    assert (row.stage, row.mitigated_at) == (Stage.RESPONSE, None)
    event = await last_event(world, incident)
    assert event.data["mitigated_at"] == incident.mitigated_at.isoformat()
    clock.advance(minutes=3)
    await to(world, incident, Stage.MITIGATION)
    assert (await world.incident(incident.id)).mitigated_at > incident.mitigated_at + timedelta(minutes=5)


async def test_a_stage_can_be_back_dated_to_the_one_before_and_not_beyond(world, clock):
    incident = await declared(world)
    clock.advance(minutes=30)
    with refused(ErrorCode.INVALID_INPUT, "occurred_at", "was in RESPONSE only from"):
        await to(world, incident, Stage.MITIGATION, occurred_at=incident.declared_at - timedelta(seconds=1))
    with refused(ErrorCode.INVALID_INPUT, "occurred_at", "future"):
        await to(world, incident, Stage.MITIGATION, occurred_at=clock.now() + timedelta(minutes=5))
    stopped = incident.declared_at + timedelta(minutes=12)
    await to(world, incident, Stage.MITIGATION, occurred_at=stopped)
    event = await last_event(world, incident)
    assert (await world.incident(incident.id)).mitigated_at == event.occurred_at == stopped
    assert event.recorded_at > stopped + timedelta(minutes=17)
    with refused(ErrorCode.INVALID_INPUT, "occurred_at"):
        await to(world, incident, Stage.RESOLUTION, occurred_at=stopped - timedelta(seconds=1))
    with refused(ErrorCode.INVALID_INPUT, "occurred_at"):
        await to(world, incident, Stage.RESPONSE, occurred_at=stopped - timedelta(seconds=1))
    await to(world, incident, Stage.RESOLUTION, occurred_at=stopped)
    with refused(ErrorCode.INVALID_INPUT, "occurred_at"):
        await to(world, incident, Stage.CLOSED, occurred_at=stopped - timedelta(seconds=1))


async def test_the_corrected_moment_counts_for_what_comes_after(world, clock):
    incident = await declared(world)
    clock.advance(minutes=30)
    early = incident.declared_at - timedelta(minutes=20)
    for timestamp, minutes in ((IncidentTimestamp.DETECTED, 3), (IncidentTimestamp.ACKNOWLEDGED, 2)):
        await world.do(
            correct_timestamp,
            world.ben,
            incident=incident.reference,
            timestamp=timestamp,
            value=early - timedelta(minutes=minutes),
            reason="the log says so",
        )
    await world.do(
        correct_timestamp,
        world.ben,
        incident=incident.reference,
        timestamp=IncidentTimestamp.DECLARED,
        value=early,
        reason="we met before we wrote it down",
    )
    await to(world, incident, Stage.MITIGATION, occurred_at=early + timedelta(minutes=1))


async def test_closing_is_not_earlier_than_a_resolution_that_was_corrected(world, clock):
    incident = await incident_in(world, Stage.POSTMORTEM)
    clock.advance(hours=2)
    later = clock.now() - timedelta(hours=1)
    await world.do(
        correct_timestamp,
        world.ben,
        incident=incident.reference,
        timestamp=IncidentTimestamp.RESOLVED,
        value=later,
        reason="it was verified later",
    )
    with refused(ErrorCode.INVALID_INPUT, "occurred_at"):
        await to(world, incident, Stage.CLOSED, occurred_at=later - timedelta(minutes=1))
    await to(world, incident, Stage.CLOSED, occurred_at=later)


async def test_the_impact_does_not_stop_before_it_started(world, clock):
    incident = await declared(world)
    clock.advance(minutes=20)
    await world.do(
        correct_timestamp,
        world.ben,
        incident=incident.reference,
        timestamp=IncidentTimestamp.IMPACT_STARTED,
        value=clock.now() - timedelta(minutes=5),
        reason="the graph",
    )
    for stage in (Stage.MITIGATION, Stage.RESOLUTION):
        with refused(ErrorCode.INVALID_INPUT, "occurred_at", "before it started"):
            await to(world, incident, stage, occurred_at=incident.declared_at + timedelta(minutes=1))


async def test_backfilled_incidents_are_moved_on_in_the_past_and_nobody_is_told(world, clock):
    then = clock.now() - timedelta(days=2)
    incident = await declared(world, kind=IncidentKind.BACKFILLED, declared_at=then, severity="SEV3")
    for hours, stage in enumerate((Stage.MITIGATION, Stage.RESOLUTION, Stage.CLOSED), start=1):
        await to(world, incident, stage, occurred_at=then + timedelta(hours=hours))
    row = await world.incident(incident.id)
    assert row.closed_at == then + timedelta(hours=3)
    assert await world.jobs("mail.notify") == []


async def test_entering_resolution_tells_people_and_drafts_the_postmortem(world):
    incident = await declared(world, severity="SEV3", kind=IncidentKind.DRILL)
    await move_to(world, incident, Stage.RESOLUTION)
    event = await last_event(world, incident)
    assert (await world.jobs("mail.notify"))[-1].args == {"event_id": event.id}
    assert [job.args for job in await world.jobs("postmortem.assemble")] == [{"incident_id": incident.id}]
    await move_to(world, incident, Stage.POSTMORTEM)
    assert len(await world.jobs("mail.notify")) == 2  # declared, resolved


async def test_stages_never_publish(world):
    incident = await declared(world)
    await world.do(
        publish_update,
        world.ben,
        incident=incident.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="We are looking into it.",
    )
    await move_to(world, incident, Stage.RESOLUTION)
    row = await world.incident(incident.id)
    assert (row.public_status, row.final_update_owed) == (PublicStatus.INVESTIGATING, True)


async def test_an_older_version_changes_no_stage(world):
    incident = await incident_in(world, Stage.MITIGATION)
    with refused(ErrorCode.VERSION_CONFLICT, "expected_version", "at version 2"):
        await to(world, incident, Stage.RESOLUTION, expected_version=1)
    await to(world, incident, Stage.RESOLUTION, expected_version=2)


@pytest.mark.parametrize("note", ["", "x" * 501])
async def test_a_note_says_something_short(world, note):
    incident = await declared(world)
    with refused(ErrorCode.INVALID_INPUT, "note"):
        await to(world, incident, Stage.MITIGATION, note=note)
