"""A run that waits for an answer, as rows: for tests of other things than how it came to."""

from sqlalchemy import func, select

from models.words import ActorKind, RunState, StepState
from models.workflow import Workflow, WorkflowRun, WorkflowStepRun, WorkflowVersion

ASKING = {"trigger": {"manual": True}, "steps": [{"ask": {"question": "Shall we?"}}]}


async def hang_question(session, incident_id, moment):
    """A workflow of its own that asks something on an incident: its run and the step that asks."""
    number = await session.scalar(select(func.count()).select_from(Workflow))
    workflow = Workflow(key=f"asking-{number}", name="Asking", enabled=True, created_at=moment)
    session.add(workflow)
    await session.flush()
    version = WorkflowVersion(workflow_id=workflow.id, version=1, definition=ASKING, created_at=moment)
    session.add(version)
    await session.flush()
    workflow.current_version_id = version.id
    run = WorkflowRun(
        key="manual/1",
        workflow_id=workflow.id,
        version_id=version.id,
        incident_id=incident_id,
        after_id=0,
        begun_by_kind=ActorKind.SYSTEM,
        state=RunState.WAITING,
        created_at=moment,
    )
    session.add(run)
    await session.flush()
    step = WorkflowStepRun(
        run_id=run.id, position=0, kind="ask", state=StepState.WAITING, inputs={"question": "Shall we?"}, outputs={}
    )
    session.add(step)
    await session.flush()
    return workflow, run, step
