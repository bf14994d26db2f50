"""Steps that share a transaction: a storm in few of them; what fails fails alone; what is broken off is undone."""

import pytest
from sqlalchemy import select, text, update

from actions.entries import add_entry
from actions.find import find_incident
from actions.severity_changes import change_severity
from actions.tasks import add_task
from actions.webhooks import create_webhook
from actions.workflows import matching, together
from actions.workflows.steps.people import AddTasks
from actions.workflows.steps.telling import AddNote
from actions.workflows.sweeping import sweep_workflows
from auth.actor import SYSTEM
from core import ids
from core.errors import conflict
from jobs.registry import REGISTRY
from models.event import EventChange
from models.job import Job, JobName
from models.words import EntryKind, Visibility
from tests.outward.killing import Killed
from tests.workflows.conftest import note


async def match_once(works):
    """One job of those that wait, as a worker does it: what it takes along is gone, too."""
    job = (await works.world.jobs("workflow.match"))[0]
    with works.jobs():
        await REGISTRY[JobName.WORKFLOW_MATCH].function(**job.args)
    return await works.world.jobs("workflow.match")


async def transactions(works):
    """How many there were that wrote events: each has its own moment of the database."""
    async with works.world.database.reading() as reader:
        return await reader.scalar(text("select count(distinct xmin::text) from event"))


async def story(works, incident):
    """The events of an incident that a workflow wrote: kinds and numbers, in the order of the feed."""
    events = await works.world.events(incident.id)
    return [(event.kind, event.number) for event in events if event.kind not in ("incident.declared", "role.vacant")]


async def test_a_storm_is_worked_off_in_few_transactions_each_step_once_and_in_order(works, monkeypatch):
    monkeypatch.setattr(together, "MOST", 4)
    await works.save(
        note("one"), {"add_tasks": {"titles": ["Look", "Ask"]}}, {"set_fields": {"title": "X"}}, note("two")
    )
    incidents = [await works.declare() for _ in range(10)]
    before = await transactions(works)
    assert await match_once(works) == [], "one job takes the others along"
    assert await transactions(works) == before + 3, "at most four at a time, and the one that began"
    for incident in incidents:
        started, *taken, ended = await story(works, incident)
        first = (await works.world.events(incident.id, "incident.declared"))[0].number
        assert (started, ended) == (("workflow.started", None), ("workflow.ended", None))
        kinds = ["entry.added", "task.added", "task.added", "incident.edited", "entry.added"]
        assert taken == [(kind, first + place) for place, kind in enumerate(kinds, 1)]
        assert await works.lines(incident) == ["one", "two"]
    for run in await works.runs():
        steps = await works.steps(run)
        assert [(s.state, s.attempts, s.begun_at is not None, s.ended_at is not None) for s in steps] == [
            ("DONE", 1, True, True)
        ] * 4
        assert steps[0].inputs == {"text": "one", "pinned": False}
        assert len(steps[1].outputs["task_ids"]) == 2
    assert await works.world.jobs("workflow.advance") == []


async def test_what_a_step_changed_belongs_to_its_own_event(works):
    """The past is as it was at each event, though all of them were written at once (ADR 0006)."""
    await works.save(
        {"set_fields": {"title": "First"}}, note("between"), {"set_fields": {"title": "Second"}}, note("z")
    )
    incident = await works.declare()
    await works.run()
    edits = await works.world.events(incident.id, "incident.edited")
    query = select(EventChange.event_id, EventChange.rows).where(EventChange.incident_id == incident.id)
    async with works.world.database.reading() as reader:
        rows = {row.event_id: row.rows for row in await reader.execute(query)}
    titles = [rows[event.id]["incident"][str(incident.id)]["title"] for event in edits]
    assert titles == ["First", "Second"]


async def fails_for(monkeypatch, incident, error):
    """Tasks are added, and then it fails, on one incident."""
    real = AddTasks.perform

    async def perform(step, scene):
        outcome = await real(step, scene)
        if scene.incident.id == incident.id:
            scene.incident.title = "Half done"
            await scene.session.flush()
            raise error
        return outcome

    monkeypatch.setattr(AddTasks, "perform", perform)


