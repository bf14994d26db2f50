"""Declaring: severity, obligations, roles and promises in one step."""

from datetime import timedelta

import pytest

from actions import check
from actions.declarations import declare_incident
from actions.find import find_severity
from actions.reports import acknowledge_incident
from core import ids
from core.errors import ErrorCode
from models.words import Audience, IncidentKind, PublicStatus, Stage, Visibility
from tests.actions.lifecycle import (
    can_see,
    declared,
    given,
    incident_in,
    kinds,
    members,
    refused,
    reported,
    role_ids,
)

MINUTE = timedelta(minutes=1)


async def promised(world, incident):
    """Minutes from the declaration to the promises: (internal, public)."""
    row = await world.incident(incident.id)
    return tuple(
        due and round((due - row.declared_at) / MINUTE)
        for due in (row.next_update_due_at(Audience.INTERNAL), row.next_update_due_at(Audience.PUBLIC))
    )


async def test_declaring_begins_the_response_with_the_severitys_obligations(world):
    incident = await declared(world, severity="sev1", public_title="Checkout trouble", services=["checkout-api"])
    row = await world.incident(incident.id)
    assert (row.stage, row.kind, row.version) == (Stage.RESPONSE, IncidentKind.REAL, 1)
    assert row.detected_at == row.acknowledged_at == row.declared_at
    assert await promised(world, incident) == (15, 30)
    assert (row.internal_remind_at, row.public_remind_at) == (row.internal_update_due_at, row.public_update_due_at)
    assert round((row.roles_due_at - row.declared_at) / MINUTE) == 5
    (event,) = await world.events(incident.id)
    async with world.database.unit_of_work() as session:
        version = await find_severity(session, "SEV1")
    assert row.severity_version_id == version.id
    assert event.data["obligations"] == {
        **version.obligations.as_data(),
        "required_role_ids": await role_ids(world, "commander", "technical_lead", "communications_lead", "scribe"),
    }
    assert event.data["severity_name"] == "SEV1"
    assert event.data["service_ids"] == [world.services["checkout-api"].id]
    assert [job.args for job in await world.jobs("mail.notify")] == [{"event_id": event.id}]
    (job,) = await world.jobs("workflow.match")
    assert job.args == {"first": event.id, "last": event.id}


async def test_roles_are_given_out_in_the_same_step(world):
    incident = await declared(
        world,
        severity="SEV3",
        roles=[given("commander", world.id_of("chi")), given("scribe", world.id_of("eve"))],
    )
    assert await kinds(world, incident) == ["incident.declared", "role.assigned", "role.assigned"]
    assert await members(world, incident) == ["ben", "chi", "eve"]
    assert (await world.incident(incident.id)).roles_due_at is None  # SEV3 requires a commander only
    assert len(await world.jobs("mail.notify")) == 3


async def test_a_reported_one_keeps_its_alertness_and_gains_what_is_declared(world, clock):
    noticed = clock.now() - timedelta(minutes=20)
    incident = await reported(
        world, world.chi, summary="slow", labels={"a": "1", "b": "2"}, services=["search-api"], detected_at=noticed
    )
    await world.do(acknowledge_incident, world.chi, incident=incident.reference)
    acknowledged = (await world.incident(incident.id)).acknowledged_at
    clock.advance(minutes=5)
    await world.do(
        declare_incident,
        world.ben,
        incident=incident.reference,
        severity="SEV2",
        services=["checkout-api"],
        labels={"b": "3"},
        impact_started_at=noticed - timedelta(minutes=1),
    )
    row = await world.incident(incident.id)
    assert (row.title, row.summary, row.labels) == (incident.title, "slow", {"a": "1", "b": "3"})
    assert (row.detected_at, row.acknowledged_at) == (noticed, acknowledged)
    assert row.declared_at > acknowledged + timedelta(minutes=4)
    assert row.impact_started_at == noticed - timedelta(minutes=1)
    *_, event = await world.events(incident.id)
    assert event.data["from_stage"] == "TRIAGE"
    assert event.data["service_ids"] == sorted(service.id for service in world.services.values())
    assert await members(world, incident) == ["chi", "ben"]


