"""What people do with alerts: acknowledge, resolve, link."""

import asyncio

import pytest
from sqlalchemy import select

from actions.alerts.changes import acknowledge_alert, link_alert, resolve_alert
from auth.visibility import visible_alerts
from core.errors import DomainError, ErrorCode
from models.alert import Alert
from models.incident import Incident, IncidentMember
from models.words import ActorKind, AlertState, Stage, Visibility
from tests.actions.alerting import Monitor, alerts, firing, id_of, incidents, resolved, rule


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


@pytest.fixture
async def linked(world, monitor):
    """An alert that became an incident, and a second incident of another group."""
    await rule(world)
    await monitor.sends(firing("a"))
    await monitor.sends(firing("b"), key="other")
    return (await alerts(world))[0]


async def make_private(world, key, member):
    async with world.database.unit_of_work() as session:
        (await session.get_one(Incident, key)).visibility = Visibility.PRIVATE
        session.add(IncidentMember(incident_id=key, user_id=member.user_id))


async def refusal(world, action, actor, **given):
    with pytest.raises(DomainError) as caught:
        await world.do(action, actor, **given)
    return caught.value.code, caught.value.field


async def test_an_acknowledged_alert_says_so_on_its_incidents_timeline_once(world, linked, clock):
    for person in (world.ben, world.chi):
        await world.do(acknowledge_alert, person, alert=id_of(linked))
    row = (await alerts(world))[0]
    assert row.state is AlertState.ACKNOWLEDGED
    assert row.acknowledged_at <= clock.now()
    (event,) = await world.events(linked.incident_id, "alert.acknowledged")
    assert (event.actor_kind, event.actor_id) == (ActorKind.USER, world.ben.id)
    assert event.number == 3


async def test_an_alert_without_incident_is_acknowledged_off_every_timeline(world, monitor):
    await monitor.sends(firing("a"))
    (row,) = await alerts(world)
    await world.do(acknowledge_alert, world.ben, alert=id_of(row))
    (event,) = await world.events(None, "alert.acknowledged")
    assert (event.incident_id, event.number, event.visibility) == (None, None, Visibility.ORGANISATION)


async def test_what_no_longer_fires_can_not_be_acknowledged(world, monitor):
    await monitor.sends(resolved("a"))
    (row,) = await alerts(world)
    assert await refusal(world, acknowledge_alert, world.ben, alert=id_of(row)) == (ErrorCode.CONFLICT, "alert")


async def test_an_alert_is_resolved_by_hand_once_and_its_incident_stays(world, linked):
    await world.do(acknowledge_alert, world.ben, alert=id_of(linked))
    for _ in range(2):
        await world.do(resolve_alert, world.ben, alert=id_of(linked))
    row = (await alerts(world))[0]
    assert row.state is AlertState.RESOLVED
    assert row.resolved_at is not None
    assert len(await world.events(linked.incident_id, "alert.resolved")) == 1
    assert (await world.incident(linked.incident_id)).stage is Stage.DETECTION


async def test_a_link_moves_with_a_line_on_both_timelines(world, linked):
    first, second = await incidents(world)
    row = await world.do(link_alert, world.ben, alert=id_of(linked), incident=second.reference)
    assert row.incident_id == second.id
    assert [e.data["alert_id"] for e in await world.events(first.id, "alert.unlinked")] == [linked.id]
    assert [e.data["alert_id"] for e in await world.events(second.id, "alert.linked")] == [linked.id]
    before = await world.events()
    await world.do(link_alert, world.ben, alert=id_of(linked), incident=str(second.id))
    assert await world.events() == before


async def test_an_alert_is_unlinked(world, linked):
    await world.do(link_alert, world.ben, alert=id_of(linked), incident=None)
    assert (await alerts(world))[0].incident_id is None
    assert len(await world.events(linked.incident_id, "alert.unlinked")) == 1
    before = await world.events()
    await world.do(link_alert, world.ben, alert=id_of(linked))
    assert await world.events() == before


async def test_nothing_is_linked_to_a_merged_or_unknown_incident(world, linked):
    first, second = await incidents(world)
    async with world.database.unit_of_work() as session:
        row = await session.get_one(Incident, second.id)
        row.stage, row.merged_into_id = Stage.MERGED, first.id
    link = {"alert": id_of(linked)}
    assert await refusal(world, link_alert, world.ben, **link, incident=second.reference) == (
        ErrorCode.CONFLICT,
        "incident",
    )
    assert await refusal(world, link_alert, world.ben, **link, incident="INC-999") == (ErrorCode.NOT_FOUND, "incident")
    assert await refusal(world, link_alert, world.ben, **link, incident="?") == (ErrorCode.INVALID_INPUT, "incident")
    assert (await alerts(world))[0].incident_id == first.id


@pytest.mark.parametrize("action", [acknowledge_alert, resolve_alert, link_alert])
async def test_an_alert_of_a_private_incident_is_there_for_its_members_alone(world, linked, action):
    await make_private(world, linked.incident_id, world.chi)
    for outsider in (world.ben, world.ada):
        assert await refusal(world, action, outsider, alert=id_of(linked)) == (ErrorCode.NOT_FOUND, "alert")
        async with world.database.reading() as reader:
            seen = await reader.rows(Alert, select(Alert).where(visible_alerts(outsider)))
        assert [a.fingerprint for a in seen] == ["b"]
    await world.do(action, world.chi, alert=id_of(linked))
    last = (await world.events())[-1]
    assert (last.incident_id, last.visibility) == (linked.incident_id, Visibility.PRIVATE)


async def test_nothing_is_linked_to_a_private_incident_that_one_may_not_see(world, linked):
    _, second = await incidents(world)
    await make_private(world, second.id, world.chi)
    code = await refusal(world, link_alert, world.ben, alert=id_of(linked), incident=second.reference)
    assert code == (ErrorCode.NOT_FOUND, "incident")


@pytest.mark.parametrize("action", [acknowledge_alert, resolve_alert, link_alert])
async def test_what_is_no_alert_is_refused_and_so_is_a_viewer(world, linked, action):
    assert await refusal(world, action, world.ben, alert="x") == (ErrorCode.INVALID_INPUT, "alert")
    assert await refusal(world, action, world.ben, alert=world.id_of("ben")) == (ErrorCode.INVALID_INPUT, "alert")
    linked_id = id_of(linked)
    assert await refusal(world, action, world.eve, alert=linked_id) == (ErrorCode.FORBIDDEN, None)
    unknown = await refusal(world, action, world.ben, alert=id_of(linked._replace(id=999)))
    assert unknown == (ErrorCode.NOT_FOUND, "alert")


async def test_of_many_who_acknowledge_at_once_one_is_noted(world, linked):
    await asyncio.gather(*(world.do(acknowledge_alert, world.ben, alert=id_of(linked)) for _ in range(10)))
    assert len(await world.events(linked.incident_id, "alert.acknowledged")) == 1


async def test_links_crossing_each_other_do_not_deadlock(world, linked):
    other = (await alerts(world))[1]
    first, second = await incidents(world)
    moves = [(linked, second), (other, first), (linked, first), (other, second)] * 5
    await asyncio.gather(
        *(world.do(link_alert, world.ben, alert=id_of(a), incident=target.reference) for a, target in moves)
    )
    for incident in (first, second):
        linked_now = {a.id for a in await alerts(world) if a.incident_id == incident.id}
        events = await world.events(incident.id, "alert.received", "alert.linked", "alert.unlinked")
        told = set()
        for event in events:
            (told.discard if event.kind == "alert.unlinked" else told.add)(event.data["alert_id"])
        assert told == linked_now
