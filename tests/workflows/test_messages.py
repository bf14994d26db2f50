"""The step that speaks in the incident's channel: after it is open, and once."""

from actions.outward.settings import save_integration
from actions.workflows.questions import answer_question
from core import ids
from tests.outward.slack_double import TOKEN, slack_workspace
from tests.workflows.conftest import note

STEPS = ("workflow.match", "workflow.advance", "outward.perform")


async def test_it_waits_until_the_channel_is_open(works):
    world = works.world
    async with slack_workspace() as chat:
        chat.know("ben@quillhaven.example")
        given = {"token": TOKEN, "base_url": chat.base_url}
        await world.do(save_integration, world.ada, vendor="slack", configuration=given)
        await works.save({"open_channel": {}}, {"post_message": {"text": "<!here> Read the *rules*."}}, note("Said."))
        incident = await works.declare()
        await works.run("workflow.match", "workflow.advance")
        assert await works.became() == ("WAITING", ["UNDER_WAY", "WAITING", "PENDING"])
        await works.run(*STEPS)
        for _ in range(3):
            await works.pass_time(seconds=11)
        assert await works.became() == ("DONE", ["DONE"] * 3)
        (channel,) = chat.ours()
        words = [
            block["text"]["text"]
            for message in channel["messages"]
            for block in message.get("blocks") or []
            if "text" in block
        ]
        assert words.count("<!here> Read the *rules*.") == 1
    assert await works.lines(incident) == ["Said."]


async def test_a_question_is_asked_in_the_channel_once_also_if_that_is_opened_later(works):
    world = works.world
    async with slack_workspace() as chat:
        chat.know("ben@quillhaven.example")
        given = {"token": TOKEN, "base_url": chat.base_url}
        await world.do(save_integration, world.ada, vendor="slack", configuration=given)
        ask = {"ask": {"question": "Do <!here> customers know?", "choices": ["Yes", "No"]}}
        await works.save({"open_channel": {}}, ask, {"ask": {"question": "Anything else?"}})
        incident = await works.declare()
        for _ in range(4):
            await works.pass_time(seconds=11)
        (run,) = await works.runs()
        question = ids.encode("WorkflowStepRun", (await works.steps(run))[1].id)
        await world.do(answer_question, world.ben, question=question, answer="No")
        for _ in range(4):
            await works.pass_time(seconds=11)
        (channel,) = chat.ours()
        said = [message["blocks"][0]["text"]["text"] for message in channel["messages"] if "blocks" in message][1:]
        assert said == [
            "A workflow asks: Do <!here> customers know?\nAnswer Yes or No on the incident's page in Muster.",
            "A workflow asks: Anything else?\nAnswer on the incident's page in Muster.",
        ]
    assert [event.kind for event in await world.events(incident.id, "workflow.asked")] == ["workflow.asked"] * 2


async def test_without_a_channel_it_is_skipped_and_the_run_goes_on(works):
    await works.save({"post_message": {"text": "Hello."}}, note("On."))
    incident = await works.declare()
    await works.run(*STEPS)
    assert await works.became() == ("DONE", ["SKIPPED", "DONE"])
    assert await works.lines(incident) == ["On."]


async def test_it_waits_for_half_an_hour_at_most(works):
    world = works.world
    given = {"token": TOKEN, "base_url": "http://127.0.0.1:9"}
    await world.do(save_integration, world.ada, vendor="slack", configuration=given)
    await works.save({"open_channel": {}}, {"post_message": {"text": "Hello."}}, note("On."))
    incident = await works.declare()
    await works.run()
    for _ in range(4):
        await works.pass_time(minutes=11)
    assert (await works.steps((await works.runs())[0]))[1].words == "Its channel was not opened in time."
    assert await works.lines(incident) == ["On."]
