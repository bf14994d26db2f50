"""Workflows at their pages: read, written with line and column of what is wrong, tried, replayed, run, called off."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from actions.declarations import declare_incident
from actions.workflows.together import advance
from core.ids import encode
from models.words import Visibility
from models.workflow import Workflow, WorkflowRun, WorkflowVersion
from tests.console.desk import words

PATH = "/console/settings/workflows"
TEXT = """\
description: Look at the customers.
trigger:
  events: [incident.declared]
conditions:
  severities: [SEV3]
steps:
  - add_tasks:
      titles: [Say what customers notice]
  - ask:
      question: Shall we?
      choices: [Yes, No]
      minutes: 5
"""


async def kept(world, model):
    async with world.database.reading() as reader:
        return await reader.rows(model, select(model).order_by(model.id))


async def counted(world, model):
    async with world.database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(model))


@pytest.fixture
async def incident(world):
    return await world.do(declare_incident, world.ben, title="Checkout is slow", severity="SEV3")


async def added(ada, text=TEXT):
    return await ada.does(f"{PATH}/new", {"key": "look", "name": "Look", "definition": text})


async def test_the_list_says_what_begins_each_and_who_may_not_change_them_is_not_asked_to(sits):
    ben = await sits("ben")
    page = await ben.reads(PATH)
    assert "Sev1 sev1 All hands" in page
    assert "at incident.declared, incident.severity_changed" in page
    assert "Write a workflow" not in page
    assert (await ben.get(f"{PATH}/new")).status_code == 403
    seen = (await ben.get(f"{PATH}/sev1")).text
    assert "open_channel" in words(seen)
    assert "<textarea" not in seen
    for step in ("", "/try", "/switch", "/archive"):
        fields = {"definition": TEXT, "name": "Mine", "incident": "INC-1", "confirm": "Sev1"}
        assert (await ben.post(f"{PATH}/sev1{step}", fields)).status_code == 403


async def test_all_that_is_wrong_is_told_with_line_and_column_and_the_text_stays(world, sits):
    ada = await sits("ada")
    before = await counted(world, WorkflowVersion)
    text = TEXT.replace("titles", "tites").replace("minutes: 5", "minutes: never")
    page = await ada.is_refused(f"{PATH}/new", {"key": "look", "name": "Look", "definition": text})
    said = words(page)
    assert "Line 8, column 14" in said or "Line 8" in said
    assert "Line 12, column 16" in said
    assert "minutes: never" in page
    assert 'value="Look"' in page
    assert 'aria-describedby="fault-new' in page.partition('id="new-definition"')[2].partition(">")[0]
    for wrong, why in (
        ("steps: [", "Line"),
        ("key: other\n" + TEXT, "`key` is not kept here".replace("`", "")),
        ("", "This must be one workflow"),
        (TEXT + "---\n" + TEXT, "This must be one workflow"),
        ("a: &b 1", "Anchors and aliases are not taken"),
    ):
        page = words(await ada.is_refused(f"{PATH}/new", {"key": "look", "name": "Look", "definition": wrong}))
        assert why in page.replace("`", ""), page[-900:]
    assert await counted(world, WorkflowVersion) == before


async def test_a_dry_run_shows_each_step_and_writes_nothing(world, sits, incident):
    ada = await sits("ada")
    events, jobs = len(await world.events()), len(await world.jobs())
    given = {"key": "look", "name": "Look", "definition": TEXT, "incident": incident.reference}
    answer = await ada.post(f"{PATH}/new/try", given)
    page = words(answer.text)
    assert answer.status_code == 200
    assert f"What it would do on {incident.reference}" in page
    assert "add tasks" in page
    assert "It would write task.added" in page
    assert "Say what customers notice" in answer.text  # the text stays
    assert (len(await world.events()), len(await world.jobs())) == (events, jobs)
    assert await counted(world, Workflow) == 5
    fitting = {**given, "definition": TEXT.replace("SEV3", "SEV1")}
    assert "Nothing: its conditions don’t hold there." in words((await ada.post(f"{PATH}/new/try", fitting)).text)
    page = await ada.is_refused(f"{PATH}/new/try", {**given, "incident": "INC-404"})
    assert "Say what customers notice" in page
    page = await ada.is_refused(f"{PATH}/new/try", {**given, "incident": ""})
    assert 'aria-invalid="true"' in page.partition('id="new-incident"')[2].partition(">")[0]


async def test_a_replay_says_on_what_it_would_have_begun(sits, incident, clock):
    ada = await sits("ada")
    clock.advance(hours=1)
    since, until = clock.moment - timedelta(days=1), clock.moment
    given = {"key": "look", "name": "Look", "definition": TEXT}
    times = {"since": f"{since:%Y-%m-%dT%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}"}
    page = words((await ada.post(f"{PATH}/new/replay", {**given, **times})).text)
    assert "1 event of its kinds was looked at" in page or "1 event of its kind was looked at" in page
    assert "It would have begun once" in page
    assert f"{incident.reference} Checkout is slow" in page
    page = await ada.is_refused(f"{PATH}/new/replay", {**given, "since": "2026-11-20T00:00", "until": ""})
    assert 'aria-invalid="true"' in page.partition('id="new-until"')[2].partition(">")[0]


async def test_a_story_from_the_first_text_to_a_run_that_is_called_off(world, sits, incident):
    ada, ben = await sits("ada"), await sits("ben")
    assert await added(ada) == f"{PATH}/look?done=added"
    [row] = [each for each in await kept(world, Workflow) if each.key == "look"]
    assert not row.enabled
    page = await ada.reads(f"{PATH}/look?done=added")
    assert "State off" in page
    assert "It has not begun on anything that you may see." in page
    await ada.does(f"{PATH}/look/switch", {"on": "yes"})
    [row] = [each for each in await kept(world, Workflow) if each.key == "look"]
    assert row.enabled
    changed = {"name": "Look", "version": "1", "definition": TEXT.replace("Shall we?", "Do they know?")}
    assert await ada.does(f"{PATH}/look", changed) == f"{PATH}/look?done=saved"
    stale = await ada.is_refused(f"{PATH}/look", {**changed, "definition": TEXT}, status=409)
    assert 'name="version" value="2"' in stale
    theirs, yours = stale.split("Saved meanwhile")[1].split("Yours</p>")
    assert "Do they know?" in theirs
    assert "Shall we?" in yours.partition("</pre>")[0]
    assert "Shall we?" in stale
    page = (await ben.get(f"{PATH}/look/versions/2")).text
    assert "<del>- question: Shall we?</del>".replace("- ", "") in page.replace("- ", "").replace("    ", "")
    assert "Do they know?" in words(page)
    assert (await ben.get(f"{PATH}/look/versions/3")).status_code == 404
    led = await ben.does(f"{PATH}/look/run", {"incident": incident.reference})
    [run] = await kept(world, WorkflowRun)
    await advance(world.database, run.id, alone=True)
    page = await ben.reads(led)
    assert f"Look on {incident.reference}" in page
    assert "By Ben Silva" in page
    assert "Add tasks done" in page
    assert "Ask waits until 03:05" in page
    assert "titles" in page
    assert "Do they know?" in page
    assert f"{incident.reference} Checkout is slow Ben Silva waits" in await ben.reads(f"{PATH}/look")
    assert "This is needed." in words(await ada.is_refused(f"{led}/cancel", {"reason": ""}))
    await ada.does(f"{led}/cancel", {"reason": "They know."})
    assert "Called off" in await ada.reads(led)
    refused = words(await ada.is_refused(f"{PATH}/sev1/run", {"incident": incident.reference}, status=409))
    assert "its conditions don't hold" in refused
    assert "This is not the name: Look" in words(await ada.is_refused(f"{PATH}/look/archive", {"confirm": "look"}))
    await ada.does(f"{PATH}/look/archive", {"confirm": "Look"})
    assert (await ada.get(f"{PATH}/look")).status_code == 404
    address = f"{PATH}/{encode('Workflow', row.id)}"
    assert "State archived" in await ada.reads(address)
    await ada.does(f"{address}/archive", {"restore": "yes"})
    assert "Look" in await ada.reads(f"{PATH}/look")


async def test_runs_on_private_incidents_are_nowhere_for_others(world, sits):
    ada, ben, chi = await sits("ada"), await sits("ben"), await sits("chi")
    await added(ada)
    secret = await world.do(
        declare_incident, world.ben, title="Somebody broke in", severity="SEV3", visibility=Visibility.PRIVATE
    )
    led = await ben.does(f"{PATH}/look/run", {"incident": secret.reference})
    assert "Somebody broke in" in await ben.reads(f"{PATH}/look")
    for other in (ada, chi):
        assert "Somebody broke in" not in await other.reads(f"{PATH}/look")
        assert (await other.get(led)).status_code == 404
    given = {"key": "k", "name": "K", "definition": TEXT, "incident": secret.reference}
    assert "Somebody broke in" not in await ada.is_refused(f"{PATH}/new/try", given)
