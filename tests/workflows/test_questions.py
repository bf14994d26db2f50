"""Runs that wait for people: questions, runs by hand, runs that are called off."""

import pytest

from actions.endings import cancel_incident
from actions.workflows.by_hand import cancel_run, run_workflow
from actions.workflows.questions import answer_question
from core import ids
from core.errors import DomainError
from models.words import Visibility
from tests.workflows.conftest import note

ASK = {"ask": {"question": "Shall we?", "choices": ["Yes", "No"], "go_on_if": ["Yes"]}}


async def asking(works):
    """The step that asks, as an id."""
    (run,) = await works.runs()
    return ids.encode("WorkflowStepRun", (await works.steps(run))[0].id)


async def refused(doing):
    with pytest.raises(DomainError) as error:
        await doing
    return error.value.code, error.value.field


async def test_a_question_waits_for_a_responder_and_the_run_goes_on(works):
    await works.save(ASK, note("after"))
    incident = await works.declare()
    await works.run()
    (asked,) = await works.world.events(incident.id, "workflow.asked")
    assert await works.world.text_of(asked.id) == "Shall we?"
    world, question = works.world, await asking(works)
    assert await refused(world.do(answer_question, world.eve, question=question, answer="Yes")) == ("FORBIDDEN", None)
    assert await refused(world.do(answer_question, world.ben, question=question, answer="Perhaps")) == (
        "INVALID_INPUT",
        "answer",
    )
    await world.do(answer_question, world.chi, question=question, answer="Yes")
    assert await refused(world.do(answer_question, world.ben, question=question, answer="No")) == (
        "CONFLICT",
        "question",
    )
    await works.run()
    assert await works.lines(incident) == ["after"]
    (run,) = await works.runs()
    step = (await works.steps(run))[0]
    assert (step.answer, step.answered_by_id) == ("Yes", world.chi.id)


async def test_the_wrong_answer_ends_it(works):
    await works.save(ASK, note("after"))
    incident = await works.declare()
    await works.run()
    await works.world.do(answer_question, works.world.ben, question=await asking(works), answer="No")
    await works.run()
    assert await works.became() == ("DONE", ["DONE", "CALLED_OFF"])
    assert await works.lines(incident) == []


async def test_a_question_that_nobody_answers_fails_and_says_so(works):
    await works.save({"ask": {"question": "Shall we?", "minutes": 10}}, note("after"))
    incident = await works.declare()
    await works.run()
    await works.pass_time(minutes=11)
    assert await works.became() == ("FAILED", ["FAILED", "DONE"])
    (failed,) = await works.world.events(incident.id, "workflow.step_failed")
    assert "Nobody answered within 10 min." in await works.world.text_of(failed.id)


async def test_a_question_on_a_private_incident_is_nobody_else_s(works):
    await works.save(ASK)
    await works.declare(visibility=Visibility.PRIVATE)
    await works.run()
    given = {"question": await asking(works), "answer": "Yes"}
    assert await refused(works.world.do(answer_question, works.world.chi, **given)) == ("NOT_FOUND", "question")
    (run,) = await works.runs()
    given = {"run": ids.encode("WorkflowRun", run.id), "reason": "No."}
    assert await refused(works.world.do(cancel_run, works.world.chi, **given)) == ("NOT_FOUND", "run")


async def test_a_person_runs_it_as_often_as_they_like_where_it_fits(works):
    await works.save(note("x"), trigger={"manual": True}, conditions={"severities": ["SEV1"]}, limit=1, enabled=False)
    incident, other = await works.declare(), await works.declare(severity="SEV2")
    world = works.world
    for _ in range(2):
        await world.do(run_workflow, world.ben, incident=incident.reference, workflow="ours")
    await works.run()
    assert await works.lines(incident) == ["x", "x"]
    (first, _) = await world.events(incident.id, "workflow.started")
    assert first.number is not None
    assert first.actor_id == world.ben.id
    given = {"incident": other.reference, "workflow": "ours"}
    assert await refused(world.do(run_workflow, world.ben, **given)) == ("CONFLICT", "workflow")
    assert await refused(world.do(run_workflow, world.eve, **given)) == ("FORBIDDEN", None)
    given["workflow"] = "none"
    assert await refused(world.do(run_workflow, world.ben, **given)) == ("NOT_FOUND", "workflow")


async def test_a_run_can_be_called_off_while_it_waits(works):
    await works.save({"wait": {"minutes": 5}}, note("after"))
    incident = await works.declare()
    await works.run()
    (run,) = await works.runs()
    given = {"run": ids.encode("WorkflowRun", run.id), "reason": "Enough."}
    await works.world.do(cancel_run, works.world.ben, **given)
    await works.world.do(cancel_run, works.world.ben, **given)
    await works.pass_time(minutes=6)
    assert await works.became() == ("CANCELLED", ["CALLED_OFF", "CALLED_OFF"])
    (event,) = await works.world.events(incident.id, "workflow.cancelled")
    assert await works.world.text_of(event.id) == "Enough."


async def test_the_end_of_the_incident_ends_its_questions(works):
    await works.save({"ask": {"question": "Shall we?", "minutes": 10}}, note("after"))
    incident = await works.declare()
    await works.run()
    await works.world.do(cancel_incident, works.world.ben, incident=incident.reference, reason="No.")
    await works.world.do(answer_question, works.world.ben, question=await asking(works), answer="Yes")
    await works.run()
    assert await works.became() == ("CANCELLED", ["DONE", "CALLED_OFF"])
