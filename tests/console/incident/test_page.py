"""An incident run from its page, without JavaScript: every form, its effect, and what it says when it is refused."""

import pytest
from sqlalchemy import select

from actions.alerts.sources import create_alert_source
from actions.alerts.taking import Reading, take
from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.members import add_member
from actions.roles import assign_role
from actions.service_changes import ToldChange
from actions.tasks import add_task
from core.ids import encode
from models.update_template import UpdateTemplate
from models.words import EntryKind, IncidentKind, Stage, Visibility
from tests.console.desk import OURS, browser, words


@pytest.fixture
async def incident(world):
    return await world.do(
        declare_incident, world.ben, title="Checkout fails", severity="SEV1", services=["checkout-api"]
    )


def at(incident, deed=""):
    return f"/console/incidents/{incident.reference}" + (f"/do/{deed}" if deed else "")


async def test_what_changed_in_its_services_stands_beside_its_alerts(world, sits, incident, clock):
    ben = await sits("ben")
    assert "What changed" not in await ben.reads(at(incident))
    source, _ = await world.do(create_alert_source, world.ada, kind="github", name="GitHub")
    moment = clock.now()
    told = {"author": "octocat", "url": "https://github.com/acme/runs/1", "services": ("checkout-api",)}
    change = ToldChange("d1", "acme/checkout-api <v412>", "in_progress", moment, moment, **told)
    await take(world.database, source, Reading(changes=(change,)))
    page = await ben.reads(at(incident))
    assert "What changed since a day before acme/checkout-api <v412> 03:00 , in progress, by octocat" in page


async def test_a_story_from_the_declaration_to_the_end(world, sits, incident, clock):
    ben, chi = await sits("ben"), await sits("chi")
    page = await ben.reads(at(incident))
    assert "SEV1" in page
    assert "Checkout fails" in page
    assert "No Incident Commander. SEV1 wants one within 5 min; due 03:05, in 4 min" in page
    clock.advance(minutes=7)
    assert "No Incident Commander. SEV1 wants one within 5 min; due 03:05, 2 min over" in await ben.reads(at(incident))
    await ben.does(at(incident, "take"), {"role": "commander"})
    await ben.does(at(incident, "give"), {"role": "scribe", "user": world.id_of("chi")})
    page = await chi.reads(at(incident))
    assert "Incident Commander Ben Silva" in page
    assert "Scribe Chi Tran (you)" in page
    assert "No Scribe." not in page
    await chi.does(at(incident, "entry"), {"text": "/decision We roll back to **2.40**."})
    [entry] = await world.events(incident.id, "entry.added")
    assert entry.entry_kind is EntryKind.DECISION
    assert await world.text_of(entry.id) == "We roll back to **2.40**."
    assert "<strong>2.40</strong>" in (await ben.get(at(incident))).text
    assert "We roll back" in await ben.reads(f"{at(incident)}?show=decisions")
    decisions = (await ben.get(f"{at(incident)}?show=decisions")).text.partition('id="log-lines"')[2]
    assert "declared" not in words(decisions.partition("</ol>")[0])
    await ben.does(at(incident, "add-task"), {"title": "Tell the payment provider"})
    [added] = await world.events(incident.id, "task.added")
    task = {"task": encode("Task", added.data["task_id"])}
    await chi.does(at(incident, "claim"), task)
    refused = words(await ben.is_refused(at(incident, "claim"), task))
    assert "Chi Tran" in refused
    await chi.does(at(incident, "complete"), task)
    assert "Tell the payment provider Done" in await ben.reads(at(incident))
    await ben.does(
        at(incident, "update"),
        {
            "audience": "PUBLIC",
            "status": "IDENTIFIED",
            "public_title": "Orders can't be placed",
            "body": "We know why.",
            f"component.{encode('Component', world.components['checkout'].id)}": "MAJOR_OUTAGE",
            "next_update_in": "30",
        },
    )
    assert "Orders can't be placed" in words((await ben.get(f"/incidents/{incident.reference}")).text).replace("’", "'")
    await ben.does(at(incident, "stage"), {"stage": "MITIGATION", "note": "Rolled back"})
    assert (await world.incident(incident.id)).stage is Stage.MITIGATION
    await ben.does(at(incident, "stage"), {"stage": "RESOLUTION"})
    page = await ben.reads(at(incident))
    assert "Final public update owed." in page
    await ben.does(at(incident, "update"), {"audience": "PUBLIC", "status": "RESOLVED", "body": "All is well."})
    assert "Final public update owed." not in await ben.reads(at(incident))
    await ben.does(at(incident, "reopen"), {"reason": "It is back"})
    assert (await world.incident(incident.id)).stage is Stage.RESPONSE