async def test_a_step_that_fails_leaves_nothing_behind_and_the_others_are_taken(works, monkeypatch):
    await works.save(note("one"), {"add_tasks": {"titles": ["Look"]}}, note("two"))
    incidents = [await works.declare() for _ in range(5)]
    bad = incidents[2]
    await fails_for(monkeypatch, bad, conflict("No.", hint="Do it by hand."))
    assert await match_once(works) == []
    for incident in incidents:
        middle = "workflow.step_failed" if incident is bad else "task.added"
        kinds = [kind for kind, number in await story(works, incident) if number is not None]
        assert kinds == ["entry.added", middle, "entry.added"]
        assert await works.lines(incident) == ["one", "two"]
        numbers = [event.number for event in await works.world.events(incident.id) if event.number is not None]
        assert numbers == list(range(1, len(numbers) + 1)), "no gap where something was undone"
    assert (await works.world.incident(bad.id)).title == "Checkout is down"
    states = [(str(run.state), run.incident_id == bad.id) for run in await works.runs()]
    assert states == [("DONE", False)] * 2 + [("FAILED", True)] + [("DONE", False)] * 2
    (failed,) = await works.world.events(bad.id, "workflow.step_failed")
    assert await works.world.text_of(failed.id) == "No. Do it by hand."
    async with works.world.database.reading() as reader:
        kept = await reader.execute(select(EventChange.rows).where(EventChange.incident_id == bad.id))
    assert not any("Half done" in str(row.rows) or "task" in row.rows for row in kept), "the past knows nothing of it"


async def test_what_nobody_foresaw_holds_up_only_its_own_run(works, monkeypatch, caplog):
    await works.save(note("one"), {"add_tasks": {"titles": ["Look"]}}, note("two"))
    incidents = [await works.declare() for _ in range(3)]
    await fails_for(monkeypatch, incidents[0], ZeroDivisionError())
    await match_once(works)
    assert [str(run.state) for run in await works.runs()] == ["RUNNING", "DONE", "DONE"]
    (job,) = await works.world.jobs("workflow.advance")
    assert job.run_at > works.world.clock.now(), "later, so that what is wrong may have passed"
    assert await works.lines(incidents[0]) == ["one"]
    await works.run()
    assert [str(run.state) for run in await works.runs()] == ["FAILED", "DONE", "DONE"]
    assert await works.lines(incidents[0]) == ["one", "two"]
    (run, *_) = await works.runs()
    assert [step.attempts for step in await works.steps(run)] == [1, 5, 1]
    assert caplog.text.count("a step of run") == 5


async def test_where_a_group_fails_though_no_step_does_the_job_does_its_own_and_the_log_tells_why(
    works, monkeypatch, caplog
):
    async def broken(_session, _name, turn):
        if turn.most:
            raise ZeroDivisionError
        return []

    await works.save(note("one"))
    incidents = [await works.declare() for _ in range(2)]
    monkeypatch.setattr(matching, "take_along", broken)
    await match_once(works)
    assert [await works.lines(incident) for incident in incidents] == [["one"], []]
    (told,) = [each for each in caplog.records if each.levelname == "WARNING"]
    assert "by themselves" in told.msg
    assert told.exc_info[0] is ZeroDivisionError


async def test_a_process_that_ends_within_a_step_leaves_nothing_of_its_transaction(works, monkeypatch):
    await works.save(note("one"), note("two"), note("three"))
    incidents = [await works.declare() for _ in range(3)]
    real, before = AddNote.perform, await transactions(works)

    async def dies(step, scene):
        if step.text == "two" and scene.incident.id == incidents[1].id:
            raise Killed
        return await real(step, scene)

    monkeypatch.setattr(AddNote, "perform", dies)
    with pytest.raises(Killed):
        await match_once(works)
    assert (await transactions(works), await works.runs()) == (before, [])
    assert len(await works.world.jobs("workflow.match")) == 3, "what was taken along waits again"
    monkeypatch.setattr(AddNote, "perform", real)
    await works.run()
    assert [await works.lines(incident) for incident in incidents] == [["one", "two", "three"]] * 3


async def test_among_others_a_private_incident_stays_private(works):
    hook, _ = await works.world.do(
        create_webhook, works.world.ada, url="https://hooks.example.org/a", kinds=["task.added"]
    )
    await works.save(note("one"), {"call_webhook": {"webhook": ids.encode("Webhook", hook.id)}}, note("two"))
    given = [Visibility.ORGANISATION, Visibility.PRIVATE, Visibility.ORGANISATION]
    incidents = [await works.declare(visibility=each) for each in given]
    assert await match_once(works) == []
    for incident, visibility in zip(incidents, given, strict=True):
        assert {event.visibility for event in await works.world.events(incident.id)} == {visibility}
        assert await works.lines(incident) == ["one", "two"]
    states = [[str(step.state) for step in await works.steps(run)] for run in await works.runs()]
    assert states == [["DONE"] * 3, ["DONE", "SKIPPED", "DONE"], ["DONE"] * 3]
    called = {job.event_id for job in await works.world.jobs("webhook.send")}
    told = [event for i in incidents for event in await works.world.events(i.id, "workflow.called")]
    assert {event.incident_id for event in told} == {incidents[0].id, incidents[2].id}
    assert called == {event.id for event in told}


