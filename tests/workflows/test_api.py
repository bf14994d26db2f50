"""Workflows as clients see them, from the definition to the answer."""

from sqlalchemy import select, update

from core import ids
from models.words import Visibility
from models.workflow import Workflow, WorkflowVersion
from tests.workflows.conftest import note

SAVE = """mutation ($input: SaveWorkflowInput!) { saveWorkflow(input: $input) { workflow { id key enabled version {
  version definition { trigger { events } limit conditions { all { severities none { kinds } } }
    steps { addNote { text pinned } wait { minutes } ask { question choices onFailure } assignRole { role reporter } }
  } } } } }"""

DEFINITION = {
    "trigger": {"events": ["incident.declared"]},
    "conditions": {"all": [{"severities": ["sev1"]}, {"none": [{"kinds": ["DRILL"]}]}]},
    "steps": [
        {"addNote": {"text": "Begun."}},
        {"assignRole": {"role": "scribe", "reporter": True}},
        {"ask": {"question": "Shall we?", "choices": ["Yes", "No"], "onFailure": "STOP"}},
        {"wait": {"minutes": 5}},
    ],
}

RUNS = """query ($ref: String!) { incident(ref: $ref) { workflowRuns { nodes { id state words
  workflow { key } version { version } begunBy { kind name } event { kind } cause { id } incident { reference }
  steps { id position kind state attempts words inputs outputs answer answeredBy { name } } } } } }"""


async def save(client, by="ada", **changes):
    given = {"key": "ours", "name": "Ours", "definition": DEFINITION, **changes}
    return await client.answer(SAVE, {"input": given}, by=by)


async def test_a_definition_comes_back_as_it_was_written(client, works):
    assert works
    saved = (await save(client))["data"]["saveWorkflow"]["workflow"]
    definition = saved["version"]["definition"]
    assert definition["conditions"] == {
        "all": [{"severities": ["SEV1"], "none": None}, {"severities": None, "none": [{"kinds": ["DRILL"]}]}]
    }
    assert (definition["limit"], saved["version"]["version"], saved["enabled"]) == (10, 1, True)
    assert definition["steps"][0] == {
        "addNote": {"text": "Begun.", "pinned": False},
        "wait": None,
        "ask": None,
        "assignRole": None,
    }
    again = await client.answer(
        SAVE, {"input": {"id": saved["id"], "definition": DEFINITION, "idempotencyKey": "k"}}, by="ada"
    )
    assert again["data"]["saveWorkflow"]["workflow"] == saved


async def test_one_that_this_version_can_not_read_hides_no_other(client, works):
    await works.save(note("x"), key="strange")
    async with works.world.database.unit_of_work() as session:
        strange = {"steps": [{"send_fax": {}}], "trigger": {"manual": True}}
        mine = WorkflowVersion.id.in_(select(Workflow.current_version_id).where(Workflow.key == "strange"))
        await session.execute(update(WorkflowVersion).where(mine).values(definition=strange))
    await works.save(note("x"), key="plain")
    whole = "{ workflows { key version { problem definition { trigger { manual } steps { addNote { text } } } } } }"
    answer = await client.answer(whole, by="ada")
    found = {each["key"]: each["version"] for each in answer["data"]["workflows"]}
    assert (found["plain"]["problem"], len(found["plain"]["definition"]["steps"])) == (None, 1)
    assert found["strange"]["definition"] == {"trigger": {"manual": None}, "steps": []}
    assert found["strange"]["problem"].startswith("This version of Muster can't read what it does (steps.0")


async def test_all_that_is_wrong_is_in_the_extensions(client, works):
    assert works
    steps = [{"wait": {"minutes": 0}}, {"assignRole": {"role": "captain", "reporter": True}}]
    answer = await save(client, definition={"trigger": {"events": ["odd"]}, "steps": steps})
    found = answer["errors"][0]["extensions"]
    assert found["code"] == "INVALID_INPUT"
    assert [each["field"] for each in found["problems"]] == ["definition.trigger", "definition.steps.0.wait.minutes"]
    answer = await save(client, definition={"trigger": {"manual": True}, "steps": steps[1:]})
    assert answer["errors"][0]["extensions"]["problems"][0]["field"] == "definition.steps.0.assignRole.role"
    two = {"addNote": {"text": "x"}, "wait": {"minutes": 1}}
    answer = await save(client, definition={"trigger": {"manual": True}, "steps": [two]})
    assert "exactly one" in answer["errors"][0]["message"]


async def test_from_the_declaration_to_the_answer(client, works):
    await save(client)
    incident = await works.declare()
    await works.run()
    asked = await client.ask(RUNS, {"ref": incident.reference})
    (run,) = asked["incident"]["workflowRuns"]["nodes"]
    assert (run["state"], run["workflow"], run["begunBy"]) == (
        "WAITING",
        {"key": "ours"},
        {"kind": "SYSTEM", "name": "Muster"},
    )
    assert (run["event"], run["incident"]) == ({"kind": "incident.declared"}, {"reference": incident.reference})
    assert [step["state"] for step in run["steps"]] == ["DONE", "DONE", "WAITING", "PENDING"]
    assert run["steps"][1]["inputs"] == {"role": "scribe", "reporter": True}
    answer = """mutation ($input: AnswerQuestionInput!) { answerQuestion(input: $input) {
      step { state answer answeredBy { name } } } }"""
    given = {"question": run["steps"][2]["id"], "answer": "Yes"}
    done = await client.ask(answer, {"input": given})
    assert done["answerQuestion"]["step"] == {"state": "DONE", "answer": "Yes", "answeredBy": {"name": "Ben Silva"}}
    await works.run()
    cancel = "mutation ($input: CancelRunInput!) { cancelRun(input: $input) { run { state words steps { state } } } }"
    over = await client.ask(cancel, {"input": {"run": run["id"], "reason": "Enough."}})
    assert over["cancelRun"]["run"]["steps"][3] == {"state": "CALLED_OFF"}


async def test_the_timeline_says_who_did_it(client, works):
    await works.save({"add_tasks": {"titles": ["Look"]}}, {"ask": {"question": "Shall we?"}})
    incident = await works.declare()
    await works.run()
    timeline = """query ($ref: String!) { incident(ref: $ref) { timeline {
      nodes { kind text actor { kind name user { id } } } } } }"""
    nodes = (await client.ask(timeline, {"ref": incident.reference}))["incident"]["timeline"]["nodes"]
    task, question = nodes[-2:]
    assert task["actor"] == {"kind": "WORKFLOW", "name": "Ours", "user": None}
    assert question["text"] == "Ours asks: Shall we?"


async def test_runs_on_private_incidents_are_for_members(client, works):
    await works.save({"ask": {"question": "Shall we?"}}, note("x"))
    incident = await works.declare(visibility=Visibility.PRIVATE)
    await works.run()
    (run,) = await works.runs()
    (step, _) = await works.steps(run)
    node = "query ($id: ID!) { node(id: $id) { id } }"
    for noun, row in (("WorkflowRun", run), ("WorkflowStepRun", step)):
        reference = ids.encode(noun, row.id)
        assert (await client.ask(node, {"id": reference}, by="ben"))["node"] == {"id": reference}
        assert (await client.ask(node, {"id": reference}, by="ada"))["node"] is None
    assert (await client.ask(RUNS, {"ref": incident.reference}, by="ada"))["incident"] is None