async def test_declared_from_detection_it_is_acknowledged_by_that(world):
    incident = await reported(world)
    await world.do(declare_incident, world.ben, incident=incident.reference, severity="SEV3", title="Carts empty")
    row = await world.incident(incident.id)
    assert row.acknowledged_at == row.declared_at > row.detected_at
    assert row.title == "Carts empty"


async def test_declaring_a_report_private_closes_it_and_never_opens_one(world):
    incident = await reported(world)
    await world.do(
        declare_incident, world.ben, incident=incident.reference, severity="SEV1", visibility=Visibility.PRIVATE
    )
    assert not await can_see(world, world.ada, incident)
    *_, changed, begun = await world.events(incident.id)
    assert (changed.kind, begun.kind) == ("incident.visibility_changed", "incident.declared")
    assert (changed.visibility, begun.visibility) == (Visibility.PRIVATE, Visibility.PRIVATE)
    assert await promised(world, incident) == (15, None)
    hidden = await reported(world, visibility=Visibility.PRIVATE)
    await world.do(declare_incident, world.ben, incident=hidden.reference, severity="SEV1")
    assert (await world.incident(hidden.id)).private


async def test_a_report_that_customers_read_about_is_not_declared_private(world):
    incident = await reported(world)
    async with world.database.unit_of_work() as session:
        row = await session.merge(incident)
        row.public_since, row.public_status = world.clock.now(), PublicStatus.INVESTIGATING
    with refused(ErrorCode.CONFLICT, "visibility"):
        await world.do(
            declare_incident, world.ben, incident=incident.reference, severity="SEV1", visibility=Visibility.PRIVATE
        )
    assert (await world.incident(incident.id)).stage is Stage.DETECTION


async def test_customers_are_promised_nothing_about_drills_and_private_incidents(world):
    assert await promised(world, await declared(world, kind=IncidentKind.DRILL)) == (15, None)
    assert await promised(world, await declared(world, visibility=Visibility.PRIVATE)) == (15, None)
    assert await promised(world, await declared(world, severity="SEV3")) == (240, None)


async def test_a_backfilled_one_owes_nothing_and_tells_nobody(world, clock):
    then = clock.now() - timedelta(days=3)
    incident = await declared(
        world,
        kind=IncidentKind.BACKFILLED,
        impact_started_at=then - timedelta(minutes=9),
        detected_at=then - timedelta(minutes=4),
        declared_at=then,
        roles=[given("scribe", world.id_of("chi"))],
    )
    row = await world.incident(incident.id)
    assert (row.detected_at, row.acknowledged_at, row.declared_at) == (then - timedelta(minutes=4), then, then)
    assert await promised(world, incident) == (None, None)
    assert row.roles_due_at is None
    assert [event.occurred_at for event in await world.events(incident.id)] == [then, then]
    assert [job.name for job in await world.jobs()] == ["workflow.match"], "which finds nothing to begin"


async def test_a_backfilled_one_was_declared_when_detected_unless_said_otherwise(world, clock):
    then = clock.now() - timedelta(days=1)
    incident = await declared(world, kind=IncidentKind.BACKFILLED, detected_at=then)
    assert (await world.incident(incident.id)).declared_at == then


async def test_the_past_does_not_change_with_the_severity(world):
    incident = await declared(world)
    (event,) = await world.events(incident.id)
    assert event.data["obligations"]["internal_cadence_minutes"] == 15
    assert (await world.incident(incident.id)).severity_version_id == event.data["severity_version_id"]