async def test_what_was_written_comes_back_with_the_reason(world, sits, incident):
    ben = await sits("ben")
    page = await ben.is_refused(at(incident, "entry"), {"text": " ", "kind": "ACTION"})
    assert 'aria-invalid="true"' in page
    assert '<option value="ACTION" selected>' in page
    page = await ben.is_refused(at(incident, "stage"), {"stage": "CLOSED", "note": "a long note"})
    assert "a long note" in page
    page = await ben.is_refused(at(incident, "stage"), {"stage": "MITIGATION", "expected_version": "7"})
    assert "version" in words(page)
    page = await ben.is_refused(at(incident, "update"), {"audience": "PUBLIC", "body": "We look into it."})
    assert "We look into it." in page
    assert "This is needed." in words(page)
    page = await ben.is_refused(at(incident, "merge"), {"into": "INC-999999"})
    assert "INC-999999" in page
    page = await ben.is_refused(at(incident, "timestamp"), {"timestamp": "DETECTED", "value": "soon", "reason": "x"})
    assert "is not a time" in words(page)
    assert (await ben.post(at(incident, "dance"))).status_code == 404
    assert (await ben.get(at(incident, "entry"))).headers["location"] == at(incident)
    assert await world.events(incident.id, "entry.added", "incident.stage_changed", "update.published") == []


async def test_a_form_that_is_sent_twice_is_carried_out_once(world, sits, incident):
    ben = await sits("ben")
    for _ in range(2):
        await ben.does(at(incident, "entry"), {"text": "Once", "_key": "the-same"})
        await ben.does(at(incident, "add-task"), {"title": "Once", "_key": "the-same"})
    assert len(await world.events(incident.id, "entry.added", "task.added")) == 2
    page = await ben.is_refused(at(incident, "entry"), {"text": "Other words", "_key": "the-same"})
    assert "Other words" in page


async def test_a_preview_shows_what_publishing_would_do_and_does_nothing(world, sits, incident):
    ben = await sits("ben")
    said = {"audience": "PUBLIC", "status": "INVESTIGATING", "body": "We *look* into it.", "_do": "preview"}
    answer = await ben.post(at(incident, "update"), said)
    assert answer.status_code == 200
    assert "<em>look</em>" in answer.text
    assert "colleagues by mail" in words(answer.text)
    assert "We *look* into it." in answer.text
    assert await world.events(incident.id, "update.published") == []


async def test_a_template_begins_the_text_and_one_that_there_is_not_loses_none(world, sits, incident):
    ben = await sits("ben")
    async with world.database.reading() as reader:
        template = await reader.row(
            UpdateTemplate, select(UpdateTemplate).where(UpdateTemplate.name == "Investigating")
        )
    said = {"audience": "PUBLIC", "body": "What I wrote", "_do": "fill"}
    led = await ben.does(at(incident, "update"), {**said, "template": encode("UpdateTemplate", template.id)})
    page = (await ben.get(led.partition("#")[0])).text
    assert page.partition('id="say-body"')[2].partition(">")[2].partition("</textarea>")[0].strip()
    refused = await ben.is_refused(at(incident, "update"), {**said, "template": "nonsense"})
    assert "What I wrote" in refused


async def test_a_template_asks_for_what_it_must_be_told_and_puts_it_into_the_text(world, sits, incident):
    ben = await sits("ben")
    async with world.database.reading() as reader:
        template = await reader.row(
            UpdateTemplate, select(UpdateTemplate).where(UpdateTemplate.name == "For stakeholders")
        )
    said = {"audience": "PUBLIC", "body": "Old", "_do": "fill", "template": encode("UpdateTemplate", template.id)}
    asks = await ben.is_refused(at(incident, "update"), said)
    assert 'name="variables.known"' in asks
    assert "What is being done, and by whom" in words(asks)
    told = {"variables.known": "The cache is cold", "variables.doing": "Ben warms it", "variables.other": "No"}
    answer = await ben.post(at(incident, "update"), {**said, **told})
    assert answer.status_code == 200
    text = answer.text.partition('id="say-body"')[2].partition(">")[2].partition("</textarea>")[0]
    assert "Known: The cache is cold" in text
    assert "Being done: Ben warms it" in text
    assert 'name="audience" value="INTERNAL"' in answer.text


