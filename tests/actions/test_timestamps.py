"""Correcting when something happened."""

from datetime import timedelta

import pytest

from actions.timestamps import correct_timestamp
from core.errors import ErrorCode
from models.words import IncidentTimestamp, Stage
from tests.actions.lifecycle import declared, incident_in, kinds, last_event, move_to, refused

WHY = "the log says so"


async def correct(world, incident, timestamp, value, reason=WHY, actor=None):
    return await world.do(
        correct_timestamp,
        actor or world.ben,
        incident=incident.reference,
        timestamp=timestamp,
        value=value,
        reason=reason,
    )


async def test_a_correction_keeps_the_old_value_in_its_event(world):
    incident = await declared(world)
    earlier = incident.detected_at - timedelta(minutes=8)
    await correct(world, incident, IncidentTimestamp.DETECTED, earlier)
    assert (await world.incident(incident.id)).detected_at == earlier
    event = await last_event(world, incident)
    assert (event.kind, event.data) == (
        "incident.timestamp_corrected",
        {
            "timestamp": "DETECTED",
            "before": incident.detected_at.isoformat(),
            "after": earlier.isoformat(),
        },
    )


async def test_the_start_of_the_impact_can_be_said_for_the_first_time_also_after_detection(world, clock):
    incident = await declared(world)
    clock.advance(minutes=5)
    started = incident.detected_at + timedelta(minutes=2)
    await correct(world, incident, IncidentTimestamp.IMPACT_STARTED, started)
    assert (await world.incident(incident.id)).impact_started_at == started
    assert "before" not in (await last_event(world, incident)).data


async def test_the_same_moment_again_is_no_change(world):
    incident = await declared(world)
    await correct(world, incident, IncidentTimestamp.DETECTED, incident.detected_at)
    assert await kinds(world, incident) == ["incident.declared"]


@pytest.mark.parametrize("timestamp", ["MITIGATED", "RESOLVED", "CLOSED"])
async def test_what_has_not_come_yet_is_not_corrected(world, timestamp):
    incident = await declared(world)
    with refused(ErrorCode.CONFLICT, "timestamp", "no " + timestamp.lower()):
        await correct(world, incident, IncidentTimestamp[timestamp], incident.declared_at)


@pytest.mark.parametrize(
    ("timestamp", "minutes", "words"),
    [
        ("DETECTED", 1, "acknowledged is at"),
        ("ACKNOWLEDGED", 1, "declared is at"),
        ("ACKNOWLEDGED", -1, "detected is at"),
        ("DECLARED", -1, "acknowledged is at"),
        ("MITIGATED", 60, "resolved is at"),
        ("RESOLVED", 5, "mitigated is at"),
        ("RESOLVED", 60, "closed is at"),
        ("CLOSED", 15, "resolved is at"),
        ("IMPACT_STARTED", 11, "mitigated is at"),
    ],
)
async def test_moments_stay_in_order(world, clock, timestamp, minutes, words):
    incident = await declared(world)
    for stage in (Stage.MITIGATION, Stage.RESOLUTION, Stage.CLOSED):
        clock.advance(minutes=10)
        await move_to(world, incident, stage)
    clock.advance(hours=2)
    moment = incident.declared_at + timedelta(minutes=minutes)
    before = await world.incident(incident.id)
    with refused(ErrorCode.INVALID_INPUT, "value", words):
        await correct(world, incident, IncidentTimestamp[timestamp], moment)
    assert await world.incident(incident.id) == before


async def test_a_correction_after_the_resolution_brings_the_postmortem_up_to_date(world):
    incident = await incident_in(world, Stage.RESOLUTION)
    before = len(await world.jobs("postmortem.assemble"))
    await correct(world, incident, IncidentTimestamp.DETECTED, incident.detected_at - timedelta(minutes=1))
    assert len(await world.jobs("postmortem.assemble")) == before + 1


async def test_refusals(world, clock):
    incident = await declared(world)
    with refused(ErrorCode.INVALID_INPUT, "value", "future"):
        await correct(world, incident, IncidentTimestamp.IMPACT_STARTED, clock.now() + timedelta(minutes=2))
    with refused(ErrorCode.INVALID_INPUT, "reason"):
        await correct(world, incident, IncidentTimestamp.IMPACT_STARTED, clock.now(), reason="")
    with refused(ErrorCode.FORBIDDEN):
        await correct(world, incident, IncidentTimestamp.IMPACT_STARTED, clock.now(), actor=world.eve)
    merged = await incident_in(world, Stage.MERGED)
    with refused(ErrorCode.CONFLICT, "incident"):
        await correct(world, merged, IncidentTimestamp.IMPACT_STARTED, clock.now())
