"""Action items are due by policy; people are reminded once each, and a manager is told in the end."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

import actions.items.sweep
from actions.action_items import add_action_item, change_action_item
from actions.catalogue.severities import Demands, save_severity
from actions.catalogue.teams import save_team
from actions.find import find_severity
from actions.items.sweep import sweep_action_items
from actions.visibility_changes import change_visibility
from core import ids
from models.person import User
from models.postmortem import ActionItem
from models.words import ActionItemState, DeliveryState, IncidentKind, PagingScope, Visibility
from tests.jobs.inline import deliveries, jobs_with, run_jobs
from tests.jobs.postbox import postbox
from tests.telling import make_incident


async def add(world, **given):
    return await world.do(add_action_item, world.dov, **{"title": "Limit the pool", "owner": "payments", **given})


async def change(world, item, **given):
    return await world.do(change_action_item, world.dov, action_item=ids.encode("ActionItem", item.id), **given)


async def manage(world, person):
    team = ids.encode("Team", world.teams["payments"].id)
    return await world.do(save_team, world.ada, id=team, manager=person and world.id_of(person))


async def days(world, tmp_path, count):
    """Let days pass, one sweep after each; the mails of each day as (day, addressee, template)."""
    seen = []
    before = len(await deliveries(world.database))
    with jobs_with(world.database, tmp_path):
        for _ in range(count):
            world.clock.advance(days=1)
            while await sweep_action_items(world.database):
                pass
            assert await run_jobs(world.database) == []
            rows = await deliveries(world.database)
            today = world.clock.moment.date().isoformat()
            seen += [(today, row.to.partition("@")[0], row.template) for row in rows[before:]]
            before = len(rows)
    return seen


async def kinds(world):
    reminders = await world.events(None, "action_item.reminded", "action_item.escalated")
    return [event.data.get("reminder", "ESCALATED") for event in reminders]


async def test_the_severity_says_by_when_and_a_later_edit_moves_nothing(world):
    await world.do(make_incident, 7, severity="SEV1")
    first = await add(world, incident="INC-7")
    assert (first.assign_by, first.due_on) == (first.created_at + timedelta(days=3), date(2026, 12, 24))
    assert first.escalate_days == 7
    given = [await add(world, incident="INC-7", due_on=day) for day in (date(2026, 12, 1), None)]
    assert [item.due_on for item in given] == [date(2026, 12, 1), None]
    assert (await add(world)).due_on is None
    sev1 = await world.do(find_severity, "SEV1")
    stricter = Demands(
        pages=PagingScope.ALL_HANDS, required_roles=[], postmortem_required=True, action_item_due_days=10
    )
    await world.do(save_severity, world.ada, id=ids.encode("Severity", sev1.severity_id), obligations=stricter)
    await world.do(make_incident, 8, severity="SEV1")
    assert (await add(world, incident="INC-7")).due_on == date(2026, 12, 24)
    later = await add(world, incident="INC-8")
    assert (later.due_on, later.assign_by, later.escalate_days) == (date(2026, 12, 4), None, None)
    added = (await world.events(7, "action_item.added"))[0].data
    assert (added["due_on"], added["escalate_days"]) == ("2026-12-24", 7)


async def test_what_is_forgotten_is_told_once_each_and_then_the_manager(world, tmp_path):
    await world.do(make_incident, 7, severity="SEV1", kind=IncidentKind.BACKFILLED)
    await manage(world, "ada")
    await add(world, incident="INC-7")
    assert await days(world, tmp_path, 60) == [
        ("2026-11-27", "ben", "item_due"),
        ("2026-11-27", "chi", "item_due"),  # nobody's: the whole team is told
        ("2026-12-23", "ben", "item_due"),
        ("2026-12-23", "chi", "item_due"),
        ("2026-12-25", "ben", "item_due"),
        ("2026-12-25", "chi", "item_due"),
        ("2027-01-01", "ada", "item_escalated"),
    ]
    assert await kinds(world) == ["UNASSIGNED", "SOON", "OVERDUE", "ESCALATED"]
    (told,) = await world.events(7, "action_item.escalated")
    assert told.data["manager_user_id"] == world.users["ada"].id
    assert told.number is not None


async def test_who_has_it_is_reminded_and_another_day_begins_anew(world, tmp_path):
    item = await add(world, due_on=date(2026, 11, 26), assignee=world.id_of("eve"))
    assert await days(world, tmp_path, 4) == [("2026-11-25", "eve", "item_due"), ("2026-11-27", "eve", "item_due")]
    await change(world, item, due_on=date(2026, 12, 10))
    assert await days(world, tmp_path, 30) == [
        ("2026-12-09", "eve", "item_due"),
        ("2026-12-11", "eve", "item_due"),
        ("2026-12-18", "ben", "item_escalated"),  # nobody manages the team: its people are told
        ("2026-12-18", "chi", "item_escalated"),
    ]
    await change(world, item, state=ActionItemState.DONE)
    assert await days(world, tmp_path, 30) == []
    reopened = await change(world, item, state=ActionItemState.OPEN)
    assert reopened.remind_at is None


async def test_after_a_standstill_the_latest_is_told_and_not_all(world, tmp_path):
    await world.do(make_incident, 7, severity="SEV1")
    await add(world, incident="INC-7")
    world.clock.advance(days=100)
    assert {template for _, _, template in await days(world, tmp_path, 1)} == {"item_due", "item_escalated"}
    assert await kinds(world) == ["OVERDUE", "ESCALATED"]


async def test_a_worker_that_dies_between_two_leaves_the_rest_to_the_next(world, monkeypatch):
    for _ in range(3):
        await add(world, due_on=date(2026, 11, 26))
    world.clock.advance(days=3)
    real, done = actions.items.sweep.record, []

    def dying(*given, **more):
        if done:
            raise ConnectionError("gone")
        done.append(1)
        return real(*given, **more)

    monkeypatch.setattr(actions.items.sweep, "record", dying)
    with pytest.raises(ConnectionError):
        await sweep_action_items(world.database)
    monkeypatch.setattr(actions.items.sweep, "record", real)
    assert await kinds(world) == ["OVERDUE"]
    assert await sweep_action_items(world.database) == 2
    assert await sweep_action_items(world.database) == 0
    events = await world.events(None, "action_item.reminded")
    assert sorted(event.data["action_item_id"] for event in events) == [1, 2, 3]


async def test_nobody_is_told_of_what_they_may_not_see_or_of_what_is_done(world, tmp_path):
    await world.do(make_incident, 7)
    await manage(world, "dov")
    await add(world, incident="INC-7", due_on=date(2026, 11, 26), assignee=world.id_of("chi"))
    await world.do(
        change_visibility, world.ada, incident="INC-7", visibility=Visibility.PRIVATE, reason="Customer data"
    )
    assert {to for _, to, _ in await days(world, tmp_path, 15)} == {"ada"}  # its only member
    assert [(event.visibility, event.data.get("manager_user_id")) for event in await world.events(7)][-1] == (
        Visibility.PRIVATE,
        None,
    )
    world.clock.advance(days=11)
    other = await add(world, due_on=date(2026, 12, 21))
    world.clock.advance(days=2)
    assert await sweep_action_items(world.database) == 1
    with jobs_with(world.database, tmp_path):
        await run_jobs(world.database, "mail.notify")
        await change(world, other, state=ActionItemState.DONE)
        await run_jobs(world.database)
    held = (await deliveries(world.database))[-2:]
    assert {(row.state, row.suppressed_because) for row in held} == {
        (DeliveryState.SUPPRESSED, "The action item is finished.")
    }


async def test_the_mail_says_what_is_owed_by_whom(world, tmp_path):
    await world.do(make_incident, 7, severity="SEV2")
    await add(world, incident="INC-7", due_on=date(2026, 11, 26), assignee=world.id_of("ben"), priority=1)
    world.clock.advance(days=3)
    await sweep_action_items(world.database)
    async with postbox() as (box, port):
        with jobs_with(world.database, tmp_path, smtp_url=f"smtp://127.0.0.1:{port}"):
            assert await run_jobs(world.database) == []
    (mail,) = box.arrived
    assert mail["Subject"] == "[Our organisation] ITEM-1: Limit the pool"
    assert mail.get_body(("plain",)).get_content() == (
        "Limit the pool\n"
        "ITEM-1, from INC-7, priority 1, due 26 Nov 2026\n"
        "\n"
        "The action item “Limit the pool” of Payments is overdue: it was due on\n"
        "26 Nov 2026.\n"
        "\n"
        "Do it, give it to somebody, move its day, or say why it won’t be done.\n"
        "\n"
        "Team: Payments\n"
        "Assignee: Ben Silva\n"
        "\n"
        "Open ITEM-1: https://muster.quillhaven.example/console/learning?only=1\n"
        "\n"
        "--\n"
        "You get this because ITEM-1 is yours, or its team’s, or you are the\n"
        "nearest there is.\n"
    )
    assert "Assignee: Ben Silva" in mail.get_body(("html",)).get_content()


async def test_a_manager_must_be_there_and_one_who_left_is_told_nothing(world, tmp_path):
    team = await manage(world, "dov")
    assert team.manager_id == world.users["dov"].id
    (saved,) = await world.events(None, "setting.saved")
    assert saved.data["changed"] == {"manager_id": {"from": None, "to": world.users["dov"].id}}
    await add(world, due_on=date(2026, 11, 26))
    async with world.database.unit_of_work() as session:
        (await session.get_one(User, world.users["dov"].id)).archived_at = world.clock.now()
    with pytest.raises(Exception, match="archived"):
        await manage(world, "dov")
    told = await days(world, tmp_path, 12)
    assert [line for line in told if line[2] == "item_escalated"] == [
        ("2026-12-04", "ben", "item_escalated"),
        ("2026-12-04", "chi", "item_escalated"),
    ]
    assert (await manage(world, None)).manager_id is None
    async with world.database.reading() as reader:
        (row,) = await reader.rows(ActionItem, select(ActionItem))
    assert row.escalated_at is not None
