"""Incidents that were lived through, one by the book and one not, judged by every check; and the quarter of both."""

import base64
import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from actions.action_items import add_action_item, change_action_item
from actions.declarations import declare_incident
from actions.endings import decline_incident
from actions.entries import add_entry
from actions.notices import notify_of
from actions.postmortems.assembly import assemble_postmortem
from actions.postmortems.changes import edit_postmortem, publish_postmortem
from actions.reminders import sweep_due
from actions.reports import acknowledge_incident
from actions.runbooks.opening import open_runbook
from actions.runbooks.saving import save_runbook
from actions.stages import change_stage
from actions.tasks import add_task, claim_task
from actions.timestamps import correct_timestamp
from actions.updates import publish_update
from core import ids
from models.incident import Incident
from models.practice.checks import CHECKS
from models.words import ActionItemState, Audience, EntryKind, IncidentTimestamp, PublicStatus, Stage
from tests.actions.alerting import Monitor, firing, rule
from tests.actions.lifecycle import declared, given, reported
from tests.practice.conftest import AUDIT

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def at(world, clock):
    """Carry out an action so many minutes after the start."""

    async def at(minutes, action, *args, **fields):
        clock.moment = START + timedelta(minutes=minutes, microseconds=-1)
        return await world.do(action, *args, **fields)

    return at


async def say(at, world, incident, *minutes):
    for minute in minutes:
        about = {"incident": incident.reference, "body": "We look."}
        await at(minute, publish_update, world.ben, audience=Audience.INTERNAL, **about)
        status = {"status": PublicStatus.INVESTIGATING, "components": []}
        await at(minute, publish_update, world.ben, audience=Audience.PUBLIC, **about, **status)


async def finish(at, world, incident, day, *, text):
    """Resolve it at two hours, write and publish the postmortem at a day, and add an action item due the day after."""
    ref = incident.reference
    await at(120, change_stage, world.ben, incident=ref, stage=Stage.RESOLUTION)
    await assemble_postmortem(world.database, incident.id)
    edit = {"incident": ref, "section": "response", "markdown": text, "expected_version": 1}
    await at(day * 1440, edit_postmortem, world.ben, **edit)
    await at(day * 1440, publish_postmortem, world.dov, incident=ref)


@pytest.fixture
async def by_the_book(world, at):
    """A SEV1 with four people in four roles, told in time, mitigated, learned from."""
    people = {"commander": "ben", "technical_lead": "chi", "communications_lead": "dov", "scribe": "eve"}
    roles = [given(role, world.id_of(name)) for role, name in people.items()]
    incident = await at(0, declare_incident, world.ben, title="Good", severity="SEV1", roles=roles)
    (event,) = await world.events(incident.id, "incident.declared")
    await world.do(notify_of, event.id)
    await at(1, save_runbook, world.dov, name="Checkout", body="- [ ] Look")
    await at(2, open_runbook, world.ben, incident=incident.reference, runbook="Checkout")
    await at(3, add_entry, world.eve, incident=incident.reference, kind=EntryKind.NOTE, text="We look.")
    task = await at(4, add_task, world.ben, incident=incident.reference, title="Restart")
    await at(5, claim_task, world.chi, task=ids.encode("Task", task.id))
    await say(at, world, incident, 6, 18, 30, 42, 54)
    await at(60, change_stage, world.ben, incident=incident.reference, stage=Stage.MITIGATION)
    await say(at, world, incident, 61, 73, 85, 97, 109)
    await finish(at, world, incident, 1, text="The alert came late.")
    item = {"title": "Mend", "owner": "payments", "assignee": world.id_of("chi"), "due_on": date(2026, 11, 27)}
    made = await at(1500, add_action_item, world.ben, incident=incident.reference, **item)
    done = {"action_item": ids.encode("ActionItem", made.id), "state": ActionItemState.DONE}
    await at(1600, change_action_item, world.ben, **done)
    return await world.incident(incident.id)


