"""What people did: promises, pages, roles, action items and stages, each worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.endings import reopen_incident
from actions.metrics.cells import cells
from actions.metrics.question import read_question
from actions.notices import notify_of
from actions.reminders import sweep_due
from actions.reports import acknowledge_incident
from actions.roles import assign_role, relinquish_role
from actions.stages import change_stage
from actions.updates import publish_update
from core import ids
from models.organisation import Organisation
from models.words import ActionItemState, Audience, Stage
from tests.actions.lifecycle import declared, given, reported

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""A Tuesday, when the tests' clock begins."""
DAY = ("2026-11-24", "2026-11-24")


@pytest.fixture
def at(world, clock):
    """Carry out an action so many minutes after the start."""

    async def at(minutes, action, *args, **fields):
        clock.moment = START + timedelta(minutes=minutes, microseconds=-1)
        return await world.do(action, *args, **fields)

    return at


async def test_promises_of_updates(asking, world, clock, at):
    """SEV1 promises colleagues an update each 15 minutes, and customers one too, which never comes."""
    one = (await declared(world)).reference
    say = {"incident": one, "audience": Audience.INTERNAL, "body": "We look."}
    for minute in (10, 24, 50, 60, 70):  # due at 15, 25, 39 (late), 65 and 75
        await at(minute, publish_update, world.ben, **say)
    assert (await asking("promises_kept", *DAY))["total"] | {"incidents": 0} == {
        "count": 5,
        "tooFew": False,
        "sum": None,
        "mean": 0.8,
        "median": None,
        "p90": None,
        "p95": None,
        "incidents": 0,
    }
    clock.moment = START + timedelta(minutes=170)
    await sweep_due(world.database)  # what was due at 85 did not come; nor did any to customers
    answer = await asking("promises_kept", *DAY)
    assert (answer["total"]["count"], answer["total"]["mean"]) == (7, round(4 / 7, 6))
    await at(180, publish_update, world.ben, **say)  # late, and no second one for that
    answer = await asking("promises_kept", *DAY)
    assert (answer["total"]["count"], answer["total"]["mean"]) == (7, round(4 / 7, 6))


async def test_roles_that_a_severity_demands(asking, world, at):
    """SEV1 demands a commander, a technical lead, a communications lead and a scribe."""
    both = [given("commander", world.id_of("ben"))]
    first, second = [(await declared(world, roles=both)).reference for _ in range(2)]
    ben = world.id_of("ben")
    for minutes, ref, role in (
        *((4, first, "technical_lead"), (10, first, "communications_lead")),
        *((16, second, "technical_lead"), (20, second, "scribe")),
    ):
        await at(minutes, assign_role, world.ben, incident=ref, role=role, user=ben)
    await at(30, relinquish_role, world.ben, incident=first, role="technical_lead")
    await at(50, assign_role, world.ben, incident=first, role="technical_lead", user=ben)  # the first time counts
    answer = await asking("time_to_fill_roles", *DAY)
    # Nobody was the first one's scribe, nor spoke for the second.
    assert answer["leftOut"] == [{"reason": "NO_END", "count": 2}]
    # 0, 0, 4, 10, 16 and 20 minutes.
    assert answer["total"]["count"] == 6
    assert answer["total"]["median"] == pytest.approx(7 * 60, abs=0.01)
    assert answer["total"]["mean"] == pytest.approx(500, abs=0.01)


async def test_pages_by_day_at_night_and_at_weekends(asking, world, clock):
    """All hands are called, but for whoever declared: four people each time, in New York from here on."""
    async with world.database.unit_of_work() as session:
        (await session.get_one(Organisation, 1)).time_zone = "America/New_York"
    noon, night = datetime(2026, 11, 27, 17, 0, tzinfo=UTC), datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
    saturday = datetime(2026, 11, 28, 5, 30, tzinfo=UTC)
    for moment in (noon, night, saturday):  # Friday 12:00, Friday 23:30, Saturday 00:30
        clock.moment = moment
        incident = await declared(world)
        (event,) = await world.events(incident.id, "incident.declared")
        await world.do(notify_of, event.id)
    clock.moment = saturday + timedelta(minutes=1)
    drill = await declared(world, kind="DRILL")
    (event,) = await world.events(drill.id, "incident.declared")
    await world.do(notify_of, event.id)

    async def told(metric):
        answer = await asking(metric, "2026-11-23", "2026-11-29")
        return answer["total"]["count"], answer["total"]["sum"], len(answer["total"]["incidents"]["nodes"])

    assert await told("pages_per_person") == (4, 12, 3)
    assert await told("pages_at_night") == (4, 8, 2)
    assert await told("pages_at_weekends") == (4, 4, 1)


