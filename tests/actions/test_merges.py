"""Merging incidents."""

import asyncio
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from actions.merges import merge_incident
from actions.tasks import add_task
from actions.updates import publish_update
from core import ids
from core.errors import DomainError, ErrorCode
from models.alert import Alert, AlertGroup
from models.incident import IncidentService
from models.service import Component
from models.task import Task
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Stage, Visibility
from tests.actions.alerting import Monitor, firing, rule
from tests.actions.lifecycle import (
    can_see,
    declared,
    incident_in,
    kinds,
    last_event,
    members,
    refused,
    reported,
)


async def merge(world, source, target, actor=None, **fields):
    return await world.do(
        merge_incident, actor or world.ben, incident=source.reference, into=target.reference, **fields
    )


async def of(world, column, condition=True):
    async with world.database.reading() as reader:
        return [row[0] for row in await reader.execute(select(column).where(condition).order_by(column))]


async def test_what_belongs_to_an_incident_goes_with_it(world):
    source = await reported(world, world.chi, services=["search-api"], labels={"a": "1"})
    target = await declared(world, services=["checkout-api"], labels={"b": "2"})
    await world.do(add_task, world.chi, incident=source.reference, title="Look at the logs")
    result = await merge(world, source, target, reason="the same deploy")
    assert result.id == source.id
    row = await world.incident(source.id)
    assert (row.stage, row.merged_into_id, row.version) == (Stage.MERGED, target.id, 2)
    assert (row.labels, (await world.incident(target.id)).labels) == ({"a": "1"}, {"b": "2"})
    assert await of(world, Task.incident_id) == [target.id]
    services = await of(world, IncidentService.service_id, IncidentService.incident_id == target.id)
    assert services == sorted(service.id for service in world.services.values())
    assert await members(world, target) == ["ben", "chi"]
    merged, absorbed = await last_event(world, source), await last_event(world, target)
    assert (merged.kind, merged.data) == (
        "incident.merged",
        {"from_stage": "DETECTION", "into_incident_id": target.id},
    )
    assert (absorbed.kind, absorbed.data) == (
        "incident.absorbed",
        {"merged_incident_id": source.id, "alerts": 0, "tasks": 1},
    )


@pytest.fixture
async def alerted(world):
    """A group of two alerts that became an incident."""
    await rule(world)
    await (await Monitor.create(world)).sends(firing("a"), firing("b"))


@pytest.mark.usefixtures("alerted")
async def test_alerts_and_their_group_go_with_it(world):
    target = await declared(world)
    source = await world.incident((await of(world, AlertGroup.incident_id))[0])
    await merge(world, source, target)
    assert await of(world, Alert.incident_id) == [target.id, target.id]
    assert await of(world, AlertGroup.incident_id) == [target.id]
    assert (await last_event(world, target)).data["alerts"] == 2


async def test_what_was_merged_before_follows_to_the_new_target(world):
    first, second, third = await reported(world), await reported(world), await declared(world)
    await merge(world, first, second)
    await merge(world, second, third)
    assert (await world.incident(first.id)).merged_into_id == third.id
    assert await kinds(world, first) == ["incident.reported", "incident.merged", "incident.merged"]
    assert (await last_event(world, first)).data == {"from_stage": "MERGED", "into_incident_id": third.id}


async def test_itself_and_a_cycle_are_refused(world):
    one, other = await declared(world), await declared(world)
    with refused(ErrorCode.INVALID_INPUT, "into", "itself"):
        await merge(world, one, one)
    await merge(world, one, other)
    with refused(ErrorCode.CONFLICT, "into", "one already"):
        await merge(world, other, one)
    third = await declared(world)
    with refused(ErrorCode.CONFLICT, "into", f"Merge into {other.reference}"):
        await merge(world, third, one)


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.DECLINED, Stage.CANCELLED])
async def test_nothing_is_merged_into_what_has_ended(world, stage):
    source, target = await declared(world), await incident_in(world, stage)
    with refused(ErrorCode.CONFLICT, "into", stage.lower()):
        await merge(world, source, target)
    assert (await world.incident(source.id)).stage is Stage.RESPONSE


async def test_a_late_duplicate_goes_into_what_is_resolved_and_its_postmortem(world):
    target = await incident_in(world, Stage.RESOLUTION)
    before = len(await world.jobs("postmortem.assemble"))
    await merge(world, await reported(world), target)
    assert len(await world.jobs("postmortem.assemble")) == before + 1


async def test_a_drill_and_the_real_thing_stay_apart(world):
    drill, real = await declared(world, kind=IncidentKind.DRILL), await declared(world)
    for source, target in ((drill, real), (real, drill)):
        with refused(ErrorCode.CONFLICT, "into", "drill"):
            await merge(world, source, target)
    await merge(world, drill, await declared(world, kind=IncidentKind.DRILL))


async def test_a_private_one_is_not_revealed_by_merging(world):
    secret, known = await declared(world, visibility=Visibility.PRIVATE), await declared(world)
    with refused(ErrorCode.CONFLICT, "into", "reveal"):
        await merge(world, secret, known)


