"""What workflows ask, answered in a chat."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions.chat.places import meant, seen
from actions.chat.wishes import Answer, Wish
from actions.workflows.questions import answer_question
from auth.actor import Actor
from core import ids
from core.errors import conflict, invalid
from models.incident import Incident
from models.words import StepState
from models.workflow import WorkflowRun, WorkflowStepRun


async def answer(session: AsyncSession, actor: Actor, wish: Wish, here: str | None) -> Answer:
    """Answer the question that is meant: by its number, else the only one that waits on the incident.

    `given`: the number of the `question`, or None; the number of a `choice`, from 1 on, or the `answer` in words, which
    is a choice however it is capitalised. Refusals are those of `answer_question`.
    """
    target = await seen(session, actor, meant(wish, here))
    question = await _question(session, target, wish.given["question"])
    said = _said(question, wish.given["choice"], wish.given["answer"])
    await answer_question(session, actor, question=ids.encode("WorkflowStepRun", question.id), answer=said)
    return Answer(f"{actor.name} answered “{question.inputs['question']}”: {said}", target, shared=True)


async def _question(session: AsyncSession, target: Incident, number: int | None) -> WorkflowStepRun:
    asked = (
        select(WorkflowStepRun)
        .join(WorkflowRun, WorkflowRun.id == WorkflowStepRun.run_id)
        .where(WorkflowRun.incident_id == target.id, WorkflowStepRun.kind == "ask")
        .order_by(WorkflowStepRun.id)
    )
    asked = asked.where(WorkflowStepRun.state == StepState.WAITING if number is None else WorkflowStepRun.id == number)
    found = list(await session.scalars(asked))
    if not found:
        which = "No workflow asks anything" if number is None else f"No workflow asked question #{number}"
        raise conflict(f"{which} on {target.reference}.", field="question", hint="It may have been answered meanwhile.")
    if len(found) > 1:
        listed = " ".join(f"“answer #{each.id} …”: {each.inputs['question']}" for each in found)
        raise invalid("question", "Several questions wait for an answer. Which one do you mean?", listed)
    return found[0]


def _said(question: WorkflowStepRun, choice: int | None, words: str) -> str:
    """The answer as the question has it among its choices; else as it was written, for the action to judge."""
    choices: list[str] = question.inputs.get("choices") or []
    if choice is not None:
        if not 0 < choice <= len(choices):
            raise invalid("answer", f"There is no choice {choice}.", f"Choose: {', '.join(choices) or 'in words'}.")
        return choices[choice - 1]
    return next((each for each in choices if each.casefold() == words.casefold()), words)
