"""Workflows in a small organisation, with a vendor that does as it is told."""

from contextlib import contextmanager

import pytest
from sqlalchemy import select, update

from actions.declarations import declare_incident
from actions.workflows.saving import save_workflow
from actions.workflows.sweeping import sweep_workflows
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.conftest import account, stubborn
from tests.schema.conftest import client, runtime

__all__ = ["account", "client", "runtime", "stubborn"]

DECLARED = {"events": ["incident.declared"]}
MOTION = ("workflow.match", "workflow.advance", "outward.perform", "outward.follow")


class Works:
    """Shorthand: save a workflow, declare an incident, run the jobs, see what became of it."""

    def __init__(self, world, tmp_path):
        self.world, self.tmp_path = world, tmp_path

    async def save(self, *steps, key="ours", trigger=DECLARED, **more):
        """A workflow with these steps."""
        switches = {name: more.pop(name) for name in ("enabled", "name") if name in more}
        definition = {"trigger": trigger, "steps": list(steps), **more}
        given = {"key": key, "name": key.capitalize(), "definition": definition, **switches}
        return await self.world.do(save_workflow, self.world.ada, **given)

    async def declare(self, **more):
        """An incident."""
        given = {"title": "Checkout is down", "severity": "SEV1", **more}
        return await self.world.do(declare_incident, self.world.ben, **given)

    async def run(self, *names):
        """Every job of workflows once, and those that they queue; those that were put off."""
        with self.jobs():
            return await run_jobs(self.world.database, *(names or MOTION))

    @contextmanager
    def jobs(self):
        """Job functions find our database."""
        with jobs_with(self.world.database, self.tmp_path, webhook_allow_private=True):
            yield

    async def pass_time(self, **units):
        """Let time pass, and do what is due then."""
        self.world.clock.advance(**units)
        while await sweep_workflows(self.world.database):
            pass
        return await self.run()

    async def runs(self, key="ours"):
        """The runs of a workflow, the oldest first."""
        query = select(WorkflowRun).join(Workflow, Workflow.id == WorkflowRun.workflow_id).where(Workflow.key == key)
        async with self.world.database.reading() as reader:
            return await reader.rows(WorkflowRun, query.order_by(WorkflowRun.id))

    async def steps(self, run):
        """The steps of a run."""
        query = select(WorkflowStepRun).where(WorkflowStepRun.run_id == run.id).order_by(WorkflowStepRun.position)
        async with self.world.database.reading() as reader:
            return await reader.rows(WorkflowStepRun, query)

    async def became(self, key="ours"):
        """What became of the only run: its state, and those of its steps."""
        (run,) = await self.runs(key)
        return str(run.state), [str(step.state) for step in await self.steps(run)]

    async def lines(self, incident):
        """The notes on a timeline, in the order in which they were written."""
        return [await self.world.text_of(event.id) for event in await self.world.events(incident.id, "entry.added")]

    async def without_defaults(self):
        """Nothing begins by itself but what the test saves."""
        async with self.world.database.unit_of_work() as session:
            await session.execute(update(Workflow).values(enabled=False))


@pytest.fixture
async def works(world, tmp_path):
    made = Works(world, tmp_path)
    await made.without_defaults()
    return made


def note(text):
    """A step that leaves a trace."""
    return {"add_note": {"text": text}}
