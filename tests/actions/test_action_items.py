"""Action items: what a team owes afterwards."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item, change_action_item
from actions.merges import merge_incident
from actions.reports import report_incident
from auth.visibility import visible_action_items
from core import ids
from core.errors import DomainError, ErrorCode
from models.incident import Incident, IncidentMember
from models.postmortem import ActionItem
from models.words import ActionItemState, Visibility
from tests.actions.alerting import Monitor, firing, rule

DUE = date(2026, 12, 1)


@pytest.fixture
async def incident(world):
    await rule(world)
    await (await Monitor.create(world)).sends(firing("a"))
    async with world.database.reading() as reader:
        return await reader.row(Incident, select(Incident))


@pytest.fixture
async def item(world, incident):
    return await world.do(
        add_action_item, world.ben, title="Alert on disk space", owner="payments", incident=incident.reference
    )


def item_id(row):
    return ids.encode("ActionItem", row.id)


async def stored(world):
    async with world.database.reading() as reader:
        return (await reader.rows(ActionItem, select(ActionItem).order_by(ActionItem.id)))[-1]


async def change(world, row, actor=None, **fields):
    return await world.do(change_action_item, actor or world.ben, action_item=item_id(row), **fields)


async def refusal(world, action, actor, **given):
    before = await world.events()
    with pytest.raises(DomainError) as caught:
        await world.do(action, actor, **given)
    assert await world.events() == before
    return caught.value.code, caught.value.field


async def make_private(world, key, member):
    async with world.database.unit_of_work() as session:
        (await session.get_one(Incident, key)).visibility = Visibility.PRIVATE
        session.add(IncidentMember(incident_id=key, user_id=member.user_id))


async def test_an_item_of_an_incident_stands_on_its_timeline(world, incident):
    await world.do(
        add_action_item,
        world.ben,
        title="  Alert on disk space ",
        owner=ids.encode("Team", world.teams["payments"].id),
        incident=incident.reference,
        assignee=world.id_of("chi"),
        priority=1,
        due_on=DUE,
    )
    row = await stored(world)
    assert (row.title, row.state, row.priority, row.due_on) == ("Alert on disk space", ActionItemState.OPEN, 1, DUE)
    assert (row.incident_id, row.owner_id) == (incident.id, world.teams["payments"].id)
    assert (row.assignee_id, row.version, row.done_at) == (world.users["chi"].id, 1, None)
    (event,) = await world.events(incident.id, "action_item.added")
    assert event.number == 3
    assert event.data == {
        "action_item_id": row.id,
        "title": "Alert on disk space",
        "owner_team_id": world.teams["payments"].id,
        "due_on": "2026-12-01",
        "escalate_days": 7,
    }


async def test_an_item_of_no_incident_is_the_organisations(world):
    await world.do(add_action_item, world.ben, title="Renew the certificates", owner="platform")
    row = await stored(world)
    assert (row.incident_id, row.assignee_id, row.priority, row.due_on) == (None, None, 3, None)
    (event,) = await world.events(None, "action_item.added")
    assert (event.incident_id, event.number, event.visibility) == (None, None, Visibility.ORGANISATION)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"title": " "}, ErrorCode.INVALID_INPUT, "title"),
        ({"title": "x" * 201}, ErrorCode.INVALID_INPUT, "title"),
        ({"owner": "nobody"}, ErrorCode.NOT_FOUND, "owner"),
        ({"assignee": "x"}, ErrorCode.INVALID_INPUT, "assignee"),
        ({"assignee": ids.encode("User", 999)}, ErrorCode.NOT_FOUND, "assignee"),
        ({"priority": 0}, ErrorCode.INVALID_INPUT, "priority"),
        ({"priority": 6}, ErrorCode.INVALID_INPUT, "priority"),
        ({"due_on": date(2026, 11, 22)}, ErrorCode.INVALID_INPUT, "due_on"),
        ({"due_on": date(9999, 12, 31)}, ErrorCode.INVALID_INPUT, "due_on"),
    ],
)
async def test_what_can_not_be_kept_is_refused_when_adding_and_when_changing(world, item, given, code, field):
    new = {"title": "x", "owner": "payments", **given}
    assert await refusal(world, add_action_item, world.ben, **new) == (code, field)
    assert await refusal(world, change_action_item, world.ben, action_item=item_id(item), **given) == (code, field)
    assert (await stored(world)).version == 1


async def test_an_archived_team_or_person_gets_nothing_new(world, clock):
    async with world.database.unit_of_work() as session:
        (await session.merge(world.teams["platform"])).archived_at = clock.now()
        (await session.merge(world.users["chi"])).archived_at = clock.now()
    add = {"title": "x", "owner": "payments"}
    archived = {**add, "owner": "platform"}
    assert await refusal(world, add_action_item, world.ben, **archived) == (ErrorCode.INVALID_INPUT, "owner")
    given = {**add, "assignee": world.id_of("chi")}
    assert await refusal(world, add_action_item, world.ben, **given) == (ErrorCode.INVALID_INPUT, "assignee")


async def test_a_merged_or_unknown_incident_takes_no_items(world, incident):
    add = {"title": "x", "owner": "payments"}
    assert await refusal(world, add_action_item, world.ben, **add, incident="INC-999") == (
        ErrorCode.NOT_FOUND,
        "incident",
    )
    target = await world.do(report_incident, world.ben, title="Disks fill up")
    await world.do(merge_incident, world.ben, incident=incident.reference, into=target.reference)
    merged = {**add, "incident": incident.reference}
    assert await refusal(world, add_action_item, world.ben, **merged) == (ErrorCode.CONFLICT, "incident")


async def test_a_change_keeps_what_was(world, item, incident):
    row = await change(
        world, item, title="Watch the disks", owner="platform", assignee=world.id_of("chi"), priority=2, due_on=DUE
    )
    assert (row.title, row.version) == ("Watch the disks", 2)
    (event,) = await world.events(incident.id, "action_item.changed")
    assert event.data["before"] == {
        "title": "Alert on disk space",
        "owner_id": world.teams["payments"].id,
        "assignee_id": None,
        "priority": 3,
        "due_on": None,
    }
    assert event.data["after"] == {
        "title": "Watch the disks",
        "owner_id": world.teams["platform"].id,
        "assignee_id": world.users["chi"].id,
        "priority": 2,
        "due_on": "2026-12-01",
    }


async def test_null_clears_and_absent_stays(world, item):
    await change(world, item, assignee=world.id_of("chi"), due_on=DUE)
    await change(world, item, priority=4)
    row = await stored(world)
    assert (row.assignee_id, row.due_on) == (world.users["chi"].id, DUE)
    await change(world, item, assignee=None, due_on=None)
    row = await stored(world)
    assert (row.assignee_id, row.due_on, row.priority, row.version) == (None, None, 4, 4)


@pytest.mark.parametrize("field", ["title", "owner", "state", "priority"])
async def test_what_an_item_can_not_lack_is_not_cleared(world, item, field):
    given = {"action_item": item_id(item), field: None}
    assert await refusal(world, change_action_item, world.ben, **given) == (ErrorCode.INVALID_INPUT, field)


async def test_a_change_that_changes_nothing_writes_nothing(world, item):
    before = await world.events()
    await change(world, item, title=item.title, priority=3, state=ActionItemState.OPEN, reason="just so")
    assert await world.events() == before
    assert (await stored(world)).version == 1


async def test_done_has_a_moment_and_undone_has_none(world, item, clock):
    await change(world, item, state=ActionItemState.DONE)
    assert (await stored(world)).done_at <= clock.now()
    await change(world, item, state=ActionItemState.IN_PROGRESS)
    assert (await stored(world)).done_at is None


async def test_leaving_it_undone_needs_a_reason(world, item, incident):
    wont = {"action_item": item_id(item), "state": ActionItemState.WONT_DO}
    assert await refusal(world, change_action_item, world.ben, **wont) == (ErrorCode.INVALID_INPUT, "reason")
    blank = {**wont, "reason": " "}
    assert await refusal(world, change_action_item, world.ben, **blank) == (ErrorCode.INVALID_INPUT, "reason")
    await change(world, item, state=ActionItemState.WONT_DO, reason="The service goes away.")
    row = await stored(world)
    assert (row.state, row.done_at) == (ActionItemState.WONT_DO, None)
    (event,) = await world.events(incident.id, "action_item.changed")
    assert await world.text_of(event.id) == "The service goes away."


async def test_an_overdue_date_that_stays_does_not_stand_in_the_way(world, item, clock):
    await change(world, item, due_on=DUE)
    clock.advance(days=30)
    await change(world, item, due_on=DUE, priority=1)
    assert (await stored(world)).priority == 1


async def test_an_older_version_is_refused_and_told_the_present_one(world, item):
    await change(world, item, priority=2, expected_version=1)
    with pytest.raises(DomainError, match="version 2") as caught:
        await change(world, item, priority=4, expected_version=1)
    assert (caught.value.code, caught.value.field) == (ErrorCode.VERSION_CONFLICT, "expected_version")


async def test_of_many_changes_of_one_version_one_wins(world, item):
    changes = (change(world, item, title=f"No. {i}", expected_version=1) for i in range(10))
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(r, ActionItem) for r in results) == 1
    assert {r.code for r in results if isinstance(r, DomainError)} == {ErrorCode.VERSION_CONFLICT}
    assert (await stored(world)).version == 2


async def test_an_item_of_a_private_incident_is_there_for_its_members_alone(world, item, incident):
    await make_private(world, incident.id, world.chi)
    for outsider in (world.ben, world.ada):
        given = {"action_item": item_id(item), "priority": 1}
        assert await refusal(world, change_action_item, outsider, **given) == (ErrorCode.NOT_FOUND, "action_item")
        async with world.database.reading() as reader:
            assert await reader.rows(ActionItem, select(ActionItem).where(visible_action_items(outsider))) == []
        new = {"title": "x", "owner": "payments", "incident": incident.reference}
        assert await refusal(world, add_action_item, outsider, **new) == (ErrorCode.NOT_FOUND, "incident")
    await change(world, item, world.chi, due_on=DUE + timedelta(days=1))
    (event,) = await world.events(incident.id, "action_item.changed")
    assert event.visibility is Visibility.PRIVATE


async def test_viewers_keep_no_action_items(world, item):
    given = {"action_item": item_id(item), "priority": 1}
    assert await refusal(world, change_action_item, world.eve, **given) == (ErrorCode.FORBIDDEN, None)
    new = {"title": "x", "owner": "payments"}
    assert await refusal(world, add_action_item, world.eve, **new) == (ErrorCode.FORBIDDEN, None)
    unknown = {"action_item": ids.encode("ActionItem", 999)}
    assert await refusal(world, change_action_item, world.ben, **unknown) == (ErrorCode.NOT_FOUND, "action_item")
