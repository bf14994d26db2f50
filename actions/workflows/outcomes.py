"""What vendors answer to what workflows ordered. The ledger calls this whenever one of its rows is settled."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.record import enqueue, now
from models.integration import OutwardAction
from models.job import JobName
from models.words import OutwardState, StepState
from models.workflow import WorkflowStepRun

MEANING = {
    OutwardState.DONE: StepState.DONE,
    OutwardState.FAILED: StepState.FAILED,
    OutwardState.CALLED_OFF: StepState.CALLED_OFF,
}


async def settled(session: AsyncSession, action: OutwardAction) -> None:
    """Tell the steps that ordered something what came of it; their runs go on, or end.

    The timeline tells of it already. Steps are locked after the ledger's row, and runs not at all: a job does that.
    """
    await _tell(session, action, MEANING[action.state])


async def failed_for_now(session: AsyncSession, action: OutwardAction) -> None:
    """Tell the steps that ordered something that they wait in vain until somebody mends what is wrong."""
    await _tell(session, action, StepState.FAILED)


async def _tell(session: AsyncSession, action: OutwardAction, state: StepState) -> None:
    waiting = select(WorkflowStepRun).where(
        WorkflowStepRun.outward_action_id == action.id, WorkflowStepRun.state == StepState.UNDER_WAY
    )
    for row in await session.scalars(waiting.order_by(WorkflowStepRun.id).with_for_update()):
        row.state, row.ended_at = state, now(session)
        row.words = action.error if state is not StepState.DONE else _words(action)
        row.outputs = {**row.outputs, "external_id": action.external_id, "url": action.url}
        enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=row.run_id)


def _words(action: OutwardAction) -> str:
    """Where what was done is, and what the vendor refused of it."""
    where = action.url or "It is done."
    return f"{where} Not all of it could be done. {action.error}" if action.error else where
