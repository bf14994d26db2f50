"""An incident is run from Slack: in the name of whoever asks, as far as they may, once, and in plain words."""

import re

import pytest
from sqlalchemy import select, update

from actions.entries import add_entry
from models.incident import Incident
from models.person import User
from models.task import Task
from models.words import EntryKind, Stage, Visibility
from tests.actions.paging.calls import pages, policy, step
from tests.outward.slack_double import TEAM
from tests.outward.slack_posting import FORM

SHARED, PRIVATE = "in_channel", "ephemeral"


async def test_declaring_answers_its_caller_and_opens_the_channel(sender, world):
    who, words = await sender.ask("ben", "declare SEV1 Checkout is <!channel> down --service checkout-api")
    async with world.database.reading() as reader:
        (incident,) = await reader.rows(Incident, select(Incident))
    assert (incident.title, incident.stage) == ("Checkout is @channel down", Stage.RESPONSE)
    assert who == PRIVATE, "it was asked elsewhere"
    url = f"https://muster.quillhaven.example/console/incidents/{incident.reference}"
    said = f"Ben Silva declared {incident.reference} as SEV1: Checkout is @channel down"
    assert words == f"{said}\n<{url}|Open {incident.reference} in Muster>"
    (event,) = await world.events(incident.id, "incident.declared")
    assert event.actor_id == world.ben.id
    assert event.data["service_ids"] == [world.services["checkout-api"].id]
    assert sender.journey.complete(incident)["name"].startswith(incident.reference.lower())


async def test_the_whole_drill_in_its_channel(sender, world, held):
    incident, channel = held
    told = {}
    for words in (
        "role commander me",
        f"role scribe <@{sender.who('chi')}|chi>",
        "severity SEV2 It is one region",
        "task Look at the logs",
        "task claim 1",
        "task done 1",
        "note decision: Fail over",
        "update public investigating We look at it.",
        "stage mitigation Failed over",
        "resolve It holds",
    ):
        who, text = await sender.ask("ben", words, channel)
        told[words.split()[0]] = (who, text.partition("\n")[0])
    ref = incident.reference
    assert told == {
        "role": (SHARED, f"Chi Tran is Scribe of {ref}."),
        "severity": (SHARED, f"{ref} is SEV2."),
        "task": (SHARED, f"Ben Silva completed task 1 of {ref}: Look at the logs"),
        "note": (PRIVATE, f"It stands on the timeline of {ref}."),
        "update": (SHARED, f"Ben Silva told customers of {ref} (Investigating): We look at it."),
        "stage": (SHARED, f"{ref} is in Mitigation."),
        "resolve": (
            SHARED,
            f"Ben Silva resolved {ref}. Customers still read that it is not: a final public update is owed.",
        ),
    }
    assert (await world.incident(incident.id)).stage is Stage.RESOLUTION
    async with world.database.reading() as reader:
        (task,) = await reader.rows(Task, select(Task))
    assert (task.title, task.state, task.claimed_by_id) == ("Look at the logs", "DONE", world.ben.id)
    (entry,) = await world.events(incident.id, "entry.added")
    assert (entry.entry_kind, await world.text_of(entry.id)) == (EntryKind.DECISION, "Fail over")


async def test_refusals_say_what_can_be_written_and_name_nothing_of_the_api(sender, held):
    incident, channel = held
    ref = incident.reference
    for words, said in {
        "severity SEV9": "There is no severity 'SEV9'. There are: SEV1, SEV2, SEV3.",
        "declare Checkout is down": "There is no severity 'Checkout'. There are: SEV1, SEV2, SEV3.",
        "role boss": "There is no role 'boss'. There are: commander, technical_lead, communications_lead, scribe.",
        "oncall nosuch": "There is no service 'nosuch'. There are: checkout-api, ",
        "stage closed": f"{ref} is in Response: from there it can't go to Closed. Write “stage mitigation” or"
        " “stage resolution”. In Muster it can be cancelled, merged.",
        "acknowledge": f"{ref} is in Response: from there it can't go to Triage. Write “stage mitigation” or",
        "stage monitoring": "There is no stage 'monitoring'. There are: response, mitigation, resolution, ",
        "update public It is the cache": "What customers read says how things stand: investigating, identified, ",
    }.items():
        who, text = await sender.ask("ben", words, channel)
        assert (who, text[: len(said)]) == (PRIVATE, said), words
        assert not re.search(r"[a-z][A-Z]", text), words


async def test_what_can_be_asked_is_told_to_whoever_asks(sender, held):
    incident, channel = held
    await sender.ask("ben", "role commander", channel)
    await sender.ask("ben", "task Look at the logs", channel)
    assert await sender.ask("eve", "help") == (PRIVATE, sender.told()[1])
    assert "`/muster declare SEV1" in sender.told()[1]
    sender.slack.know("eve@quillhaven.example")
    who, text = await sender.ask("eve", "status", channel)
    head = f"{incident.reference}: Checkout is down\nSEV1 · Response · 1 task to do\nIncident Commander: Ben Silva"
    assert (who, text[: len(head)]) == (PRIVATE, head)
    assert (await sender.ask("eve", "status"))[1] == f"{incident.reference}: Checkout is down (Response)"
    listed = await sender.ask("eve", f"task {incident.reference} list")
    assert listed[1].startswith(f"Tasks of {incident.reference}:\n1. Look at the logs (open)")
    assert "Payments owns it: Ben Silva, Chi Tran." in (await sender.ask("eve", "oncall checkout-api"))[1]
    assert "no team owns it" in (await sender.ask("eve", "oncall search-api"))[1]


