"""A process may end anywhere: between steps, within one, before and after its commit. Each step is taken once."""

import asyncio

import pytest

from actions.workflows import together
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


async def test_two_workers_at_the_same_run_take_each_step_once(works, monkeypatch):
    monkeypatch.setattr(together, "SECONDS", -1.0)  # each step in a transaction of its own
    await works.save(*[note(f"{number}") for number in range(5)])
    incident = await works.declare()
    await works.run("workflow.match")
    (job,) = await works.world.jobs("workflow.advance")
    with works.jobs():
        await asyncio.gather(*(REGISTRY[JobName.WORKFLOW_ADVANCE].function(**job.args) for _ in range(4)))
    assert await works.lines(incident) == [f"{number}" for number in range(5)]


async def test_two_workers_at_the_same_events_begin_and_take_each_step_once(works):
    await works.save(*[note(f"{number}") for number in range(3)])
    incidents = [await works.declare() for _ in range(6)]
    found = await works.world.jobs("workflow.match")
    with works.jobs():
        await asyncio.gather(*(REGISTRY[JobName.WORKFLOW_MATCH].function(**job.args) for job in found))
    assert [await works.lines(incident) for incident in incidents] == [["0", "1", "2"]] * 6
    assert len(await works.runs()) == 6
