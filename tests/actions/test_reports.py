"""Reporting and acknowledging."""

from datetime import timedelta
from itertools import pairwise

import pytest

from actions.opening import SKIPS
from actions.reports import acknowledge_incident, report_incident
from auth.actor import Actor, integration
from core import ids
from core.errors import ErrorCode
from models.access import ServiceAccount
from models.words import AccessRole, ActorKind, IncidentKind, Stage, Visibility
from tests.actions.lifecycle import can_see, kinds, members, refused, reported


async def test_a_report_begins_an_incident_in_detection(world, clock):
    noticed = clock.now() - timedelta(minutes=7)
    incident = await reported(
        world,
        world.chi,
        title="  Checkout is slow ",
        summary="Baskets take 20 s",
        services=["checkout-api", "checkout-api"],
        labels={"region": "eu-1"},
        detected_at=noticed,
    )
    row = await world.incident(incident.id)
    assert (row.stage, row.kind, row.visibility) == (Stage.DETECTION, IncidentKind.REAL, Visibility.ORGANISATION)
    assert (row.title, row.summary, row.labels) == ("Checkout is slow", "Baskets take 20 s", {"region": "eu-1"})
    assert (row.detected_at, row.acknowledged_at, row.declared_at) == (noticed, None, None)
    assert (row.version, row.severity_version_id, row.reported_by_id) == (1, None, world.chi.id)
    (event,) = await world.events(incident.id)
    assert (event.kind, event.number, event.actor_id) == ("incident.reported", 1, world.chi.id)
    assert event.data == {"title": "Checkout is slow", "service_ids": [world.services["checkout-api"].id]}
    assert await members(world, incident) == ["chi"]


async def test_numbers_rise_with_random_gaps(world):
    numbers = [(await reported(world)).number for _ in range(30)]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    assert steps <= {skip + 1 for skip in SKIPS}
    assert len(steps) > 1  # all 29 alike: less than once in 3 million runs


async def test_a_private_report_is_seen_by_its_reporter_and_members_only(world):
    incident = await reported(
        world, world.ben, visibility=Visibility.PRIVATE, members=[world.id_of("chi"), world.id_of("ben")]
    )
    assert await members(world, incident) == ["ben", "chi"]
    assert await kinds(world, incident) == ["incident.reported", "member.added"]
    assert {event.visibility for event in await world.events(incident.id)} == {Visibility.PRIVATE}
    seeing = {name: await can_see(world, getattr(world, name), incident) for name in world.users}
    assert seeing == {"ada": False, "ben": True, "chi": True, "dov": False, "eve": False}


async def test_a_script_that_reports_is_a_member_and_an_alert_source_is_not(world):
    async with world.database.unit_of_work() as session:
        account = ServiceAccount(name="deploy-bot", access_role="RESPONDER", created_at=world.clock.now())
        session.add(account)
    bot = Actor(ActorKind.SERVICE_ACCOUNT, account.id, "deploy-bot", AccessRole.RESPONDER)
    own = await reported(world, bot, visibility=Visibility.PRIVATE)
    assert await can_see(world, bot, own)
    assert not await can_see(world, world.ada, own)
    alerted = await reported(world, integration(1, "Alertmanager"))
    assert await members(world, alerted) == []


async def test_acknowledging_begins_triage(world):
    incident = await reported(world)
    await world.do(acknowledge_incident, world.chi, incident=incident.reference)
    row = await world.incident(incident.id)
    assert row.stage is Stage.TRIAGE
    assert row.acknowledged_at > row.detected_at
    assert await kinds(world, incident) == ["incident.reported", "incident.acknowledged"]


async def test_a_report_from_a_clock_that_is_a_little_ahead_counts_as_now(world, clock):
    incident = await reported(world, detected_at=clock.now() + timedelta(seconds=30))
    await world.do(acknowledge_incident, world.ben, incident=incident.reference)
    row = await world.incident(incident.id)
    assert row.detected_at <= row.acknowledged_at


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " \u200b\n"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"summary": ""}, "summary"),
        ({"summary": "x" * 20_001}, "summary"),
        ({"labels": {"region": 1}}, "labels.region"),
        ({"services": ["checkout-api"] * 101}, "services"),
        ({"members": ["x"]}, "members.0"),
    ],
)
async def test_bad_reports_are_refused_by_field(world, fields, field):
    with refused(ErrorCode.INVALID_INPUT, field):
        await reported(world, **fields)
    assert await world.events() == []


@pytest.mark.parametrize("reference", ["billing", "\x00", "\ud800", ids.encode("Service", 999)])
async def test_unknown_services_are_not_found(world, reference):
    with refused(ErrorCode.NOT_FOUND, "services.1"):
        await reported(world, services=["search-api", reference])


async def test_the_future_and_archived_people_are_refused(world, clock):
    with refused(ErrorCode.INVALID_INPUT, "detected_at", "future"):
        await reported(world, detected_at=clock.now() + timedelta(hours=1))
    async with world.database.unit_of_work() as session:
        gone = await session.merge(world.users["chi"])
        gone.archived_at = clock.now()
    with refused(ErrorCode.INVALID_INPUT, "members.0", "Chi Tran is archived"):
        await reported(world, members=[world.id_of("chi")])


async def test_a_viewer_reports_and_acknowledges_nothing(world):
    incident = await reported(world)
    with refused(ErrorCode.FORBIDDEN):
        await world.do(report_incident, world.eve, title="Help")
    with refused(ErrorCode.FORBIDDEN):
        await world.do(acknowledge_incident, world.eve, incident=incident.reference)


@pytest.mark.parametrize("reference", ["INC-999999", "999999", "inc-999999", ids.encode("Incident", 999_999)])
async def test_an_incident_that_is_not_there_is_not_found(world, reference):
    with refused(ErrorCode.NOT_FOUND, "incident"):
        await world.do(acknowledge_incident, world.ben, incident=reference)


async def test_an_incident_answers_to_reference_number_and_id(world):
    for style in ("INC-{}", "inc-{}", "{}", " {} "):
        incident = await reported(world)
        await world.do(acknowledge_incident, world.ben, incident=style.format(incident.id))
    incident = await reported(world)
    await world.do(acknowledge_incident, world.ben, incident=ids.encode("Incident", incident.id))