async def test_people_and_services_are_paged_from_the_channel(sender, world, held):
    incident, channel = held
    await policy(world, step(world, "dov"), service="search-api")
    who, text = await sender.ask("ben", f"page <@{sender.who('chi')}|chi> DNS is gone", channel)
    said = f"Ben Silva had Chi Tran paged for {incident.reference}."
    assert (who, text.partition("\n")[0]) == (SHARED, said)
    who, text = await sender.ask("ben", "page search-api", channel)
    said = f"Ben Silva had whoever is on call for search-api paged for {incident.reference}, by Payments."
    assert (who, text.partition("\n")[0]) == (SHARED, said)
    assert [(who, step) for who, step, _ in await pages(world)] == [("chi", 1), ("dov", 1)]
    for words, told in {
        "page": "Whom is to be paged?",
        "page @chi": "Choose the person",
        "page checkout-api": "Nobody is paged for Checkout API",
        "page nothing-like-it": "no service",
    }.items():
        who, text = await sender.ask("ben", words, channel)
        assert who == PRIVATE
        assert told in text
    assert "Which incident is meant?" in (await sender.ask("ben", "page search-api"))[1]


async def test_elsewhere_the_incident_is_named(sender, held):
    incident, _ = held
    who, text = await sender.ask("ben", "severity SEV2")
    assert (who, text[:26]) == (PRIVATE, "Which incident is meant? W")
    who, text = await sender.ask("ben", f"severity {incident.reference} SEV2")
    assert (who, text.partition("\n")[0]) == (PRIVATE, f"{incident.reference} is SEV2.")


async def test_who_has_no_account_is_told_so_and_nothing_else(sender, slack, held):
    incident, channel = held
    slack.know("gus@agency.example")
    for person in (slack.people["gus@agency.example"], "U0NOBODY"):
        for words in ("status", f"severity {incident.reference} SEV2"):
            who, text = await sender.ask(person, words, channel)
            assert who == PRIVATE
            assert text.startswith("Muster does not know you: no account has the e-mail address")
            assert incident.reference not in text


UNRELIABLE = {
    "not confirmed": {"is_email_confirmed": False},
    "of another organisation": {"is_stranger": True},
    "of another workspace": {"team_id": "T0OTHER"},
    "a bot": {"is_bot": True},
    "gone": {"deleted": True},
    "without an address": {"profile": {"display_name": "ben"}},
}


@pytest.mark.parametrize("why", UNRELIABLE)
async def test_an_address_that_slack_does_not_vouch_for_is_nobodys(sender, slack, why):
    slack.profiles[sender.who("ben")] = UNRELIABLE[why]
    assert "does not know you" in (await sender.ask("ben", "declare SEV1 Mine now"))[1]


async def test_of_a_grid_a_person_of_several_workspaces_is_known(sender, slack):
    slack.profiles[sender.who("ben")] = {"team_id": "E0GRID", "enterprise_user": {"teams": ["T0X", TEAM]}}
    assert (await sender.ask("ben", "status"))[1] == "No incident is open."


async def test_who_has_left_is_nobody(sender, world):
    async with world.database.unit_of_work() as session:
        left = update(User).where(User.id == world.ben.id).values(archived_at=world.clock.now())
        await session.execute(left)
    assert "does not know you" in (await sender.ask("ben", "status"))[1]


async def test_a_viewer_is_refused_in_the_words_of_the_api_and_that_is_noted(sender, world, slack, held):
    incident, channel = held
    slack.know("eve@quillhaven.example")
    for words in ("declare SEV1 Fire", "severity SEV2", "note Hello", "task Look", "update We look"):
        who, text = await sender.ask("eve", words, channel)
        assert who == PRIVATE
        assert "Ask an admin for the role responder or higher." in text
    (first, *_) = await world.events(None, "access.refused")
    assert (first.actor_id, first.data["doorway"]) == (world.eve.id, "slack")
    async with world.database.reading() as reader:
        assert len(await reader.rows(Incident, select(Incident))) == 1
    assert (await world.incident(incident.id)).version == incident.version


async def test_refusals_are_private_and_say_what_helps(sender, held):
    _, channel = held
    for words, said in {
        "severity SEV9": "There is no severity 'SEV9'.",
        "stage postmortem": "",
        "role juggler me": "There is no role 'juggler'.",
        "task claim 7": "has no task 7. “task list” shows their numbers.",
        "update public We look": "",
        "dance": "'dance' is nothing that can be asked for. Try: declare",
        f"role scribe <@{'U0GONE'}>": "Muster does not know whom you named",
    }.items():
        who, text = await sender.ask("ben", words, channel)
        assert who == PRIVATE, words
        assert said in text
        assert len(text) > 20


