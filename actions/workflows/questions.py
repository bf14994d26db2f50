"""Answering what a workflow asks."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import check
from actions.allowed import find_allowed
from actions.record import enqueue, record
from actions.transitions import refuse_merged
from actions.workflows.running import end, settle
from actions.workflows.stands import stand_of
from actions.workflows.steps.waiting import Ask
from auth.actor import Actor
from auth.acts import Act
from auth.permission import Permission, require
from auth.visibility import visible_to
from core.errors import conflict, invalid, not_found
from core.ids import decode_as
from models.facts.workflow import WorkflowAnswered
from models.incident import Incident
from models.job import JobName
from models.words import RunState, StepState
from models.workflow import WorkflowRun, WorkflowStepRun


async def answer_question(session: AsyncSession, actor: Actor, *, question: str, answer: str) -> WorkflowStepRun:
    """Answer what a workflow asked (a step that waits); its run goes on, or ends if it was told to with this answer.

    NOT_FOUND, FORBIDDEN as for an entry; INVALID_INPUT for an answer that is none of the choices; CONFLICT if it is
    answered, or called off, already.
    """
    require(actor, Permission.READ)
    key = decode_as("WorkflowStepRun", question, "question")
    said = check.text(answer, "answer", limit=check.LINE)
    where = (
        select(WorkflowRun.id, WorkflowRun.incident_id)
        .join(WorkflowStepRun, WorkflowStepRun.run_id == WorkflowRun.id)
        .join(Incident, Incident.id == WorkflowRun.incident_id)
        .where(WorkflowStepRun.id == key, visible_to(actor))
    )
    found = (await session.execute(where)).one_or_none()
    if found is None:
        raise not_found("question", "question", question)
    refuse_merged(await find_allowed(session, actor, Act.ANSWER_QUESTION, str(found.incident_id), field="question"))
    stand = await stand_of(session, found.id)
    row = next(each for each in stand.steps if each.id == key)
    asked = stand.does[row.position]
    if not isinstance(asked, Ask) or row.state is not StepState.WAITING:
        raise conflict("This question waits for no answer.", field="question", hint="See what the run did meanwhile.")
    if asked.choices is not None and said not in asked.choices:
        raise invalid("answer", f"{said[:80]!r} is none of the choices.", f"Choose: {', '.join(asked.choices)}.")
    row.answer, row.answered_by_id = said, actor.user_id
    settle(session, row, StepState.DONE, "It was answered.")
    fact = WorkflowAnswered(run_id=stand.run.id, workflow_id=stand.run.workflow_id, step_id=row.id, note=said)
    record(session, actor, fact, incident=stand.incident)
    if asked.go_on_if is not None and said not in asked.go_on_if:
        end(session, stand, RunState.DONE, "The answer ended it.")
    else:
        stand.run.due_at = None
        enqueue(session, JobName.WORKFLOW_ADVANCE, run_id=stand.run.id)
    return row