@pytest.fixture
async def by_no_book(world, at, monitor):
    """A SEV1 that waited in triage, whose commander does it all alone and tells nobody."""
    await rule(world, severity="SEV1")
    await monitor.sends(firing("a"))
    incident = next(row for row in await rows(world) if row.title != "Good")
    ref = incident.reference
    await at(0, acknowledge_incident, world.ben, incident=ref)
    alone = [given(role, world.id_of("ben")) for role in ("commander", "technical_lead", "scribe")]
    await at(45, declare_incident, world.ben, incident=ref, severity="SEV1", roles=alone)
    (event,) = await world.events(incident.id, "incident.declared")
    await world.do(notify_of, event.id)
    world.clock.moment = START + timedelta(minutes=90)
    await sweep_due(world.database)
    item = {"title": "Mend", "owner": "payments", "due_on": date(2026, 11, 30)}
    await at(100, add_action_item, world.ben, incident=ref, **item)
    await finish(at, world, incident, 20, text="Ben broke the checkout. It was human error.")
    return await world.incident(incident.id)


async def rows(world):
    async with world.database.reading() as reader:
        return await reader.rows(Incident, select(Incident))


@pytest.fixture
async def monitor(world):
    return await Monitor.create(world)


GOOD = dict.fromkeys(CHECKS, "PASS") | {"drills_held": "NOT_APPLICABLE", "alert_noise": "NOT_APPLICABLE"}
BAD = dict.fromkeys(CHECKS, "FAIL") | {"drills_held": "NOT_APPLICABLE", "alert_noise": "PASS", "on_call_load": "PASS"}


Q4 = {"quarter": "2026-Q4"}


async def test_two_incidents_and_their_quarter(practice, by_the_book, by_no_book, world):
    """Half of two passes nothing; drills are missing until the quarter is over, and then too."""
    good, bad = await practice.of(by_the_book), await practice.of(by_no_book)
    assert {key: found["verdict"] for key, found in good.items()} == GOOD, good
    assert {key: found["verdict"] for key, found in bad.items()} == BAD, bad
    assert bad["roles_filled"]["sentence"] == "Of the demanded 4: 1 role never filled; 5 min are allowed."
    assert good["promises_kept"]["eventNumbers"][0] == 11
    (item,) = bad["action_items_done"]["actionItemIds"]
    assert ids.decode(item)[0] == "ActionItem"
    audit = await practice.audit(**Q4)
    days = ("2026-10-01", "2026-12-31", "2026-07-01", "2026-Q4", 2)
    named = ("firstDay", "lastDay", "beforeFirstDay", "quarter", "incidentCount")
    assert tuple(audit[name] for name in named) == days
    assert {each["key"] for each in audit["checks"]} == set(CHECKS)
    for key in CHECKS:
        of = [found[key]["verdict"] for found in (good, bad)]
        counts = [of.count(verdict) for verdict in ("PASS", "FAIL", "UNKNOWN", "NOT_APPLICABLE")]
        told = [audit[key][name] for name in ("passed", "failed", "unknown", "notApplicable")]
        assert told == counts, key
        failing = [node["reference"] for node in audit[key]["failing"]["nodes"]]
        assert failing == [by_no_book.reference] * of.count("FAIL"), key
    assert audit["roles_filled"]["verdict"] == "FAIL"
    assert (audit["on_call_load"]["verdict"], audit["alert_noise"]["verdict"]) == ("PASS", "PASS")
    assert (audit["drills_held"]["verdict"], audit["drills_held"]["trend"]) == ("UNKNOWN", "SAME")
    assert audit["roles_filled"]["before"]["verdict"] == "NOT_APPLICABLE"
    # What is mended after the publication counts.
    edit = {"incident": by_no_book.reference, "section": "response", "markdown": "The alert came late."}
    await world.do(edit_postmortem, world.ben, expected_version=2, **edit)
    assert (await practice.of(by_no_book, "blameless"))["blameless"]["verdict"] == "PASS"