async def test_a_private_incident_is_to_others_as_if_it_were_not(sender, world):
    incident = await sender.journey.declare("They have our keys", visibility=Visibility.PRIVATE)
    channel = (await sender.journey.opened(incident))["id"]
    number = incident.id
    for words in ("status {}", "severity {} SEV2", "note {} Hello", "task {} list", "oncall {}", "role {} commander"):
        secret = await sender.ask("chi", words.format(f"INC-{number}"))
        nothing = await sender.ask("chi", words.format("INC-999999"))
        assert secret[0] == nothing[0] == PRIVATE
        assert secret[1].replace(str(number), "N") == nothing[1].replace("999999", "N"), words
    for words in ("severity SEV2", "note Hello", "task list"):
        inside, elsewhere = await sender.ask("chi", words, channel), await sender.ask("chi", words)
        assert inside == elsewhere, "in its channel, too"
        assert "Which incident is meant?" in inside[1]
    assert "keys" not in (await sender.ask("chi", "status", channel))[1]
    assert "keys" not in (await sender.ask("ada", "status"))[1]
    assert "They have our keys" in (await sender.ask("ben", "status", channel))[1]
    assert (await sender.ask("ben", "task Change them", channel))[0] == PRIVATE, "somebody in it may be no member"
    assert [event.kind for event in await world.events(incident.id, "severity.changed", "entry.added")] == []


async def test_declared_private_it_is_told_to_the_caller_alone(sender, world, slack):
    channel = slack.add_channel("general")["id"]
    who, text = await sender.ask("ben", "declare SEV1 They have our keys --private", channel)
    assert who == PRIVATE
    assert "They have our keys" in text
    async with world.database.reading() as reader:
        (incident,) = await reader.rows(Incident, select(Incident))
    assert incident.visibility is Visibility.PRIVATE
    assert sender.journey.complete(incident)["is_private"] is True


async def test_a_command_that_is_sent_again_is_done_once(sender, world, slack):
    trigger = slack.trigger()
    for _ in range(3):
        await sender.ask("ben", "declare SEV1 Fire", trigger=trigger)
        world.clock.advance(seconds=3)
    async with world.database.reading() as reader:
        assert len(await reader.rows(Incident, select(Incident))) == 1
    assert len(slack.answers) == 1


async def test_a_job_that_runs_twice_does_it_once_and_answers_once(sender, world, slack):
    answer = await sender.send(sender.command("ben", "declare SEV1 Fire"), FORM)
    assert answer.status_code == 200
    (job,) = await world.jobs("chat.obey")
    await sender.run()
    await sender.again("chat.obey", job.args)
    async with world.database.reading() as reader:
        assert len(await reader.rows(Incident, select(Incident))) == 1
    assert len(slack.answers) == 1


async def test_while_slack_asks_us_to_slow_down_it_waits_then_gives_up_in_words(sender, world, slack):
    slack.plan["users.info"] = ["429"]
    await sender.send(sender.command("ben", "declare SEV1 Fire"), FORM)
    assert await sender.run() == [7]
    world.clock.advance(seconds=7)
    await sender.run()
    assert "Ben Silva declared" in sender.told()[1]
    slack.plan["users.info"] = ["500", "429"]
    await sender.send(sender.command("ben", "declare SEV1 Flood"), FORM)
    assert await sender.run() == [2]
    world.clock.advance(seconds=58)
    assert await sender.run() == []
    assert sender.told()[1].startswith(
        "Nothing was done, as Slack does not say who you are. Slack asks us to slow down"
    )


async def test_without_the_scope_the_caller_learns_what_to_mend(sender, slack):
    slack.scopes -= {"users:read"}
    text = (await sender.ask("ben", "declare SEV1 Fire"))[1]
    assert "lacks the scope users:read" in text


async def test_where_slack_takes_no_answer_any_more_it_is_whispered(sender, slack, held):
    _, channel = held
    slack.response_status = 404
    await sender.ask("ben", "severity SEV2", channel)
    ((where, who, text),) = slack.whispers
    assert (where, who) == (channel, sender.who("ben"))
    assert "is SEV2." in text
    await sender.ask("ben", "status")
    assert len(slack.whispers) == 1, "in a channel that the app is not in there is no way"
    assert await sender.world.jobs("chat.answer") == []


async def test_an_answer_waits_for_slack_for_a_while(sender, slack, world):
    slack.response_status = 503
    await sender.ask("ben", "status")
    assert [job.name for job in await world.jobs()] == ["chat.answer"]
    slack.response_status = 200
    await sender.run()
    assert sender.told()[1] == "No incident is open."
    slack.response_status = 503
    await sender.ask("ben", "status")
    world.clock.advance(minutes=26)
    await sender.run()
    assert await world.jobs() == []


async def test_text_that_people_wrote_can_neither_shout_nor_link(sender, world, held):
    incident, channel = held
    await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="x")
    _, text = await sender.ask("ben", "task &lt;!channel&gt; <https://evil.example|click>", channel)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt; click (https://evil.example)" in text