PAST, FUTURE = -timedelta(hours=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"public_title": "x" * 201}, "public_title"),
        ({"detected_at": FUTURE}, "detected_at"),
        ({"impact_started_at": FUTURE}, "impact_started_at"),
        ({"declared_at": PAST}, "declared_at"),
        ({"declared_at": PAST, "kind": IncidentKind.DRILL}, "declared_at"),
        ({"declared_at": FUTURE, "kind": IncidentKind.BACKFILLED}, "declared_at"),
        ({"declared_at": 2 * PAST, "detected_at": PAST, "kind": IncidentKind.BACKFILLED}, "detected_at"),
        ({"labels": {"": "x"}}, "labels."),
    ],
)
async def test_bad_declarations_are_refused_by_field(world, clock, fields, field):
    moments = {key: clock.now() + value for key, value in fields.items() if isinstance(value, timedelta)}
    with refused(ErrorCode.INVALID_INPUT, field):
        await declared(world, **{**fields, **moments})
    assert await world.events() == []


async def test_unknown_severities_roles_and_people_are_not_found(world):
    with refused(ErrorCode.NOT_FOUND, "severity"):
        await declared(world, severity="SEV9")
    with refused(ErrorCode.NOT_FOUND, "severity"):
        await declared(world, severity="\x00")
    with refused(ErrorCode.NOT_FOUND, "roles.0.role"):
        await declared(world, roles=[given("king", world.id_of("ben"))])
    with refused(ErrorCode.NOT_FOUND, "roles.1.user"):
        await declared(world, roles=[given("scribe", world.id_of("ben")), given("commander", ids.encode("User", 999))])
    with refused(ErrorCode.INVALID_INPUT, "roles.1.role", "twice"):
        await declared(world, roles=[given("scribe", world.id_of("ben")), given("scribe", world.id_of("chi"))])
    assert await world.events() == []


async def test_what_was_reported_is_declared_as_real_only(world):
    incident = await reported(world)
    for kind in (IncidentKind.DRILL, IncidentKind.BACKFILLED):
        with refused(ErrorCode.INVALID_INPUT, "kind"):
            await world.do(declare_incident, world.ben, incident=incident.reference, severity="SEV1", kind=kind)


async def test_it_was_not_detected_after_it_was_acknowledged(world, clock):
    incident = await incident_in(world, Stage.TRIAGE)
    clock.advance(minutes=10)
    late = clock.now() - timedelta(minutes=1)
    with refused(ErrorCode.INVALID_INPUT, "detected_at", "acknowledged"):
        await world.do(declare_incident, world.ben, incident=incident.reference, severity="SEV1", detected_at=late)
    early = incident.acknowledged_at - timedelta(minutes=1)
    await world.do(declare_incident, world.ben, incident=incident.reference, severity="SEV1", detected_at=early)
    assert (await world.incident(incident.id)).detected_at == early


async def test_declaring_needs_the_permission_to_report(world):
    with refused(ErrorCode.FORBIDDEN):
        await declared(world, world.eve)


async def test_what_a_declaration_changes_of_a_report_is_kept_as_it_was(world, clock):
    noticed = clock.now() - timedelta(minutes=20)
    incident = await reported(world, title="Slow?", summary="slow", labels={"a": "1"}, detected_at=noticed)
    earlier = noticed - timedelta(minutes=5)
    await world.do(
        declare_incident,
        world.ben,
        incident=incident.reference,
        severity="SEV2",
        title="Checkout is slow",
        labels={"b": "2"},
        detected_at=earlier,
    )
    _, edited, corrected, begun = await world.events(incident.id)
    assert (edited.kind, edited.data) == (
        "incident.edited",
        {
            "before": {"title": "Slow?", "labels": {"a": "1"}},
            "after": {"title": "Checkout is slow", "labels": {"a": "1", "b": "2"}},
        },
    )
    assert (corrected.kind, corrected.data) == (
        "incident.timestamp_corrected",
        {"timestamp": "DETECTED", "before": noticed.isoformat(), "after": earlier.isoformat()},
    )
    assert await world.text_of(corrected.id) == "Given when the incident was declared."
    assert begun.kind == "incident.declared"


async def test_a_declaration_keeps_to_what_an_incident_can_hold(world):
    incident = await reported(world, labels={f"a{n}": "1" for n in range(check.MAX_LABELS)})
    with refused(ErrorCode.INVALID_INPUT, "labels"):
        await world.do(
            declare_incident, world.ben, incident=incident.reference, severity="SEV2", labels={"one more": "1"}
        )