async def test_a_transaction_ends_when_its_time_is_over_and_another_goes_on(works, monkeypatch):
    monkeypatch.setattr(together, "SECONDS", -1.0)
    await works.save(note("one"), note("two"), note("three"))
    incidents = [await works.declare() for _ in range(3)]
    before = await transactions(works)
    await match_once(works)
    assert await transactions(works) == before + 1
    assert [await works.lines(incident) for incident in incidents] == [["one"]] * 3
    assert len(await works.world.jobs("workflow.advance")) == 3
    await works.run()
    assert [await works.lines(incident) for incident in incidents] == [["one", "two", "three"]] * 3


async def test_what_locks_more_than_its_incident_comes_last_and_alone(works, stubborn, account):
    assert account
    await works.save(
        note("one"), {"open_bridge": {}}, note("two"), {"publish_update": {"body": "Slow."}}, note("three")
    )
    incidents = [await works.declare() for _ in range(3)]
    await match_once(works)
    assert [await works.lines(incident) for incident in incidents] == [["one"]] * 3
    assert len(await works.world.jobs("outward.perform")) == 3, "each ordered its call in the transaction that began it"
    (job, *_) = await works.world.jobs("workflow.advance")
    with works.jobs():
        await REGISTRY[JobName.WORKFLOW_ADVANCE].function(**job.args)
    assert [await works.lines(incident) for incident in incidents] == [["one", "two", "three"]] + [["one", "two"]] * 2
    waiting = [each.args for each in await works.world.jobs("workflow.advance")]
    assert all(args["alone"] for args in waiting)
    assert len(waiting) == 2
    await works.run()
    for incident in incidents:
        assert await works.lines(incident) == ["one", "two", "three"]
        assert len(await works.world.events(incident.id, "update.published")) == 1
        assert len(stubborn.calls[incident.reference]) == 1
    assert {str(run.state) for run in await works.runs()} == {"DONE"}


async def test_jobs_that_somebody_has_that_failed_or_that_are_dead_are_not_taken_along(works):
    await works.save(note("one"))
    incidents = [await works.declare() for _ in range(5)]
    jobs = await works.world.jobs("workflow.match")
    signs = ({"lease_until": works.world.clock.now()}, {"options": {"failures": 1}}, {"dead": True}, {"strikes": 1})
    async with works.world.database.unit_of_work() as session:
        for job, sign in zip(jobs[1:], signs, strict=True):
            await session.execute(update(Job).where(Job.id == job.id).values(sign))
    left = await match_once(works)
    assert [job.id for job in left] == [job.id for job in jobs[1:]]
    assert [await works.lines(incident) for incident in incidents] == [["one"]] + [[]] * 4


async def test_what_waits_goes_on_together(works):
    await works.save({"wait": {"minutes": 5}}, note("one"), note("two"))
    incidents = [await works.declare() for _ in range(4)]
    await works.run()
    before = await transactions(works)
    await works.pass_time(minutes=6)
    assert [await works.lines(incident) for incident in incidents] == [["one", "two"]] * 4
    assert await transactions(works) == before + 1


async def test_how_often_and_how_deep_count_within_a_transaction_too(works):
    await works.save(note("x"), trigger={"events": ["incident.severity_changed"]}, limit=2)
    await works.save({"add_tasks": {"titles": ["Pong"]}}, key="pong", trigger={"events": ["task.added"]})
    incident = await works.declare()
    reference = {"incident": incident.reference}
    for severity in ("SEV2", "SEV3", "SEV1"):
        await works.world.do(change_severity, works.world.ben, **reference, severity=severity)
    await works.world.do(add_task, works.world.ben, **reference, title="Look")
    await works.world.do(add_entry, works.world.ben, **reference, kind=EntryKind.NOTE, text="mine")
    await match_once(works)
    await works.run()
    assert await works.lines(incident) == ["mine", "x", "x"]
    assert [str(run.state) for run in await works.runs("pong")] == ["DONE", "CANCELLED"], "it does not answer to itself"


async def test_an_incident_that_somebody_holds_holds_up_no_other(works):
    await works.save(note("one"), {"wait": {"minutes": 5}}, note("two"))
    incidents = [await works.declare() for _ in range(4)]
    async with works.world.database.unit_of_work() as session:
        await find_incident(session, SYSTEM, incidents[2].reference)
        (late,) = await match_once(works)
        assert [await works.lines(incident) for incident in incidents] == [["one"], ["one"], [], ["one"]]
    assert late.run_at > works.world.clock.now()
    await works.run()
    works.world.clock.advance(minutes=6)
    await sweep_workflows(works.world.database)
    async with works.world.database.unit_of_work() as session:
        await find_incident(session, SYSTEM, incidents[1].reference)
        (job, *_) = await works.world.jobs("workflow.advance")
        with works.jobs():
            await REGISTRY[JobName.WORKFLOW_ADVANCE].function(**job.args)
        assert [len(await works.lines(incident)) for incident in incidents] == [2, 1, 2, 2]
    await works.run()
    assert [await works.lines(incident) for incident in incidents] == [["one", "two"]] * 4