@pytest.mark.usefixtures("by_the_book")
async def test_what_was_tuned_holds_from_then_on(practice, by_no_book, world):
    before = await practice.audit(**Q4)
    assert (await practice.tune(by="dov", check="blameless", enabled=False))["errors"][0]["extensions"]["code"] == (
        "FORBIDDEN"
    )
    for wrong, field in (
        ({"check": "hugs"}, "check"),
        ({"check": "blameless\0"}, "check"),
        ({"check": "runbook_linked", "limit": 1}, "limit"),
        ({"check": "blameless", "limit": -1}, "limit"),
        ({"check": "blameless", "target": 1.5}, "target"),
        ({"check": "drills_held", "target": 1.0}, "target"),
        ({"check": "blameless", "reason": " "}, "reason"),
        ({"check": "blameless", "enabled": False, "expectedVersion": 1}, "expectedVersion"),
    ):
        refused = (await practice.tune(**wrong))["errors"][0]["extensions"]
        assert (refused["field"], bool(refused["hint"])) == (field, True), wrong
    await practice.tune(check="roles_filled", target=0.5)
    await practice.tune(check="blameless", limit=2, expectedVersion=0, reason="We say error.")
    tuned = await practice.tune(check="runbook_linked", enabled=False)
    check = tuned["data"]["tuneCheck"]["check"]
    assert (check["enabled"], check["tuning"]["version"], check["tuning"]["reason"]) == (False, 1, "We agreed on it.")
    after = await practice.audit(**Q4)
    assert [after[key]["verdict"] for key in ("roles_filled", "blameless", "runbook_linked")] == [
        *("PASS", "PASS", "NOT_APPLICABLE")
    ]
    assert after["runbook_linked"]["notApplicable"] == 0
    assert "runbook_linked" not in await practice.of(by_no_book)
    assert (await practice.of(by_no_book, "blameless"))["blameless"]["verdict"] == "PASS"
    await practice.tune(check="blameless", limit=None)
    assert (await practice.audit(**Q4))["blameless"]["verdict"] == "FAIL"
    # The same question about the same place: nothing that was tuned or corrected since counts.
    moment = START + timedelta(minutes=100)
    about = {"incident": by_no_book.reference, "timestamp": IncidentTimestamp.MITIGATED, "reason": "clocks"}
    await world.do(correct_timestamp, world.ben, value=moment, **about)
    assert (await practice.of(by_no_book))["mitigated_before_resolved"]["verdict"] == "PASS"
    assert await practice.audit(**Q4, asOf=before["cursor"]) == before
    assert await practice.audit(**Q4, asOf=after["cursor"]) == after
    only = await practice.audit(**Q4, checks=[{"check": "blameless", "version": 1}], asOf=after["cursor"])
    assert only["checks"] == [after["blameless"]]


