"""An incident is run from Slack: in the name of whoever asks, as far as they may, once, and in plain words."""

import json

import pytest
from sqlalchemy import select, update

from actions.chat import telling
from actions.entries import add_entry
from actions.reports import report_incident
from models.incident import Incident
from models.person import User
from models.task import Task
from models.words import EntryKind, IncidentKind, Stage, Visibility
from tests.outward.slack_double import TEAM
from tests.outward.slack_posting import FORM

SHARED, PRIVATE = "in_channel", "ephemeral"


@pytest.fixture
async def room(sender):
    """The key of the channel of an incident that ben declared."""
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    sender.slack.asked.clear()
    return incident, channel["id"]


async def present(world, incident):
    return await world.incident(incident.id)


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


async def test_the_whole_drill_in_its_channel(sender, world, room):
    incident, channel = room
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
    assert (await present(world, incident)).stage is Stage.RESOLUTION
    async with world.database.reading() as reader:
        (task,) = await reader.rows(Task, select(Task))
    assert (task.title, task.state, task.claimed_by_id) == ("Look at the logs", "DONE", world.ben.id)
    (entry,) = await world.events(incident.id, "entry.added")
    assert (entry.entry_kind, await world.text_of(entry.id)) == (EntryKind.DECISION, "Fail over")


async def test_what_can_be_asked_is_told_to_whoever_asks(sender, room):
    incident, channel = room
    await sender.ask("ben", "role commander", channel)
    await sender.ask("ben", "task Look at the logs", channel)
    assert await sender.ask("eve", "help") == (PRIVATE, sender.told()[1])
    assert "`/muster declare SEV1" in sender.told()[1]
    sender.slack.know("eve@quillhaven.example")
    who, text = await sender.ask("eve", "status", channel)
    head = f"{incident.reference}: Checkout is down\nSEV1 · Response · 1 tasks to do\nIncident Commander: Ben Silva"
    assert (who, text[: len(head)]) == (PRIVATE, head)
    assert (await sender.ask("eve", "status"))[1] == f"{incident.reference}: Checkout is down (Response)"
    listed = await sender.ask("eve", f"task {incident.reference} list")
    assert listed[1].startswith(f"Tasks of {incident.reference}:\n1. Look at the logs (open)")
    assert "Payments owns it: Ben Silva, Chi Tran." in (await sender.ask("eve", "oncall checkout-api"))[1]
    assert "no team owns it" in (await sender.ask("eve", "oncall search-api"))[1]


async def test_whoever_knows_who_is_on_call_is_asked(sender, monkeypatch):
    async def rota(session, service):
        del session
        return ["Dov Levi until 18:00"] if service.slug == "search-api" else []

    monkeypatch.setattr(telling, "SOURCES", [rota])
    assert (await sender.ask("ben", "oncall search-api"))[1] == "Search API: Dov Levi until 18:00"


async def test_elsewhere_the_incident_is_named(sender, room):
    incident, _ = room
    who, text = await sender.ask("ben", "severity SEV2")
    assert (who, text[:26]) == (PRIVATE, "Which incident is meant? W")
    who, text = await sender.ask("ben", f"severity {incident.reference} SEV2")
    assert (who, text.partition("\n")[0]) == (PRIVATE, f"{incident.reference} is SEV2.")


async def test_who_has_no_account_is_told_so_and_nothing_else(sender, slack, room):
    incident, channel = room
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


async def test_a_viewer_is_refused_in_the_words_of_the_api_and_that_is_noted(sender, world, slack, room):
    incident, channel = room
    slack.know("eve@quillhaven.example")
    for words in ("declare SEV1 Fire", "severity SEV2", "note Hello", "task Look", "update We look"):
        who, text = await sender.ask("eve", words, channel)
        assert who == PRIVATE
        assert "Ask an admin for the role responder or higher." in text
    (first, *_) = await world.events(None, "access.refused")
    assert (first.actor_id, first.data["doorway"]) == (world.eve.id, "slack")
    async with world.database.reading() as reader:
        assert len(await reader.rows(Incident, select(Incident))) == 1
    assert (await present(world, incident)).version == incident.version


async def test_refusals_are_private_and_say_what_helps(sender, room):
    _, channel = room
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


async def test_where_slack_takes_no_answer_any_more_it_is_whispered(sender, slack, room):
    _, channel = room
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


def form(sender, view, person, **values):
    """What Slack sends when somebody has filled in a form."""
    state = {}
    for block, value in values.items():
        if isinstance(value, list):
            given = {"type": "checkboxes", "selected_options": [{"value": each} for each in value]}
        elif block in ("severity", "audience", "status"):
            given = {"type": "static_select", "selected_option": {"value": value} if value else None}
        else:
            given = {"type": "plain_text_input", "value": value}
        state[block] = {"given": given}
    sent = {name: view[name] for name in ("callback_id", "private_metadata")}
    return sender.interact(
        type="view_submission",
        user={"id": sender.who(person)},
        trigger_id="1.2.x",
        view={"id": "V77", **sent, "state": {"values": state}},
    )