async def test_action_items_done_in_time(asking, world, clock):
    async def item(due_on, incident=None, done=None, by="ben", state=ActionItemState.DONE):
        fields = {"title": "Mend", "owner": "payments", "due_on": due_on, "incident": incident}
        made = ids.encode("ActionItem", (await world.do(add_action_item, getattr(world, by), **fields)).id)
        return made, state, done, getattr(world, by)

    mine = (await declared(world)).reference
    hidden = (await declared(world, world.ada, visibility="PRIVATE")).reference
    drill = (await declared(world, kind="DRILL")).reference
    due = date(2026, 11, 26)
    items = [
        *[await item(due, mine, done=day) for day in (25, 26, 27)],  # in time, on the day, late
        *[await item(due, done=25), await item(due), await item(due, mine, 25, state=ActionItemState.WONT_DO)],
        *[await item(due, hidden, done=25, by="ada"), await item(due, drill, done=25)],
        await item(date(2026, 12, 9)),  # not due yet
    ]
    for day in (25, 26, 27):
        clock.moment = datetime(2026, 11, day, 23, 30, tzinfo=UTC)
        for made, state, done, actor in items:
            if done == day:
                await world.do(change_action_item, actor, action_item=made, state=state, reason="so")
    days = ("2026-11-24", "2026-12-31")
    # In time, on the day, late; one of no incident in time, and one that is not done.
    total = (await asking("action_items_in_time", *days))["total"]
    assert (total["count"], total["mean"]) == (5, 3 / 5)
    assert (await asking("action_items_in_time", *days, by="ada"))["total"]["mean"] == round(4 / 6, 6)
    assert len(total["incidents"]["nodes"]) == 1


async def test_stages_of_an_incident_that_was_reopened_three_times(asking, world, at):
    ref = (await reported(world)).reference
    await at(2, acknowledge_incident, world.ben, incident=ref)
    await at(5, declare_incident, world.ben, incident=ref, severity="SEV2", impact_started_at=START)
    clock_of_stages = [(15, Stage.MITIGATION), (18, Stage.RESPONSE), (20, Stage.RESOLUTION), (26, None)]
    clock_of_stages += [(36, Stage.RESOLUTION), (40, Stage.CLOSED), (50, None), (51, Stage.MITIGATION)]
    clock_of_stages += [(60, Stage.RESOLUTION), (61, Stage.POSTMORTEM), (70, None), (100, Stage.RESOLUTION)]
    for minutes, stage in clock_of_stages:
        if stage is None:
            await at(minutes, reopen_incident, world.ben, incident=ref, reason="again")
        else:
            await at(minutes, change_stage, world.ben, incident=ref, stage=stage)
    for _ in range(4):
        await declared(world)

    async def one(metric):
        answer = await asking(metric, *DAY)
        return answer["total"]["count"], {each["reason"]: each["count"] for each in answer["leftOut"]}

    assert await one("time_in_detection") == (1, {})
    assert await one("time_in_response") == (1, {"NO_END": 4})
    assert await one("time_in_resolution") == (0, {"NO_END": 1})  # it is there again
    assert await one("reopen_rate") == (1, {"NO_END": 4})

    async def value(metric):
        async with world.database.reading() as reader:
            asked = {"metric": metric, "first_day": START.date(), "last_day": START.date(), "time_zone": "UTC"}
            cell = cells(await read_question(reader, world.ben, **asked), grouped=False)
            found = await reader.execute(select(cell.c.value))
        return round(found[0].value / 60, 3)

    assert await value("time_in_detection") == 2
    assert await value("time_in_triage") == 3
    assert await value("time_in_response") == (15 - 5) + (20 - 18) + (36 - 26) + (51 - 50) + (100 - 70)
    assert await value("time_in_mitigation") == (18 - 15) + (60 - 51)
    assert await value("time_in_postmortem") == 70 - 61
    assert await value("mttr") == 100
