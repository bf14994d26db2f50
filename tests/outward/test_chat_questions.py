"""What a workflow asks is answered where it was asked: by a button in the channel, or in words."""

from sqlalchemy import select

from actions.workflows.saving import save_workflow
from models.words import Visibility
from models.workflow import WorkflowStepRun
from tests.jobs.inline import jobs_with, run_jobs
from tests.outward.test_slack_forms import PRIVATE, SHARED, press

BACK = {"question": "Roll back & wait?", "choices": ["Yes", "Not yet", "R&D decides"], "go_on_if": ["Yes"]}


async def asking(sender, *questions):
    """An incident with a channel in which workflows ask; the incident, and what Slack calls the channel."""
    world = sender.world
    for number, question in enumerate(questions):
        definition = {"trigger": {"events": ["incident.declared"]}, "steps": [{"ask": question}]}
        given = {"key": f"asks-{number}", "name": f"Asks {number}", "definition": definition}
        await world.do(save_workflow, world.ada, **given)
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    await on(sender)
    await on(sender)
    return incident, channel


async def on(sender):
    """Workflows and what they say go on."""
    with jobs_with(sender.world.database, sender.journey.folder, webhook_allow_private=True):
        await run_jobs(sender.world.database, "workflow.match", "workflow.advance", "outward.follow", "outward.perform")


async def answers(world):
    """What was answered to each question, by whom."""
    async with world.database.reading() as reader:
        query = select(WorkflowStepRun).where(WorkflowStepRun.kind == "ask").order_by(WorkflowStepRun.id)
        return [(row.answer, row.answered_by_id) for row in await reader.rows(WorkflowStepRun, query)]


def asked(channel):
    """The messages by which something is asked, as (text, blocks below it)."""
    messages = [each["blocks"] for each in channel["messages"] if "blocks" in each][1:]
    return [(blocks[0]["text"]["text"], blocks[1:]) for blocks in messages]


async def test_each_choice_is_a_button_that_answers_for_whoever_presses_it(sender, world):
    incident, channel = await asking(sender, BACK)
    ((text, (ways,)),) = asked(channel)
    assert text.startswith("A workflow asks: Roll back & wait?\n")
    assert [each["text"]["text"] for each in ways["elements"]] == BACK["choices"]
    assert len({each["action_id"] for each in ways["elements"]}) == 3
    who, said = await press(sender, "chi", channel["id"], ways["elements"][2])
    assert (who, said.partition("\n")[0]) == (SHARED, "Chi Tran answered “Roll back &amp; wait?”: R&amp;D decides")
    assert await answers(world) == [("R&D decides", world.chi.id)]
    (event,) = await world.events(incident.id, "workflow.answered")
    assert event.actor_id == world.chi.id
    who, said = await press(sender, "ben", channel["id"], ways["elements"][0])
    assert (who, "waits for no answer" in said) == (PRIVATE, True)
    assert await answers(world) == [("R&D decides", world.chi.id)]


async def test_it_is_answered_in_words_and_the_run_goes_on(sender, world):
    _, channel = await asking(sender, BACK)
    who, said = await sender.ask("ben", "answer perhaps", channel["id"])
    assert (who, "Choose: Yes, Not yet, R&amp;D decides" in said) == (PRIVATE, True)
    who, said = await sender.ask("ben", "answer not YET", channel["id"])
    assert (who, said.partition(":")[2].partition("\n")[0]) == (SHARED, " Not yet")
    assert await answers(world) == [("Not yet", world.ben.id)]
    who, said = await sender.ask("ben", "answer yes", channel["id"])
    assert (who, "No workflow asks anything" in said) == (PRIVATE, True)


async def test_of_several_questions_one_is_named_by_its_number(sender, world):
    incident, channel = await asking(sender, BACK, {"question": "Whom did you ask?"})
    (_, (_,)), (text, (how,)) = asked(channel)
    assert text.startswith("A workflow asks: Whom did you ask?")
    command = how["elements"][0]["text"]
    assert command.startswith(f"Or write: /muster answer {incident.reference} #")
    who, said = await sender.ask("ben", "answer The database team", channel["id"])
    assert (who, "Which one do you mean?" in said) == (PRIVATE, True)
    words = command.partition("/muster ")[2].replace("…", "The database team")
    assert (await sender.ask("ben", words))[0] == PRIVATE, "written elsewhere, only who asked reads it"
    assert await answers(world) == [(None, None), ("The database team", world.ben.id)]


async def test_who_may_not_and_what_is_not_there_is_refused(sender, world, slack):
    _, channel = await asking(sender, BACK)
    slack.know("eve@quillhaven.example")
    ((_, (ways,)),) = asked(channel)
    who, said = await press(sender, "eve", channel["id"], ways["elements"][0])
    assert (who, "Ask an admin" in said) == (PRIVATE, True)
    for words, refusal in {
        "answer": "Write: answer",
        "answer #999999 Yes": "No workflow asked question #999999",
        f"{ways['elements'][0]['value'].rpartition('/')[0]}/9": "There is no choice 9.",
    }.items():
        who, said = await sender.ask("ben", words, channel["id"])
        assert (who, refusal in said) == (PRIVATE, True), said
    assert await answers(world) == [(None, None)]


async def test_a_question_of_a_private_incident_is_no_question_to_others(sender, world):
    _, channel = await asking(sender, BACK)
    ((_, (ways,)),) = asked(channel)
    hidden = await sender.journey.declare("They have our keys", visibility=Visibility.PRIVATE)
    value = ways["elements"][0]["value"].split()
    who, said = await sender.ask("chi", f"answer {hidden.reference} {value[2]}")
    assert (who, f"There is no incident '{hidden.reference}'" in said) == (PRIVATE, True), said
    assert await answers(world) == [(None, None)]


async def test_without_a_signing_secret_there_is_nothing_to_press(sender):
    await sender.journey.configure(signing_secret=None)
    _, channel = await asking(sender, BACK)
    ((text, ways),) = asked(channel)
    assert ways == []
    assert text.endswith("Answer Yes or Not yet or R&D decides on the incident's page in Muster.")
