"""What begins by the clock: schedules and silence."""

from sqlalchemy import update

from actions.endings import cancel_incident
from actions.entries import add_entry
from actions.workflows.saving import save_workflow
from core import ids
from models.words import EntryKind
from models.workflow import WorkflowVersion
from tests.workflows.conftest import note


async def test_a_schedule_begins_it_on_each_open_incident_once_each_time(works):
    await works.save(note("x"), trigger={"schedule": {"rule": "FREQ=DAILY;BYHOUR=9;BYMINUTE=0"}})
    first, second = await works.declare(), await works.declare()
    await works.world.do(cancel_incident, works.world.ben, incident=second.reference, reason="No.")
    await works.pass_time(hours=5)
    assert await works.lines(first) == []
    await works.pass_time(hours=2)
    await works.pass_time(minutes=1)
    assert [await works.lines(each) for each in (first, second)] == [["x"], []]
    await works.pass_time(days=1)
    assert await works.lines(first) == ["x", "x"]


async def test_times_that_were_slept_through_come_once(works):
    await works.save(note("x"), trigger={"schedule": {"rule": "FREQ=DAILY;BYHOUR=9"}})
    incident = await works.declare()
    await works.pass_time(days=5)
    assert await works.lines(incident) == ["x"]


async def test_silence_begins_it_again_and_again_up_to_its_limit(works):
    await works.save(note("Is anybody there?"), trigger={"quiet_minutes": 30}, limit=3)
    incident = await works.declare()
    await works.pass_time(minutes=29)
    assert await works.lines(incident) == []
    await works.pass_time(minutes=2)
    await works.pass_time(minutes=2)
    assert len(await works.lines(incident)) == 1, "what the workflow writes breaks no silence, and ends none"
    for _ in range(4):
        await works.pass_time(minutes=31)
    assert len(await works.lines(incident)) == 3


async def test_whoever_does_something_breaks_the_silence(works):
    await works.save(note("Is anybody there?"), trigger={"quiet_minutes": 30})
    incident = await works.declare()
    for _ in range(3):
        await works.pass_time(minutes=20)
        given = {"incident": incident.reference, "kind": EntryKind.NOTE, "text": "I am."}
        await works.world.do(add_entry, works.world.ben, **given)
    assert await works.runs() == []


async def test_what_this_version_can_not_read_holds_up_no_other_and_can_be_switched_off(works, caplog):
    schedule = {"schedule": {"rule": "FREQ=DAILY;BYHOUR=9"}}
    strange = {}
    for key, given in (("a-event", {}), ("a-clock", {"trigger": schedule})):
        strange[key] = await works.save(note("x"), key=key, **given)
    async with works.world.database.unit_of_work() as session:
        await session.execute(update(WorkflowVersion).values(definition={"steps": [{"send_fax": {}}]}))
    await works.save(note("event"))
    await works.save(note("clock"), key="clocked", trigger=schedule)
    incident = await works.declare()
    await works.run()
    await works.pass_time(days=1)
    assert await works.lines(incident) == ["event", "clock"]
    assert {record.args[0] for record in caplog.records if "can't read" in record.msg} == set(strange)
    for row in strange.values():
        given = {"id": ids.encode("Workflow", row.id), "enabled": False}
        await works.world.do(save_workflow, works.world.ada, **given)
    caplog.clear()
    await works.pass_time(days=1)
    assert [record for record in caplog.records if "can't read" in record.msg] == []