async def test_declare_alone_opens_a_form_which_declares(sender, world, slack):
    answer = await sender.send(sender.command("ben", "declare"), FORM)
    assert (answer.status_code, answer.content) == (200, b"")
    (view,) = slack.views.values()
    assert "submit" not in view, "it is open, and says nothing yet"
    assert [method for method, _ in slack.asked] == ["views.open"]
    await sender.run()
    (view,) = slack.views.values()
    assert view["title"]["text"] == "Declare an incident"
    fields = {block["block_id"]: block["element"] for block in view["blocks"]}
    assert [each["value"] for each in fields["severity"]["options"]] == ["SEV1", "SEV2", "SEV3"]
    assert [each["value"] for each in fields["services"]["options"]] == ["checkout-api", "search-api"]
    filled = {"severity": "SEV2", "title": "Search is slow", "summary": None, "services": ["search-api"]}
    for _ in range(2):
        await form(sender, view, "ben", **filled, kinds=["private", "drill"])
        world.clock.advance(seconds=2)
    await sender.run()
    async with world.database.reading() as reader:
        (incident,) = await reader.rows(Incident, select(Incident))
    assert (incident.title, incident.kind, incident.visibility) == ("Search is slow", IncidentKind.DRILL, "PRIVATE")
    assert sender.told()[1].startswith(f"Ben Silva declared the drill {incident.reference} as SEV2: Search is slow")


async def test_update_alone_opens_a_form_which_publishes(sender, world, slack, room):
    incident, channel = room
    await sender.send(sender.command("ben", "update", channel), FORM)
    await sender.run()
    (view,) = slack.views.values()
    assert view["title"]["text"] == f"Update {incident.reference}"
    await form(sender, view, "ben", audience="PUBLIC", status="MONITORING", body="It is *fixed*.")
    await sender.run()
    who, text = sender.told()
    assert (who, text.partition("\n")[0]) == (
        SHARED,
        f"Ben Silva told customers of {incident.reference} (Monitoring): It is *fixed*.",
    )
    (event,) = await world.events(incident.id, "update.published")
    assert event.actor_id == world.ben.id


async def test_a_form_that_may_not_be_used_says_why_and_shows_nothing(sender, slack):
    slack.know("eve@quillhaven.example", "gus@agency.example")
    await sender.send(sender.command("eve", "declare"), FORM)
    await sender.send(sender.command("ben", "update"), FORM)
    gus = slack.people["gus@agency.example"]
    await sender.send(sender.command(gus, "declare"), FORM)
    await sender.run()
    viewer, elsewhere, stranger = [json.dumps(view) for view in slack.views.values()]
    assert "Ask an admin for the role" in viewer
    assert "Which incident is meant?" in elsewhere
    assert "One moment" in stranger
    assert not any("SEV1" in view for view in (viewer, elsewhere, stranger))
    assert "does not know you" in sender.told()[1]


async def test_a_form_that_slack_does_not_open_is_replaced_by_words(sender, world):
    command = sender.command("ben", "declare", trigger="too-late")
    assert (await sender.send(command, FORM)).status_code == 200
    assert await sender.run() == [0.5], "it may be on its way"
    world.clock.advance(seconds=4)
    assert await sender.run() == []
    assert sender.told()[1].startswith("Slack did not open the form. Write it instead: declare SEV1")


async def test_text_that_people_wrote_can_neither_shout_nor_link(sender, world, room):
    incident, channel = room
    await world.do(add_entry, world.ben, incident=incident.reference, kind=EntryKind.NOTE, text="x")
    _, text = await sender.ask("ben", "task &lt;!channel&gt; <https://evil.example|click>", channel)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt; click (https://evil.example)" in text


def buttons(channel):
    """The buttons of the summary, by their labels."""
    (summary,) = [message for message in channel["messages"] if "blocks" in message]
    (block,) = [block for block in summary["blocks"] if block["type"] == "actions"]
    return {each["text"]["text"]: each for each in block["elements"]}


async def press(sender, person, channel, button):
    await sender.interact(
        type="block_actions",
        user={"id": sender.who(person)},
        channel={"id": channel},
        trigger_id=sender.slack.trigger(),
        response_url=f"{sender.slack.response_url}/button",
        actions=[button],
    )
    await sender.run()
    return sender.told()


async def test_the_buttons_of_the_summary_are_commands_in_words(sender, world, slack):
    incident = await sender.journey.declare()
    channel = await sender.journey.opened(incident)
    found, key = buttons(channel), channel["id"]
    assert list(found) == ["Take command", "Publish an update", "Tasks", "Status"]
    assert (await press(sender, "chi", key, found["Take command"]))[1].startswith("Chi Tran is Incident Commander")
    (event,) = await world.events(incident.id, "role.assigned")
    assert event.actor_id == world.chi.id
    assert (await press(sender, "chi", key, found["Tasks"]))[1].startswith("No tasks yet.")
    await press(sender, "ben", key, found["Publish an update"])
    assert [view["title"]["text"] for view in slack.views.values()] == [f"Update {incident.reference}"]
    slack.know("eve@quillhaven.example")
    who, text = await press(sender, "eve", key, found["Take command"])
    assert (who, "Ask an admin" in text) == (PRIVATE, True)


async def test_what_was_only_reported_is_acknowledged_by_a_button(sender, world):
    incident = await world.do(report_incident, world.ben, title="Odd")
    channel = await sender.journey.opened(incident)
    await press(sender, "chi", channel["id"], buttons(channel)["Acknowledge"])
    assert (await present(world, incident)).stage is Stage.TRIAGE


async def test_buttons_of_others_are_left_alone(sender, world):
    await sender.interact(type="block_actions", user={"id": "U1"}, actions=[{"action_id": "other", "value": "status"}])
    await sender.interact(type="view_closed", user={"id": "U1"}, view={"id": "V1"})
    assert await world.jobs() == []