async def test_whoever_may_not_is_offered_nothing_and_refused(world, sits, incident):
    eve = await sits("eve")
    page = (await eve.get(at(incident))).text
    assert "/do/" not in page
    assert "You may watch this incident." in words(page)
    assert "may not do this" in words(await eve.is_refused(at(incident, "take"), {"role": "scribe"}))
    for deed, field in (("entry", "text"), ("update", "body"), ("edit", "title"), ("add-task", "title")):
        said = {field: "Three lines of mine", "audience": "PUBLIC", "status": "IDENTIFIED", "kind": "NOTE"}
        back = words(await eve.is_refused(at(incident, deed), said))
        assert "may not do this" in back, deed
        assert "Three lines of mine" in back, deed
    assert await world.events(incident.id, "role.assigned") == []


async def test_a_private_incident_is_there_for_its_members_alone(world, sits):
    hidden = await world.do(
        declare_incident, world.ben, title="Keys leaked", severity="SEV1", visibility=Visibility.PRIVATE
    )
    ben, chi = await sits("ben"), await sits("chi")
    assert "Private" in await ben.reads(at(hidden))
    for path in ("", "/live", "/told", "/give/scribe", ".md"):
        assert (await chi.get(at(hidden) + path)).status_code == 404
    assert (await chi.post(at(hidden, "entry"), {"text": "I guess"})).status_code == 404
    await ben.does(at(hidden, "add-member"), {"user": world.id_of("chi")})
    assert "Keys leaked" in await chi.reads(at(hidden))
    page = await ben.reads(at(hidden))
    assert "Internal update" in page
    assert "Public update" not in page


async def test_nobody_else_s_page_sends_forms_and_signed_out_people_keep_their_words(world, app, sits, incident):
    ben = await sits("ben")
    answer = await ben.post(at(incident, "entry"), {"text": "evil"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    async with browser(app) as stranger:
        answer = await stranger.get(at(incident))
        assert (answer.status_code, answer.headers["location"]) == (303, f"/auth/login?next={at(incident)}")
        answer = await stranger.post(at(incident, "entry"), data={"text": "What I wrote", "_key": "k"}, headers=OURS)
        assert answer.status_code == 401
        assert "What I wrote" in words(answer.text)
        assert 'name="_key" value="k"' in answer.text
        assert f'action="{at(incident, "entry")}"' in answer.text
    assert await world.events(incident.id, "entry.added") == []


async def test_a_long_timeline_is_read_in_stretches(world, sits, incident):
    for number in range(120):
        await world.do(add_entry, world.chi, incident=incident.reference, kind=EntryKind.NOTE, text=f"line {number}.")
    ben = await sits("ben")
    seen, path = [], at(incident)
    while path:
        page = (await ben.get(path)).text
        seen += [text for text in words(page).split() if text.rstrip(".").isdigit() and text.endswith(".")]
        path = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
        path = path.partition("#")[0] if 'rel="next"' in page else None
    assert seen == [f"{number}." for number in reversed(range(120))]


async def test_beside_the_page(world, sits, incident):
    await world.do(assign_role, world.ben, incident=incident.reference, role="commander", user=world.id_of("ben"))
    await world.do(add_task, world.ben, incident=incident.reference, title="Count lost orders")
    ben = await sits("ben")
    assert "Hand over Incident Commander" in await ben.reads(f"{at(incident)}/give/commander")
    assert (await ben.get(f"{at(incident)}/give/jester")).status_code == 404
    assert "Nobody has been told of this incident yet." in await ben.reads(f"{at(incident)}/told")
    copied = (await ben.get(f"{at(incident)}.md")).text
    assert "# INC-" in copied
    assert "- Incident Commander: Ben Silva" in copied
    assert "- [ ] Count lost orders" in copied
    await ben.does("/console/look", {"zone": "Asia/Kolkata", "theme": "dark", "back": at(incident)})
    page = (await ben.get(at(incident))).text
    assert 'data-theme="dark"' in page
    assert "times in Asia/Kolkata" in words(page)
    assert "08:3" in words(page)
    refused = await ben.is_refused("/console/look", {"zone": "Mars/Olympus"})
    assert "is no time zone" in words(refused)


async def test_a_drill_says_so(world, sits):
    drill = await world.do(declare_incident, world.ben, title="Fire!", severity="SEV2", kind=IncidentKind.DRILL)
    page = await (await sits("ben")).reads(at(drill))
    assert "Drill" in page
    assert "Internal update" in page
    await world.do(add_member, world.ben, incident=drill.reference, user=world.id_of("eve"))
