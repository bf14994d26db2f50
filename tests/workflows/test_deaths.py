"""A process may end anywhere: between steps, within one, before and after its commit. Each step is taken once."""

import asyncio

import pytest

import jobs.workflow
from jobs.registry import REGISTRY
from models.job import JobName
from tests.effort import effort
from tests.outward.killing import Deaths, Killed, Mortal
from tests.workflows.conftest import note

STEPS = [note("one"), {"add_tasks": {"titles": ["Look"]}}, {"open_bridge": {}}, note("two")]
UNITS = 9
"""Transactions from the event to the last step; more are no harm."""


@pytest.mark.parametrize("how", ["before", "after"])
@pytest.mark.parametrize("number", effort([2, 4, 5], list(range(1, UNITS + 1))))
async def test_killed_anywhere_each_step_is_taken_once(works, stubborn, account, number, how):
    assert account
    await works.save(*STEPS)
    incident = await works.declare()
    whole = works.world.database
    works.world.database = Mortal(whole, Deaths(lambda step: how if step == number else None))
    with pytest.raises(Killed):
        await works.run()
    works.world.database = whole
    works.world.clock.advance(minutes=2)
    await works.run()
    await works.pass_time(minutes=2)
    assert await works.became() == ("DONE", ["DONE"] * 4)
    assert await works.lines(incident) == ["one", "two"]
    assert len(await works.world.events(incident.id, "task.added")) == 1
    assert len(stubborn.calls[incident.reference]) == 1


async def test_two_workers_at_the_same_run_take_each_step_once(works):
    await works.save(*[note(f"{number}") for number in range(5)])
    incident = await works.declare()
    await works.run("workflow.match")
    (job,) = await works.world.jobs("workflow.advance")
    with works.jobs():
        await asyncio.gather(*(REGISTRY[JobName.WORKFLOW_ADVANCE].function(**job.args) for _ in range(4)))
    assert await works.lines(incident) == [f"{number}" for number in range(5)]


async def test_what_nobody_foresaw_is_tried_again_and_then_has_failed(works, monkeypatch, caplog):
    await works.save(note("one"), note("two"))
    incident = await works.declare()
    real, tries = jobs.workflow.take_step, []

    async def broken(session, run_id):
        if len(tries) < jobs.workflow.TRIES:
            tries.append(run_id)
            raise ZeroDivisionError
        return await real(session, run_id)

    monkeypatch.setattr(jobs.workflow, "take_step", broken)
    await works.run("workflow.match")
    (job,) = await works.world.jobs("workflow.advance")
    with works.jobs():
        for _ in range(jobs.workflow.TRIES - 1):
            with pytest.raises(ZeroDivisionError):
                await REGISTRY[JobName.WORKFLOW_ADVANCE].function(**job.args)
    await works.run()
    assert await works.became() == ("FAILED", ["FAILED", "DONE"])
    assert await works.lines(incident) == ["two"]
    assert "a step of run" in caplog.text