async def test_drills_noise_privacy_and_other_days(practice, world, clock, monitor):
    """A drill passes alone; what an alert opened and triage declined fails; what is private is seen by its members."""
    empty = await practice.audit(**Q4)
    assert empty["incidentCount"] == 0
    assert {each["verdict"] for each in empty["checks"]} == {"NOT_APPLICABLE", "UNKNOWN"}
    await rule(world)
    await monitor.sends(firing("a"))
    (noise,) = await rows(world)
    await world.do(decline_incident, world.ben, incident=noise.reference, reason="a false alarm")
    drill = await declared(world, kind="DRILL")
    hidden = await declared(world, world.ada, visibility="PRIVATE")
    audit, hers = await practice.audit(**Q4), await practice.audit(**Q4, by="ada")
    assert (audit["incidentCount"], hers["incidentCount"]) == (2, 3)
    assert audit["alert_noise"]["failing"]["nodes"] == [{"reference": noise.reference}]
    assert audit["drills_held"]["passing"]["nodes"] == [{"reference": drill.reference}]
    assert (audit["drills_held"]["verdict"], audit["drills_held"]["trend"]) == ("PASS", "BETTER")
    found = await practice.of(drill)
    assert {each["verdict"] for key, each in found.items() if key != "drills_held"} == {"NOT_APPLICABLE"}
    assert (hers["roles_filled"]["unknown"], audit["roles_filled"]["unknown"]) == (1, 0)
    assert (await practice.of(hidden, "first_public_update", by="ada"))["first_public_update"]["verdict"] == (
        "NOT_APPLICABLE"
    )
    assert hidden.reference not in (await practice.get("/practice.json", **Q4)).text
    # Berlin's day begins an hour before; Honolulu's last November evening is December here.
    clock.moment = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    await declared(world)
    for zone, first, count in (("UTC", "2026-11-30", 1), ("Europe/Berlin", "2026-12-01", 1), ("UTC", "2026-12-01", 0)):
        days = {"firstDay": first, "lastDay": "2026-12-31", "timeZone": zone}
        assert (await practice.audit(**days))["incidentCount"] == count, days
    clock.moment = datetime(2027, 4, 1, tzinfo=UTC)
    await reported(world)
    over = await practice.audit(quarter="2027-q1")
    assert (over["drills_held"]["verdict"], over["drills_held"]["trend"]) == ("FAIL", "WORSE")
    for wrong, field in (
        ({"quarter": "2026-Q5"}, "quarter"),
        ({**Q4, "firstDay": "2026-11-01"}, "quarter"),
        ({"firstDay": "2026-11-01"}, "lastDay"),
        ({"firstDay": "2026-11-01", "lastDay": "2027-11-02"}, "lastDay"),
        ({**Q4, "timeZone": "Mars"}, "timeZone"),
        ({**Q4, "checks": [{"check": "hugs"}]}, "check"),
        ({**Q4, "checks": [{"check": "blameless", "version": 2}]}, "version"),
        ({**Q4, "asOf": "bm9uZQ"}, "asOf"),
    ):
        error = (await practice.refusal(AUDIT, {"input": wrong}))["extensions"]
        assert (error["field"], bool(error["hint"])) == (field, True), wrong
        if "checks" not in wrong:
            told = (await practice.get("/practice.json", **wrong)).json()["error"]
            assert told["field"] == field, wrong


async def test_the_report_in_every_form(practice, by_no_book):
    await practice.tune(check="alert_noise", enabled=False, reason="<b>Later</b>")
    found = {ending: await practice.get(f"/practice.{ending}", **Q4) for ending in ("html", "json", "pdf")}
    assert {answer.status_code for answer in found.values()} <= {200, 501}
    page, data = found["html"].text, found["json"].json()
    audit = await practice.audit(**Q4)
    assert [each["verdict"] for each in data["checks"]] == [each["verdict"] for each in audit["checks"]]
    told = {each["key"]: each for each in data["checks"]}
    assert [each["reference"] for each in told["roles_filled"]["incidents"]] == [by_no_book.reference]
    assert told["roles_filled"]["incidents"][0]["evidence"]["eventNumbers"]
    for words in (">2026-Q4</span></h1>", by_no_book.reference, "What closes the gaps", "&lt;b&gt;Later", "2026-Q3"):
        assert words in page
    policy = found["html"].headers["content-security-policy"]
    assert "unsafe" not in policy
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    days = await practice.get("/practice.html", firstDay="2026-11-24", lastDay="2026-11-30")
    assert (days.status_code, "firstDay=2026-11-24" in days.text, "Earlier" in days.text) == (200, True, False)
    if found["pdf"].status_code == 200:
        assert found["pdf"].content.startswith(b"%PDF")
    assert (await practice.get("/practice.html", by=None)).status_code == 401
    assert (await practice.get("/practice.html", colour="red")).status_code == 400
