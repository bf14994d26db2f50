"""Updates that are dated back: where they stand, what they leave alone, and who is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from actions.update_parts import ClaimInput
from actions.updates import publish_update, withdraw_update
from core.errors import DomainError, ErrorCode
from models.incident import Incident
from models.job import JobName
from models.service import ComponentPeriod
from models.update import UpdateComponent
from models.words import Audience, ComponentStatus, IncidentKind, PublicStatus, Stage
from tests.telling import claims_on, component_id, make_incident, status_of, tell, update_id, updates_on

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = PublicStatus
MAJOR = ComponentStatus.MAJOR_OUTAGE
MOMENTS = ("impact_started_at", "detected_at", "acknowledged_at", "declared_at", "mitigated_at", "resolved_at")
BROADCAST = JobName.BROADCAST_LIST


async def refusal(awaitable):
    with pytest.raises(DomainError) as caught:
        await awaitable
    assert caught.value.hint
    return caught.value.code, caught.value.field


async def periods(world):
    async with world.database.reading() as reader:
        rows = await reader.rows(ComponentPeriod, select(ComponentPeriod).order_by(ComponentPeriod.id))
    return [(row.component_id, row.status, row.started_at, row.ended_at) for row in rows]


def ago(world, **units):
    return world.clock.now() - timedelta(**units)


async def test_a_back_dated_update_stands_where_it_belongs_and_the_log_knows_when_it_was_written(world):
    await world.do(make_incident, 7)
    seen = ago(world, minutes=30)
    written = await tell(world, 7, published_at=seen)
    assert (written.published_at, written.backdated) == (seen, True)
    assert written.recorded_at > seen
    incident = await world.incident(7)
    assert (incident.public_since, incident.public_status) == (seen, INVESTIGATING)
    (event,) = await world.events(7, "update.published")
    assert (event.occurred_at, event.recorded_at >= written.recorded_at) == (seen, True)
    assert event.data["published_at"] == seen.isoformat()


async def test_a_text_that_is_put_in_between_does_not_change_what_is_true_now(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7, claims=[("checkout", MAJOR)])
    clock.advance(minutes=20)
    await tell(world, 7, MONITORING)
    before, owed, minutes = await world.incident(7), await claims_on(world, 7), await periods(world)
    clock.advance(minutes=20)
    middle = await tell(world, 7, IDENTIFIED, published_at=ago(world, minutes=30))
    after = await world.incident(7)
    assert after._replace(last_event_number=before.last_event_number) == before
    assert (await claims_on(world, 7), await periods(world)) == (owed, minutes)
    assert await status_of(world, "checkout") is MAJOR
    assert (middle.promised_by, middle.next_update_by) == (None, None)


async def test_components_and_promises_can_not_be_dated_back(world, clock):
    await world.do(make_incident, 7)
    moment = ago(world, minutes=30)
    assert await refusal(tell(world, 7, published_at=moment, claims=[("checkout", MAJOR)])) == (
        ErrorCode.INVALID_INPUT,
        "components",
    )
    soon = clock.now() + timedelta(hours=1)
    error = await refusal(tell(world, 7, published_at=moment, next_update_by=soon))
    assert error == (ErrorCode.INVALID_INPUT, "next_update_by")
    assert await updates_on(world, 7) == []


async def test_a_moment_has_its_limits(world, clock):
    await world.do(make_incident, 7)
    for moment in (clock.now() + timedelta(minutes=5), ago(world, days=367)):
        assert await refusal(tell(world, 7, published_at=moment)) == (ErrorCode.INVALID_INPUT, "published_at")
    async with world.database.unit_of_work() as session:
        await session.execute(update(Incident).values(impact_started_at=ago(world, hours=1)))
    assert await refusal(tell(world, 7, published_at=ago(world, hours=2))) == (ErrorCode.INVALID_INPUT, "published_at")
    assert (await tell(world, 7, published_at=ago(world, minutes=50))).backdated


async def test_within_a_minute_it_is_now(world):
    await world.do(make_incident, 7)
    moment = ago(world, seconds=30)
    written = await tell(world, 7, published_at=moment, claims=[("checkout", MAJOR)])
    assert not written.backdated
    assert written.published_at > moment


async def test_a_final_update_is_the_last_word(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7, claims=[("checkout", MAJOR)])
    clock.advance(minutes=30)
    early = ago(world, minutes=40)
    assert await refusal(tell(world, 7, RESOLVED, published_at=early)) == (ErrorCode.CONFLICT, "published_at")
    over = ago(world, minutes=10)
    await tell(world, 7, RESOLVED, published_at=over)
    incident = await world.incident(7)
    assert (incident.public_status, incident.public_update_due_at) == (RESOLVED, None)
    assert await status_of(world, "checkout") is ComponentStatus.OPERATIONAL
    *_, (_, _, _, ended), (_, status, started, _) = await periods(world)
    assert (status, started) == (ComponentStatus.OPERATIONAL, ended)
    assert started > over, "uptime counts what customers were shown"


async def test_a_back_dated_update_keeps_no_promise_and_makes_none(world, clock):
    await world.do(make_incident, 7, severity="SEV1")
    await tell(world, 7)
    due = (await world.incident(7)).public_update_due_at
    clock.advance(minutes=40)
    late = await tell(world, 7, IDENTIFIED, published_at=due - timedelta(minutes=1))
    assert late.promised_by is None
    assert (await world.incident(7)).public_update_due_at == due
    await world.do(withdraw_update, world.ben, update=update_id(late), reason="Wrong.")
    assert (await world.incident(7)).public_update_due_at == due
    final = await tell(world, 7, RESOLVED, published_at=ago(world, minutes=2))
    assert final.promised_by == due
    await world.do(withdraw_update, world.ben, update=update_id(final), reason="It is not over.")
    assert (await world.incident(7)).public_update_due_at == due


async def test_nobody_is_told_of_one_unless_that_is_asked_for(world):
    await world.do(make_incident, 7)
    await tell(world, 7, published_at=ago(world, minutes=30))
    assert (await world.jobs("mail.notify"), await world.jobs(BROADCAST)) == ([], [])
    await tell(world, 7, published_at=ago(world, minutes=20), notify=False, notify_back_dated=True)
    assert (await world.jobs("mail.notify"), await world.jobs(BROADCAST)) == ([], [])
    await tell(world, 7, published_at=ago(world, minutes=10), notify_back_dated=True)
    assert (len(await world.jobs("mail.notify")), len(await world.jobs(BROADCAST))) == (1, 1)


async def test_the_past_of_an_incident_that_has_ended_can_be_told(world, clock):
    await world.do(make_incident, 7)
    await tell(world, 7)
    clock.advance(minutes=30)
    await tell(world, 7, RESOLVED)
    async with world.database.unit_of_work() as session:
        await session.execute(update(Incident).values(stage=Stage.CLOSED))
    assert await refusal(tell(world, 7, MONITORING)) == (ErrorCode.CONFLICT, "status")
    middle = await tell(world, 7, MONITORING, published_at=ago(world, minutes=10))
    assert (await world.incident(7)).public_status is RESOLVED
    assert middle.backdated


async def test_a_backfilled_incident_is_told_from_its_beginning_on(world):
    began = ago(world, days=3)
    await world.do(make_incident, 7, kind=IncidentKind.BACKFILLED, impact_started_at=began)
    before = await world.incident(7)
    for hours, status in enumerate((INVESTIGATING, MONITORING, RESOLVED)):
        await tell(world, 7, status, published_at=began + timedelta(hours=hours), notify_back_dated=True)
    incident = await world.incident(7)
    assert (incident.public_since, incident.public_status) == (began, RESOLVED)
    assert all(getattr(incident, name) == getattr(before, name) for name in MOMENTS), "no response time changes"


async def test_internal_updates_can_be_dated_back_too(world):
    await world.do(make_incident, 7)
    moment = ago(world, minutes=30)
    said = {"incident": "INC-7", "audience": Audience.INTERNAL, "body": "It was the disk."}
    written = await world.do(publish_update, world.ben, **said, published_at=moment)
    assert written.published_at == moment
    assert (await world.incident(7)).public_since is None


async def test_clocks_that_differ_do_not_put_an_update_before_the_one_that_it_follows(world, clock):
    await world.do(make_incident, 7)
    first = await tell(world, 7)
    clock.moment -= timedelta(seconds=3)
    second = await tell(world, 7, IDENTIFIED)
    assert second.published_at >= first.published_at
    assert not second.backdated
    assert (await world.incident(7)).public_status is IDENTIFIED


async def test_what_components_are_said_to_be_follows_the_order_of_the_thread(world, clock):
    await world.do(make_incident, 7)
    await tell(world, 7, claims=[("checkout", MAJOR)])
    clock.advance(minutes=10)
    await tell(world, 7, published_at=ago(world, minutes=5))
    claim = ClaimInput(component_id(world, "checkout"), ComponentStatus.DEGRADED_PERFORMANCE)
    said = {"incident": "INC-7", "audience": Audience.PUBLIC, "status": IDENTIFIED, "body": "Better."}
    await world.do(publish_update, world.ben, **said, components=[claim])
    assert await claims_on(world, 7) == {"checkout": ComponentStatus.DEGRADED_PERFORMANCE}
    async with world.database.reading() as reader:
        assert len(await reader.rows(UpdateComponent, select(UpdateComponent))) == 2
