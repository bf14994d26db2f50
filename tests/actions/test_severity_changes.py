"""Changing the severity: versions, promises and roles follow, the past does not change."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.catalogue.severities import save_severity
from actions.find import find_severity
from actions.severity_changes import change_severity
from actions.updates import publish_update
from core import ids
from core.errors import ErrorCode
from models.severity import SeverityVersion
from models.words import Audience, IncidentKind, PublicStatus, Stage
from tests.actions.lifecycle import declared, given, incident_in, kinds, last_event, refused, reported

MINUTE = timedelta(minutes=1)


async def change(world, incident, severity, **fields):
    return await world.do(change_severity, world.ben, incident=incident.reference, severity=severity, **fields)


async def due(world, incident, since):
    """Minutes from a moment to (roles, internal update, public update)."""
    row = await world.incident(incident.id)
    dues = (row.roles_due_at, row.internal_update_due_at, row.public_update_due_at)
    return tuple(moment and round((moment - since) / MINUTE) for moment in dues)


async def test_raising_tells_people_and_copies_the_obligations(world):
    incident = await declared(world, severity="SEV3")
    await change(world, incident, "SEV1", reason="it spreads")
    event = await last_event(world, incident)
    data = event.data
    assert (event.kind, data["from_name"], data["to_name"], data["raised"], await world.text_of(event.id)) == (
        "incident.severity_changed",
        "SEV3",
        "SEV1",
        True,
        "it spreads",
    )
    assert data["obligations"]["internal_cadence_minutes"] == 15
    assert (await world.incident(incident.id)).version == 2
    assert (await world.jobs("mail.notify"))[-1].event_id == event.id


async def test_lowering_tells_nobody(world):
    incident = await declared(world)
    await change(world, incident, "SEV2")
    assert (await last_event(world, incident)).data["raised"] is False
    assert len(await world.jobs("mail.notify")) == 1


async def test_raising_brings_deadlines_forward_from_now(world, clock):
    incident = await declared(world, severity="SEV3")
    clock.advance(minutes=20)
    await change(world, incident, "SEV1")
    assert await due(world, incident, clock.now()) == (5, 15, 30)


async def test_raising_puts_nothing_off(world, clock):
    incident = await declared(world, severity="SEV3")
    clock.advance(minutes=58)
    await change(world, incident, "SEV2")
    assert await due(world, incident, clock.now()) == (2, 30, 60)


async def test_lowering_lets_unspoken_promises_go(world, clock):
    incident = await declared(world, severity="SEV1")
    clock.advance(minutes=2)
    await change(world, incident, "SEV3")
    assert await due(world, incident, clock.now()) == (3, 240, None)


async def test_a_missed_promise_stays_missed(world, clock):
    incident = await declared(world, severity="SEV1")
    clock.advance(minutes=20)
    await change(world, incident, "SEV2")
    assert await due(world, incident, clock.now()) == (-15, -5, 60)


async def test_what_was_promised_in_words_is_not_put_off(world, clock):
    incident = await declared(world, severity="SEV1")
    for audience, status in ((Audience.INTERNAL, None), (Audience.PUBLIC, PublicStatus.INVESTIGATING)):
        await world.do(
            publish_update,
            world.ben,
            incident=incident.reference,
            audience=audience,
            status=status,
            body="We are on it.",
        )
    await change(world, incident, "SEV3")
    assert (await due(world, incident, clock.now()))[1:] == (15, 30)


async def test_vacancies_follow_the_severity(world, clock):
    incident = await declared(world, severity="SEV2", roles=[given("commander", world.id_of("chi"))])
    await change(world, incident, "SEV3")
    assert (await world.incident(incident.id)).roles_due_at is None
    await change(world, incident, "SEV1")
    assert (await due(world, incident, clock.now()))[0] == 5


async def test_an_estimate_before_the_declaration_owes_nothing(world, clock):
    incident = await reported(world)
    await change(world, incident, "SEV2")
    await change(world, incident, "SEV1")
    assert await due(world, incident, clock.now()) == (None, None, None)
    assert await world.jobs("mail.notify") == []
    first, second = (event.data for event in await world.events(incident.id, "incident.severity_changed"))
    assert ("from_name" in first, first["raised"], second["raised"]) == (False, False, True)


async def test_drills_and_backfilled_ones_keep_to_their_rules(world, clock):
    drill = await declared(world, severity="SEV3", kind=IncidentKind.DRILL)
    await change(world, drill, "SEV1")
    assert await due(world, drill, clock.now()) == (5, 15, None)
    old = await declared(world, severity="SEV3", kind=IncidentKind.BACKFILLED)
    await change(world, old, "SEV1")
    assert await due(world, old, clock.now()) == (None, None, None)


async def test_a_reclassification_afterwards_owes_nothing(world, clock):
    incident = await incident_in(world, Stage.POSTMORTEM)
    await change(world, incident, "SEV3")
    assert await due(world, incident, clock.now()) == (None, None, None)


async def test_the_same_severity_is_no_change_until_it_has_a_newer_version(world):
    incident = await declared(world, severity="SEV2")
    await change(world, incident, "SEV2")
    assert await kinds(world, incident) == ["incident.declared"]
    async with world.database.unit_of_work() as session:
        version = await find_severity(session, "SEV2")
    await world.do(
        save_severity, world.ada, id=ids.encode("Severity", version.severity_id), definition="Worse than we thought."
    )
    assert (await world.incident(incident.id)).severity_version_id == version.id
    await change(world, incident, "SEV2")
    data = (await last_event(world, incident)).data
    assert (data["from_severity_id"], data["raised"]) == (data["to_severity_id"], False)
    assert (await world.incident(incident.id)).severity_version_id == data["to_severity_version_id"] != version.id


async def test_refusals(world):
    incident = await declared(world)
    with refused(ErrorCode.NOT_FOUND, "severity"):
        await change(world, incident, "SEV9")
    with refused(ErrorCode.NOT_FOUND, "severity"):
        await change(world, incident, ids.encode("Severity", 999))
    with refused(ErrorCode.VERSION_CONFLICT, "expected_version"):
        await change(world, incident, "SEV2", expected_version=7)
    with refused(ErrorCode.INVALID_INPUT, "reason"):
        await change(world, incident, "SEV2", reason=" ")
    merged = await incident_in(world, Stage.MERGED)
    with refused(ErrorCode.CONFLICT, "incident"):
        await change(world, merged, "SEV2")
    with refused(ErrorCode.FORBIDDEN):
        await world.do(change_severity, world.eve, incident=incident.reference, severity="SEV2")


async def test_an_archived_severity_is_given_to_nobody(world):
    incident = await declared(world)
    async with world.database.unit_of_work() as session:
        key = await session.scalar(select(SeverityVersion.id).where(SeverityVersion.name == "SEV3"))
        await session.execute(
            update(SeverityVersion).where(SeverityVersion.id == key).values(archived_at=world.clock.now())
        )
    with refused(ErrorCode.INVALID_INPUT, "severity", "archived"):
        await change(world, incident, "SEV3")


@pytest.mark.parametrize("style", ["sev3", "SEV3", "id"])
async def test_a_severity_is_named_or_given_by_id(world, style):
    incident = await declared(world)
    async with world.database.unit_of_work() as session:
        version = await find_severity(session, "SEV3")
    reference = ids.encode("Severity", version.severity_id) if style == "id" else style
    await change(world, incident, reference)
    assert (await world.incident(incident.id)).severity_version_id == version.id


async def test_customers_who_read_that_it_is_over_are_promised_nothing_anew(world, clock):
    incident = await declared(world, severity="SEV2")
    for status in (PublicStatus.INVESTIGATING, PublicStatus.RESOLVED):
        await world.do(
            publish_update,
            world.ben,
            incident=incident.reference,
            audience=Audience.PUBLIC,
            status=status,
            body="It is over.",
        )
    await change(world, incident, "SEV1")
    assert (await due(world, incident, clock.now()))[2] is None