async def test_merged_into_a_private_one_it_becomes_private_and_shows_nobody_more(world):
    earlier, known = await reported(world, world.dov), await declared(world, world.chi)
    await merge(world, earlier, known)
    secret = await declared(world, visibility=Visibility.PRIVATE)
    await merge(world, known, secret)
    for incident in (earlier, known, secret):
        assert (await world.incident(incident.id)).private
        seeing = [name for name in world.users if await can_see(world, getattr(world, name), incident)]
        assert seeing == ["ben"]
    after = [e for e in await world.events(known.id) if e.kind in ("incident.visibility_changed", "incident.merged")]
    assert {event.visibility for event in after} == {Visibility.PRIVATE}


async def test_of_two_private_ones_the_members_unite(world):
    one = await declared(world, visibility=Visibility.PRIVATE, members=[world.id_of("chi")])
    other = await declared(world, visibility=Visibility.PRIVATE, members=[world.id_of("dov")])
    await merge(world, one, other)
    assert await members(world, other) == ["ben", "dov", "chi"]
    for actor in (world.chi, world.dov):
        assert await can_see(world, actor, one)
        assert await can_see(world, actor, other)


async def test_a_hidden_incident_is_not_found_on_either_side(world):
    secret, known = await declared(world, visibility=Visibility.PRIVATE), await declared(world)
    with refused(ErrorCode.NOT_FOUND, "into"):
        await merge(world, known, secret, world.chi)
    with refused(ErrorCode.NOT_FOUND, "incident"):
        await merge(world, secret, known, world.chi)


async def test_the_source_owes_nothing_any_more_but_the_final_word(world):
    quiet, told, target = await declared(world), await declared(world), await declared(world)
    checkout = world.components["checkout"]
    outage = SimpleNamespace(component=ids.encode("Component", checkout.id), status=ComponentStatus.MAJOR_OUTAGE)
    await world.do(
        publish_update,
        world.ben,
        incident=told.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="We are on it.",
        components=[outage],
    )
    await merge(world, quiet, target)
    row = await world.incident(quiet.id)
    assert (row.roles_due_at, row.internal_update_due_at, row.public_update_due_at) == (None, None, None)
    await merge(world, told, target)
    row = await world.incident(told.id)
    assert row.final_update_owed
    assert row.public_remind_at is not None
    async with world.database.reading() as reader:
        status = await reader.scalar(select(Component.status).where(Component.id == checkout.id))
    assert status is ComponentStatus.MAJOR_OUTAGE  # stages never publish: customers still read of an outage


async def test_what_customers_read_about_is_not_merged_into_a_private_one(world):
    told, secret = await declared(world), await declared(world, visibility=Visibility.PRIVATE)
    await world.do(
        publish_update,
        world.ben,
        incident=told.reference,
        audience=Audience.PUBLIC,
        status=PublicStatus.INVESTIGATING,
        body="We are on it.",
    )
    with refused(ErrorCode.CONFLICT, "into"):
        await merge(world, told, secret)
    assert (await world.incident(told.id)).stage is Stage.RESPONSE


async def test_merging_each_into_the_other_at_once_merges_one_way(world):
    for _ in range(5):
        one, other = await declared(world), await declared(world)
        results = await asyncio.gather(merge(world, one, other), merge(world, other, one), return_exceptions=True)
        errors = [result for result in results if isinstance(result, Exception)]
        assert [type(error) for error in errors] == [DomainError]
        assert errors[0].code is ErrorCode.CONFLICT
        stages = {(await world.incident(incident.id)).stage for incident in (one, other)}
        assert stages == {Stage.MERGED, Stage.RESPONSE}


async def test_a_ring_of_merges_at_once_ends_without_a_deadlock_or_a_chain(world):
    ring = [await declared(world) for _ in range(6)]
    pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    results = await asyncio.gather(*(merge(world, a, b) for a, b in pairs), return_exceptions=True)
    assert {type(result) for result in results if isinstance(result, Exception)} <= {DomainError}
    rows = {incident.id: await world.incident(incident.id) for incident in ring}
    heads = [row for row in rows.values() if row.stage is not Stage.MERGED]
    assert heads
    for row in rows.values():
        assert row.merged_into_id is None or rows[row.merged_into_id].stage is not Stage.MERGED


async def test_refusals(world):
    one, other = await declared(world), await declared(world)
    with refused(ErrorCode.FORBIDDEN):
        await merge(world, one, other, world.eve)
    with refused(ErrorCode.INVALID_INPUT, "reason"):
        await merge(world, one, other, reason="x" * 501)
    with refused(ErrorCode.NOT_FOUND, "into"):
        await world.do(merge_incident, world.ben, incident=one.reference, into="INC-999999")
    with refused(ErrorCode.INVALID_INPUT, "into"):
        await world.do(merge_incident, world.ben, incident=one.reference, into="other")
