"""Forms that commands open, and buttons under the summary: commands in another dress."""

import json

from sqlalchemy import select

from actions.reports import report_incident
from actions.visibility_changes import change_visibility
from models.incident import Incident
from models.words import IncidentKind, Stage, Visibility
from tests.outward.slack_posting import FORM

SHARED, PRIVATE = "in_channel", "ephemeral"


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
    return sender.fill(
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


async def test_what_is_wrong_with_a_form_stands_at_its_field_and_is_mended_there(sender, world, slack):
    await sender.send(sender.command("ben", "declare"), FORM)
    await sender.run()
    (view,) = slack.views.values()
    filled = {"severity": "SEV9", "title": "Search is slow", "services": ["search-api"], "kinds": []}
    errors = await form(sender, view, "ben", **filled)
    assert list(errors) == ["severity"]
    assert errors["severity"].startswith("There is no severity 'SEV9'. There are: SEV1,")
    errors = await form(sender, view, "ben", **{**filled, "severity": "SEV2", "services": ["search-api", "gone"]})
    assert errors["services"].startswith("There is no service 'gone'.")
    assert await world.jobs() == []
    assert await form(sender, view, "ben", **{**filled, "severity": "SEV2"}) is None
    assert await form(sender, view, "ben", **filled) is None, "what was taken is not looked at again"
    await sender.run()
    async with world.database.reading() as reader:
        assert [each.title for each in await reader.rows(Incident, select(Incident))] == ["Search is slow"]


async def test_what_customers_may_not_read_stands_at_the_audience(sender, world, slack, held):
    incident, channel = held
    await sender.send(sender.command("ben", "update", channel), FORM)
    await sender.run()
    (view,) = slack.views.values()
    said = {"audience": "PUBLIC", "status": "MONITORING", "body": "It is fixed."}
    assert await form(sender, view, "ben", **{**said, "status": None}) == {
        "status": "A public update says how things stand. Send a status, e.g. INVESTIGATING."
    }
    hidden = {"visibility": Visibility.PRIVATE, "reason": "Names of customers."}
    await world.do(change_visibility, world.ben, incident=incident.reference, **hidden)
    assert (
        "is private: nothing of it is published. Publish INTERNAL"
        in (await form(sender, view, "ben", **said))["audience"]
    )
    assert await form(sender, view, "eve", **said) is None, "who she is, Slack has not told yet: a job asks"


async def test_update_alone_opens_a_form_which_publishes(sender, world, slack, held):
    incident, channel = held
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
    assert (await world.incident(incident.id)).stage is Stage.TRIAGE


async def test_buttons_of_others_are_left_alone(sender, world):
    await sender.interact(type="block_actions", user={"id": "U1"}, actions=[{"action_id": "other", "value": "status"}])
    await sender.interact(type="view_closed", user={"id": "U1"}, view={"id": "V1"})
    assert await world.jobs() == []
